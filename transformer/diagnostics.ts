/** What the transform has to say about a file: data that each host reports in its own way. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  /** Path relative to the root. */
  readonly file: string;
  /** UTF-16 offset in the source. */
  readonly start: number;
  /** 1-based. */
  readonly line: number;
  /** 0-based, in UTF-16 units. */
  readonly column: number;
  readonly args: readonly string[];
  /** How many functions of the file are left alone for this reason, where the first is told for all; else `undefined`. */
  readonly count?: number;
  readonly severity: 'warning' | 'error';
}

/** Each code's sentence: what is wrong, and what to write instead. `{0}`, `{1}` … are the arguments. */
const SENTENCES = {
  TKA101: 'this {0} selects nothing; put it directly before a function, method, class or named block',
  TKA102: 'unknown option "{0}" in {1}{2}',
  TKA103: 'bad value "{0}" for {1} in {2}; write {3}',
  TKA104:
    'the argument of this decorator is not a literal object, so it is not inlined and runs as a decorator; write the options as literals, e.g. @monitor({ threshold: 10 })',
  TKA105: 'a marked block needs a name; write // @monitor name="…"',
  TKA106: 'the name "{0}" is taken by another function of this file; this one is reported as "{1}"',
  TKA107: '@monitor-file must stand in the first comments of the file, before any code',
  TKA108: 'arguments of "{0}" are not hashed: the function has a variable of its own named "arguments"',
  TKA109: '"{0}" and "{1}" in {2} do not go together; write one of them',
  TKA110:
    'a mark in a {0} file has no effect: its script is compiled apart; move the function to a .ts or .js file',
  TKA201: '"{0}" is left alone: it stands inside a with statement, which could see the probe’s names',
  TKA202:
    '"{0}" is left alone: its function declaration "{1}" shares its name with another declaration, which a try block does not allow; rename one',
  TKA203: '"{0}" is left alone: it declares functions and calls eval, whose variables could clash with them',
  TKA204: '"{0}" is left alone: "use asm" code must stay as it is',
  TKA205:
    '"{0}" is left alone: it returns before or around super(); return after super(), at the top of the body',
  TKA206: '"{0}" is left alone: the file has a variable of its own named {1}',
  TKA207:
    '"{0}" is left alone: it returns, breaks or continues from a try inside a finally, which could call that off; move the try out of the finally',
  TKA208:
    '"{0}" is left alone: {1} would set the fields of the class before super() where that stands in a try block; set them in the constructor, behind super()',
  TKA209: '"{0}" is left alone: Node reads the names of a CommonJS module’s exports from this very text',
  TKA210: '"{0}" is left alone: it declares its parameter "{1}" again, which is a SyntaxError',
  TKA211:
    '"{0}" is left alone: it stands in the factory of jest.mock, for which Jest allows no names of the file, so not the probe’s',
  TKA212:
    '"{0}" is left alone: it requires a package, and Rollup’s plugin for CommonJS makes no import of that inside a try block',
  TKA213:
    '"{0}" is left alone: it declares the field "{1}" by a rune, which Svelte allows only among the constructor’s own statements; initialise it in the class',
  TKA214:
    '"{0}" is left alone: React Compiler would compile no component or hook with a probe in it; measure what it calls',
  TKA215:
    '"{0}" is left alone while modules are replaced in the page: React Fast Refresh would not see the hooks that it calls; a build measures it',
  TKA216:
    '"{0}" is left alone: {1} takes parts of this route into modules of their own, which a probe would keep together; measure what it calls, in a module of its own',
  TKA217:
    '"{0}" is left alone: another loader has compiled this file, and has left no trace of where it is; let tka-perf see the file first',
  TKA301: 'left as it is: the file does not parse ({0})',
  TKA302: 'left as it is: it is nested too deeply for the stack that there is',
} as const;

/** Stable codes: 1xx marks, 2xx functions left alone, 3xx files. */
export type DiagnosticCode = keyof typeof SENTENCES;

/** The sentence of a diagnostic, without its place. */
export function messageOf({ code, args, count }: Pick<Diagnostic, 'code' | 'args' | 'count'>): string {
  const bulk = count === undefined ? '' : ` (the first of ${count} such functions in this file)`;
  return SENTENCES[code]
    .replace('left alone', `$&${bulk}`)
    .replace(/\{(\d)\}/g, (_, index: string) => args[Number(index)] ?? '');
}

/**
 * One line: `src/a.ts:12:4 warning TKA102: unknown option …`.
 * @returns the place with a 1-based column, as editors and `tsc` print it.
 */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, code } = diagnostic;
  return `${file}:${line}:${column + 1} ${severity} ${code}: ${messageOf(diagnostic)}`;
}

/**
 * Which problems of a mark are told: each once, at the mark.
 * @param count {@link Diagnostic.count}; 1 where it is not given
 */
export type Report = (code: DiagnosticCode, start: number, args: readonly string[], count?: number) => void;
