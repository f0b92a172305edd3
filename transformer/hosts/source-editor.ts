import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { textOf } from '../disk.ts';
import { type Diagnostic, formatDiagnostic, type Options, TkaPerfError } from '../index.ts';
import { isCommonJs } from './commonjs-syntax.ts';
import { instrumentCompiled } from './compiled.ts';
import { FileInstrumenter, type InstrumentedText, type SourceFile } from './file-instrumenter.ts';
import { readOwnMap } from '../read-map.ts';
import { type SourceMap, withInlineMap } from '../source-map.ts';
import { isTypeScript, MAY_HAVE_MARKS, SOURCE_FILE } from './module-id.ts';
import { reasonOf, tell } from './tell.ts';

/** The part of a loader that edits source text: never throws on account of itself. */
export class SourceEditor {
  readonly #instrumenter: FileInstrumenter;
  /** Node asks twice for a program that turns out to be an ES module. */
  readonly #told = new Set<string>();
  readonly #hasMaps: () => boolean;

  /**
   * @param hasMaps whether a text that is edited now has its source map with it
   * @throws {TkaPerfError} on options that are not valid
   */
  constructor(options: Options, hasMaps: () => boolean = () => true) {
    this.#instrumenter = new FileInstrumenter(options);
    this.#hasMaps = hasMaps;
  }

  /**
   * @param format Node's word for the module's format
   * @param runtimeId what an ES module imports the runtime by, where not by its name
   * @returns the text to run, its source map inline where it has one, or `undefined` where it stays as it is
   * @throws {TkaPerfError} on a diagnostic where the options say `strict`
   */
  edit(
    code: string,
    file: string,
    format: string | null | undefined,
    runtimeId?: string,
  ): string | undefined {
    const errors: string[] = [];
    // Node leaves the format of TypeScript open, too; without module syntax it runs as CommonJS.
    const source = { file, format: formatOf(format), scripts: 'commonjs', runtimeId } as const;
    const edited = attempt(file, () => this.#edit(code, source, errors));
    if (errors.length > 0) throw new TkaPerfError('strict', errors.join('\n'));
    return edited;
  }

  /** Whether a file is one of those that the options let in. */
  includes(file: string): boolean {
    return SOURCE_FILE.test(file) && this.#instrumenter.includes(file);
  }

  /** Whether anything would be measured in an ES module; says nothing of what is wrong in it. */
  selectsIn(code: string, file: string): boolean {
    if (!this.#mayBeSelected(code)) return false;
    const source = { file, format: 'esm', inputMap: readOwnMap(code, file) } as const;
    return this.#instrumenter.instrument(code, source, () => {}) !== undefined;
  }

  #edit(code: string, given: SourceFile, errors: string[]): string | undefined {
    const { file } = given;
    const instrumenter = this.#instrumenter;
    if (!this.includes(file)) return undefined;
    const report = (diagnostic: Diagnostic): void => {
      if (diagnostic.severity === 'error') errors.push(formatDiagnostic(diagnostic));
      else this.#tellOnce(formatDiagnostic(diagnostic));
    };
    let result: InstrumentedText | undefined;
    const original = isTypeScript(file) || COMPILED.test(code) ? textOf(file) : undefined;
    const isMarked = original !== undefined && this.#mayBeSelected(original);
    if (!isMarked && !this.#mayBeSelected(code)) return undefined;
    const format = formatIn(code, given);
    // CommonJS with the syntax of another format ends in an error, and Node shows the line as it has got it.
    if (format === 'esm' && given.format === 'commonjs') return undefined;
    const source = { ...given, format };
    const inputMap = readOwnMap(code, file);
    if (isMarked && !isAlike(original, code) && (!inputMap || isOf(inputMap, file))) {
      result = instrumentCompiled(code, original, { ...source, inputMap }, instrumenter.options, report);
    } else {
      result = instrumenter.instrument(code, { ...source, inputMap }, report);
    }
    return result && (this.#hasMaps() ? withInlineMap(result) : result.code);
  }

  #tellOnce(message: string): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    tell(message);
  }

  #mayBeSelected(code: string): boolean {
    return this.#instrumenter.selectsUnmarked || MAY_HAVE_MARKS.test(code);
  }
}

/** What a compiler in memory leaves at the end. */
const COMPILED = /^\/\/# sourceMappingURL=data:/m;

/** Whether all stands where it stood: Node takes a byte order mark away, and blanks types out. */
function isAlike(text: string, other: string): boolean {
  return text.replace(/^\uFEFF/, '').length === other.replace(/^\uFEFF/, '').length;
}

function isOf({ sources }: SourceMap, file: string): boolean {
  const [source = ''] = sources;
  return sources.length === 1 && source !== null && pathOf(source, file) === file;
}

function pathOf(source: string, file: string): string {
  return source.startsWith('file:') ? fileURLToPath(source) : resolve(dirname(file), source);
}

function formatOf(format: string | null | undefined): SourceFile['format'] {
  if (format === 'module' || format === 'module-typescript') return 'esm';
  return format === 'commonjs' || format === 'commonjs-typescript' ? 'commonjs' : undefined;
}

/** As V8 has it, where it is JavaScript that Node may take for CommonJS. */
function formatIn(code: string, { file, format }: SourceFile): SourceFile['format'] {
  if (format === 'esm' || !/\.c?js$/.test(file)) return format;
  return isCommonJs(code) ? 'commonjs' : 'esm';
}

function attempt(file: string, edit: () => string | undefined): string | undefined {
  try {
    return edit();
  } catch (error) {
    const why = `the transform has failed (${reasonOf(error)})`;
    tell(`${file} is left as it is: ${why}. Has the program put something else in place of a built-in?`);
    return undefined;
  }
}
