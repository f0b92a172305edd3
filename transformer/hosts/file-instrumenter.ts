import { dirname, resolve } from 'node:path';
import { type Diagnostic, type HostFile, instrumentFile, relativeTo } from '../index.ts';
import { hasScheme, type SourceMap } from '../source-map.ts';
import { type Options, resolveOptions, type ResolvedOptions } from '../options.ts';
import { ownRuntime } from './own-runtime.ts';

/** How a host shows a diagnostic. */
export type ReportDiagnostic = (diagnostic: Diagnostic) => void;

/** What a host knows of a file. */
export interface SourceFile extends Omit<HostFile, 'inputMap'> {
  /** The map that came with the code, or that its last comment names: by it names and lines are those of the sources. */
  readonly inputMap?: SourceMap | undefined;
}

/** A file's new text; `map` is made when first read, so that a build without source maps does not pay for it. */
export interface InstrumentedText {
  readonly code: string;
  readonly map: { readonly sources: readonly (string | null)[] };
}

/** The part that all bundlers share: options resolved once, and files by them. */
export class FileInstrumenter {
  /** Whether files without a mark can have sites. */
  readonly selectsUnmarked: boolean;
  readonly #options: Options;
  readonly #ownFolder: string = dirname(dirname(ownRuntime()));
  #resolved: ResolvedOptions;

  /** @throws {TkaPerfError} on options that are not valid */
  constructor(options: Options, root: string = process.cwd()) {
    this.#options = options;
    this.#resolved = resolveOptions(options, root);
    const { functions, matches, enabled } = this.#resolved;
    this.selectsUnmarked = enabled && (functions !== 'marked' || matches !== undefined);
  }

  /** The options in force. */
  get options(): ResolvedOptions {
    return this.#resolved;
  }

  /** Takes the bundler's own root where the user's options name none. */
  useRoot(root: string | undefined): void {
    if (root !== undefined && root !== '') this.#resolved = resolveOptions(this.#options, root);
  }

  /** Whether the options' globs let a file in; reads nothing. Nothing of ours is measured, linked or not. */
  includes(file: string): boolean {
    if (file.startsWith(this.#ownFolder)) return false;
    return this.#resolved.includes(relativeTo(this.#resolved.root, file));
  }

  /** @returns `undefined` where the code stays as it is */
  instrument(code: string, file: SourceFile, report: ReportDiagnostic): InstrumentedText | undefined {
    const result = instrumentFile(code, file, this.#resolved);
    if (!result) return undefined;
    for (const diagnostic of result.diagnostics) report(diagnostic);
    if (result.code === code) return undefined;
    return {
      code: result.code,
      get map() {
        return result.map;
      },
    };
  }
}

/** The same, its map's sources told by their whole paths: for hosts that take them as they are. */
export function withPaths(result: InstrumentedText, file: string): InstrumentedText {
  return {
    code: result.code,
    get map() {
      const { map } = result;
      const sources = map.sources.map((source) =>
        source === null || hasScheme(source) ? source : resolve(dirname(file), source),
      );
      return { ...map, sources };
    },
  };
}
