import { lazy } from './lazy.ts';

const wide = lazy<typeof import('string-width')>('string-width');

/** Characters of one column each that nearly all cells are made of. */
const NARROW = /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u00ff\u2013\u2019\u2026\u2248\u2581-\u2588]*$/;

/** Most of what takes two columns. */
const WIDE = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{Emoji_Presentation}]/u;

/** Terminal columns of a text. The library is loaded only where a character may be wide. */
export function textWidth(text: string): number {
  if (NARROW.test(text)) return text.length;
  try {
    return wide().default(text);
  } catch {
    // Yarn's Plug'n'Play keeps packages in archives, in which `require` finds no ES modules.
    return graphemesOf(text).reduce((width, each) => width + (WIDE.test(each) ? 2 : 1), 0);
  }
}

/** What a reader takes for single characters. ICU, which takes longer to set up than all else of a report, is asked only where it may differ. */
export function graphemesOf(text: string): string[] {
  if (NARROW.test(text)) return text.split('');
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}
