import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { textOf } from '../disk.ts';
import { type Diagnostic, formatDiagnostic, type Options, TkaPerfError } from '../index.ts';
import { instrumentCompiled } from './compiled.ts';
import { FileInstrumenter, type InstrumentedText, type SourceFile } from './file-instrumenter.ts';
import { readOwnMap } from '../read-map.ts';
import { type SourceMap, withInlineMap } from '../source-map.ts';
import { MAY_HAVE_MARKS, SOURCE_FILE } from './module-id.ts';
import { reasonOf, tell } from './tell.ts';

/** The part of a loader that edits source text: never throws on account of itself. */
export class SourceEditor {
  readonly #instrumenter: FileInstrumenter;

  /** @throws {TkaPerfError} on options that are not valid */
  constructor(options: Options) {
    this.#instrumenter = new FileInstrumenter(options);
  }

  /**
   * @param format Node's word for the module's format
   * @returns the text to run, its source map inline, or `undefined` where it stays as it is
   * @throws {TkaPerfError} on a diagnostic where the options say `strict`
   */
  edit(code: string, file: string, format: string | null | undefined): string | undefined {
    const errors: string[] = [];
    // Node leaves the format of a program's own file open; without module syntax it runs as CommonJS.
    const source = { file, format: formatOf(format), scripts: 'commonjs' } as const;
    const edited = attempt(file, () => this.#edit(code, source, errors));
    if (errors.length > 0) throw new TkaPerfError('strict', errors.join('\n'));
    return edited;
  }

  #edit(code: string, source: SourceFile, errors: string[]): string | undefined {
    const { file } = source;
    const instrumenter = this.#instrumenter;
    if (!SOURCE_FILE.test(file) || !instrumenter.includes(file)) return undefined;
    const report = (diagnostic: Diagnostic): void => {
      if (diagnostic.severity === 'error') errors.push(formatDiagnostic(diagnostic));
      else tell(formatDiagnostic(diagnostic));
    };
    let result: InstrumentedText | undefined;
    const original = COMPILED.test(code) ? textOf(file) : undefined;
    if (original === undefined && !this.#mayBeSelected(code)) return undefined;
    const inputMap = readOwnMap(code, file);
    if (original !== undefined && original !== code && inputMap && isOf(inputMap, file)) {
      if (!this.#mayBeSelected(original)) return undefined;
      result = instrumentCompiled(code, original, { ...source, inputMap }, instrumenter.options, report);
    } else {
      result = instrumenter.instrument(code, { ...source, inputMap }, report);
    }
    return result && withInlineMap(result);
  }

  #mayBeSelected(code: string): boolean {
    return this.#instrumenter.selectsUnmarked || MAY_HAVE_MARKS.test(code);
  }
}

/** What a compiler in memory leaves at the end. */
const COMPILED = /^\/\/# sourceMappingURL=data:/m;

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

function attempt(file: string, edit: () => string | undefined): string | undefined {
  try {
    return edit();
  } catch (error) {
    tell(`${file} is left as it is: ${reasonOf(error)}`);
    return undefined;
  }
}
