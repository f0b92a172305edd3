/*
 * Globs of names. A library of file globs takes `|`, `!`, `(` and `@(` for signs, and `/` for a separator; in the names of
 * functions they are characters as others are.
 */

/** A piece of a glob as a regular expression, and where the next one begins. */
interface Piece {
  readonly pattern: string;
  readonly end: number;
  readonly isSign: boolean;
}

/**
 * Whether a name is one that a glob names: `*` stands for any characters, `?` for one, `[ab]` for one of these, `[!ab]` for
 * none of these, `{a,b}` for either; `\` takes the sign behind it as it is. A name stands for itself, whatever is in it.
 */
export function globMatcher(glob: string): (name: string) => boolean {
  const pattern = new RegExp(`^(?:${patternOf(glob)})$`, 'su');
  return (name) => name === glob || pattern.test(name);
}

/** Whether a text has signs of a glob: otherwise it names what is called so. */
export function isGlob(text: string): boolean {
  return piecesOf(text).some(({ isSign }) => isSign);
}

/** The glob of all names with a text in them that is no glob. */
export function containing(text: string): string {
  return `*${text}${text.endsWith('\\') ? '\\' : ''}*`;
}

const SIGN = /^[\\*?[\]{},]/;

function patternOf(glob: string): string {
  return piecesOf(glob)
    .map(({ pattern }) => pattern)
    .join('');
}

function piecesOf(glob: string): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < glob.length; at = pieces.at(-1)?.end ?? glob.length) pieces.push(pieceAt(glob, at));
  return pieces;
}

function pieceAt(glob: string, at: number): Piece {
  const character = String.fromCodePoint(glob.codePointAt(at) ?? 0);
  const next = glob[at + 1] ?? '';
  if (character === '*')
    return { pattern: '.*', end: at + (/^\*+/.exec(glob.slice(at))?.[0].length ?? 1), isSign: true };
  if (character === '?') return { pattern: '.', end: at + 1, isSign: true };
  if (character === '\\' && SIGN.test(next)) return { pattern: literal(next), end: at + 2, isSign: true };
  const piece = character === '[' ? classAt(glob, at) : character === '{' ? choiceAt(glob, at) : undefined;
  return piece ?? { pattern: literal(character), end: at + character.length, isSign: false };
}

/** `[ab]`, `[!a-z]`; nothing where it has no end, or names a range from behind. */
function classAt(glob: string, at: number): Piece | undefined {
  const [whole, not, characters = ''] = /^\[([!^]?)(\]?[^\]]+|\])\]/u.exec(glob.slice(at)) ?? [];
  if (whole === undefined) return undefined;
  const pattern = `[${not === '' ? '' : '^'}${characters.replaceAll(/[\\\][^]/g, String.raw`\$&`)}]`;
  try {
    const { source } = new RegExp(pattern, 'u');
    return { pattern: source, end: at + whole.length, isSign: true };
  } catch {
    return undefined;
  }
}

/** `{a,b}`; nothing where it has no end or no choice. */
function choiceAt(glob: string, at: number): Piece | undefined {
  const choices: string[] = [];
  let begin = at + 1;
  for (let i = begin, depth = 0; i < glob.length; i++) {
    const character = glob[i];
    if (character === '\\') i++;
    else if (character === '{') depth++;
    else if (depth > 0) depth -= Number(character === '}');
    else if (character === ',' || character === '}') {
      choices.push(patternOf(glob.slice(begin, i)));
      begin = i + 1;
      if (character === ',') continue;
      return choices.length > 1
        ? { pattern: `(?:${choices.join('|')})`, end: begin, isSign: true }
        : undefined;
    }
  }
  return undefined;
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
