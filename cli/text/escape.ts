/*
 * Function names, error messages and command lines come from other people's programs. A terminal obeys control
 * characters, and the bidirectional overrides reorder what stands beside them ("Trojan Source", CVE-2021-42574),
 * so neither is ever printed as it is.
 */

/** C0, DEL, C1, line and paragraph separators, bidirectional controls, byte-order mark, lone surrogates. */
const UNPRINTABLE =
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

/** A backslash that would read as the beginning of an escape, or of the escape of what follows it. */
const LIKE_ESCAPE = new RegExp(String.raw`\\(?=x[\da-f]{2}|u[\da-f]{4}|${UNPRINTABLE.source})`, 'gu');

/** What of {@link UNPRINTABLE} `JSON.stringify` leaves as it is. */
const UNPRINTABLE_IN_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** Longest text that is ever printed of one name or message, in UTF-16 units. */
const LONGEST = 2_000;

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : unicodeEscape(character);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** {@link visible}; very long text is cut. */
export function printable(text: string): string {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return visible(shown);
}

/**
 * The text with everything that could steer a terminal written as `\xNN` or `\uNNNN`, never cut, and different texts
 * always different, as readers and consumers of formats take a name for a key. A backslash that begins what would read as an escape is doubled.
 */
export function visible(text: string): string {
  return text.replaceAll(LIKE_ESCAPE, '\\\\').replaceAll(UNPRINTABLE, escapeCharacter);
}

/** JSON of `value` on one line, safe to look at in a terminal; it reads back as the same value. */
export function printableJsonLine(value: unknown): string {
  return JSON.stringify(value).replaceAll(UNPRINTABLE_IN_JSON, unicodeEscape);
}

/** JSON of `value`, indented by two, that is safe to look at in a terminal and reads back as the same value. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(UNPRINTABLE_IN_JSON, unicodeEscape);
}
