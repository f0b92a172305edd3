import { basename } from 'node:path';
import remapping, { type SourceMapInput } from '@jridgewell/remapping';
import type { SourceMap } from 'magic-string';
import type { Diagnostic } from './diagnostics.ts';
import { emitFile } from './emit/emit.ts';
import { type Options, resolveOptions, type ResolvedOptions } from './options.ts';
import { relativeTo } from './paths.ts';
import { recordInManifest } from './manifest.ts';
import { planOutput } from './plan/original-selection.ts';
import type { FileInfo, SitePlan } from './plan/plan.ts';
import { printText } from './emit/text.ts';

export { type Diagnostic, type DiagnosticCode, formatDiagnostic, messageOf } from './diagnostics.ts';
export { explain, type Explanation, isLeftOut, type Verdict } from './explain.ts';
export { isInstrumented } from './instrumented.ts';
export { hashOf, MANIFEST_FOLDER, type ManifestEntry } from './manifest.ts';
export type { MarkOptions } from './mark-options.ts';
export { type Options, TkaPerfError } from './options.ts';
export { relativeTo } from './paths.ts';
export type { SelectionReason, SiteKind, SitePlan } from './plan/plan.ts';
export {
  type IncomingMap,
  inlineUrl,
  type Located,
  moveMap,
  readIncomingMap,
  withMapComment,
} from './source-map.ts';

/** What is asked of {@link instrument}: the plugin's options and the file. */
export interface InstrumentOptions extends Options {
  /** Path of the file, absolute or relative to `root`; its extension tells the language. */
  readonly file: string;
  /**
   * How the file is loaded, where the caller knows; else told from the source.
   * @default told from the source
   */
  readonly format?: 'esm' | 'commonjs' | undefined;
  /**
   * How a file is loaded that has no module syntax and no extension that tells.
   * @default 'esm'
   */
  readonly scripts?: 'esm' | 'commonjs' | undefined;
  /** The source map that came with the code; the result's map is composed with it. */
  readonly inputMap?: SourceMapInput | undefined;
}

/** An instrumented file. */
export interface InstrumentResult {
  readonly code: string;
  /**
   * From `code` to the file given, or to its own sources where it came with a map; sources are relative to the
   * file's folder. Made when first asked for.
   */
  readonly map: SourceMap;
  readonly sites: readonly SitePlan[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Instruments one file's text, for a host of your own.
 * @returns `undefined` where nothing is selected and there is nothing to say: use the code as it is.
 * @throws {TkaPerfError} on options that are not valid; never on account of the code.
 * @example
 * const result = instrument(code, { file: 'src/cart.ts', root: process.cwd() });
 */
export function instrument(
  code: string,
  { file, format, scripts, inputMap, ...options }: InstrumentOptions,
): InstrumentResult | undefined {
  return instrumentFile(code, { file, format, scripts, inputMap }, resolveOptions(options, process.cwd()));
}

/** What a host knows of a file. */
export interface HostFile
  extends
    Pick<InstrumentOptions, 'file' | 'format' | 'scripts' | 'inputMap'>,
    Pick<
      FileInfo,
      | 'keepsRequireInTry'
      | 'losesSuperInTry'
      | 'dropsImports'
      | 'runtimeId'
      | 'compilesComponents'
      | 'refreshesHooks'
      | 'split'
    > {
  /** The host composes maps itself, with the one that came with the code too: what it is given leads to that code. */
  readonly composesMaps?: boolean | undefined;
}

/** {@link instrument} with options that a host has resolved once. */
export function instrumentFile(
  code: string,
  { file, inputMap, composesMaps = false, ...host }: HostFile,
  options: ResolvedOptions,
): InstrumentResult | undefined {
  const path = relativeTo(options.root, file);
  const info: FileInfo = { ...host, file: path };
  const plan = planOutput(code, info, inputMap, options);
  recordInManifest(options, plan?.file ?? path, code, plan);
  if (!plan) return undefined;
  const text = printText(code, emitFile(plan));
  let map: SourceMap | undefined;
  return {
    code: text.code,
    get map() {
      if (!map) {
        const own = text.mapTo(basename(path), true);
        map = inputMap && !composesMaps ? compose(own, inputMap) : own;
      }
      return map;
    },
    sites: plan.regions.map(({ site }) => site),
    diagnostics: plan.diagnostics,
  };
}

function compose(map: SourceMap, inputMap: SourceMapInput): SourceMap {
  let isFirst = true;
  // Only our own map's source has a map of its own; what that one names are originals.
  const composed = remapping(map as unknown as SourceMapInput, () => {
    if (!isFirst) return null;
    isFirst = false;
    return inputMap;
  });
  return composed as unknown as SourceMap;
}
