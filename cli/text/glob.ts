/*
 * Globs of names: `*` stands for any characters, `?` for one but `/`, `[ab]` for one of these, `[!ab]` for one of the others,
 * `{a,b}` for either; `\` takes the sign behind it as it is. All else stands for itself.
 */
import type picomatch from 'picomatch';

/** What the library takes for signs beside those, as globs of files have them, and names as characters. */
const NO_SIGN = /[|()+@$"'./]/;
/** A sign that is taken as it is; the beginning of a class; a character. */
const PIECE = /\\[\\*?[\]{},]|\[[!^]|[^]/gu;

/** A star matches slashes too (`bash`). */
const OPTIONS = { windows: false, bash: true, dot: true, noextglob: true, nonegate: true } as const;

/** Whether a name is one that a glob names. A name stands for itself, whatever is in it. @param library - picomatch */
export function globMatcher(glob: string, library: typeof picomatch): (name: string) => boolean {
  const matches = library(glob.replaceAll(PIECE, forLibrary), OPTIONS);
  return (name) => name === glob || matches(name);
}

/** What a filter looks at. */
export interface Named {
  readonly functionName: string;
  readonly file: string;
}

/** Whether a reported name matches, with or without its module. */
export function matchesName(matches: (name: string) => boolean, { functionName, file }: Named): boolean {
  if (matches(functionName)) return true;
  const module = file.replace(/\.[^./]+$/, '');
  const isOfModule = module !== '' && functionName.startsWith(`${module}.`);
  return isOfModule && matches(functionName.slice(module.length + 1));
}

function forLibrary(piece: string): string {
  if (piece === '[!' || piece === '[^') return '[^';
  return piece === '\\' || NO_SIGN.test(piece) ? `\\${piece}` : piece;
}

/** Whether a text has signs of a glob: otherwise it names what is called so. */
export function isGlob(text: string): boolean {
  return /[*?]|\[[^\]]+\]|\{[^}]*,[^}]*\}|\\[\\[\]{},]/.test(text);
}

/** The glob of all names with a text in them that is no glob. */
export function containing(text: string): string {
  return `*${text.replaceAll(/[\\[\]{},]/g, String.raw`\$&`)}*`;
}
