import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as TS from 'typescript';
import type { Diagnostic } from './diagnostics.ts';
import { messageOf } from './diagnostics.ts';
import { emitFile } from './emit/emit.ts';
import { PROTOCOL } from './emit/emit-header.ts';
import { indexEdits } from './emit/edit-index.ts';
import { recordInManifest } from './manifest.ts';
import { type Options, resolveOptions, type ResolvedOptions, TkaPerfError } from './options.ts';
import { relativeTo } from './paths.ts';
import { planFile } from './plan/plan-file.ts';
import { printTypeScript } from './emit/typescript-printer.ts';

export type { Options } from './options.ts';

/** What ts-patch hands to a plugin beside the program and its options. */
export interface PluginExtras {
  readonly ts: typeof TS;
  readonly addDiagnostic: (diagnostic: TS.Diagnostic) => number;
}

/** Number under which TypeScript reports options that are not valid. */
const BAD_OPTION = 401;

/** Keys that ts-patch itself reads from a plugin's entry in `tsconfig.json`. */
const PLUGIN_KEYS = new Set([
  'transform',
  'name',
  'type',
  'import',
  'after',
  'afterDeclarations',
  'transformProgram',
  'tsConfig',
  'resolvePathAliases',
  'isEsm',
]);

/**
 * The ts-patch plugin, and a way to a plain `TransformerFactory`.
 *
 * @param program the program that is emitted; the folder of its `tsconfig.json` is the root unless `options.root` says otherwise
 * @param options the plugin's options, as they stand in `tsconfig.json`
 * @param extras given by ts-patch; without it `typescript` is resolved from the root
 * @throws {TkaPerfError} where TypeScript has no transformer API (7.0), and on options that are not valid: those ts-patch
 *   is given as a diagnostic instead
 * @example
 * { "compilerOptions": { "plugins": [{ "transform": "tka-perf/typescript" }] } }
 * @example
 * program.emit(undefined, undefined, undefined, undefined, { before: [tkaPerf(program)] });
 */
export default function tkaPerf(
  program:
    | (Pick<TS.Program, 'getCurrentDirectory'> & Partial<Pick<TS.Program, 'getCompilerOptions'>>)
    | undefined,
  options: Options = {},
  extras?: PluginExtras,
): TS.TransformerFactory<TS.SourceFile> {
  const own = Object.fromEntries(Object.entries(options).filter(([key]) => !PLUGIN_KEYS.has(key)));
  const config = program?.getCompilerOptions?.()['configFilePath'];
  const folder = typeof config === 'string' ? dirname(config) : program?.getCurrentDirectory();
  if (!extras) {
    const resolved = resolveOptions(own, folder ?? process.cwd());
    return createTransformer(loadTypeScript(resolved.root), resolved);
  }
  try {
    return createTransformer(extras.ts, resolveOptions(own, folder ?? process.cwd()), extras);
  } catch (error) {
    if (!(error instanceof TkaPerfError)) throw error;
    // ts-patch would let the compiler end by it, with a stack trace.
    extras.addDiagnostic({
      category: extras.ts.DiagnosticCategory.Error,
      code: BAD_OPTION,
      file: undefined,
      start: undefined,
      length: undefined,
      messageText: error.message,
      source: 'tka-perf',
    });
    return () => (sourceFile) => sourceFile;
  }
}

/** Name under which ts-jest caches the transformer. */
export const name = 'tka-perf';

/** Part of ts-jest's cache key: raised when the emitted code changes. */
export const version: number = PROTOCOL;

/** ts-jest's entry: `astTransformers: { before: [{ path: 'tka-perf/typescript', options: { … } }] }`. */
export function factory(
  compiler: {
    readonly program?: TS.Program;
    readonly configSet?: { readonly compilerModule?: typeof TS; readonly rootDir?: string };
  },
  options: Options = {},
): TS.TransformerFactory<TS.SourceFile> {
  const resolved = resolveOptions(options, compiler.configSet?.rootDir ?? process.cwd());
  return createTransformer(compiler.configSet?.compilerModule ?? loadTypeScript(resolved.root), resolved);
}

function createTransformer(
  ts: typeof TS,
  options: ResolvedOptions,
  extras?: PluginExtras,
): TS.TransformerFactory<TS.SourceFile> {
  return (context) => (sourceFile) => {
    if (sourceFile.isDeclarationFile) return sourceFile;
    const file = relativeTo(options.root, sourceFile.fileName);
    const plan = planFile(
      sourceFile.text,
      {
        file,
        format: formatOf(ts, sourceFile, context.getCompilerOptions()),
        losesSuperInTry: /^5\.[01]\./.test(ts.version) ? 'typescript' : undefined,
      },
      options,
    );
    recordInManifest(options, file, sourceFile.text, plan);
    if (!plan) return sourceFile;
    for (const diagnostic of plan.diagnostics) report(ts, sourceFile, diagnostic, options.root, extras);
    if (plan.regions.length === 0 && plan.removals.length === 0) return sourceFile;
    return printTypeScript(ts, context, sourceFile, indexEdits(emitFile(plan)));
  };
}

/** A module gets an `import`, which TypeScript lowers as it does the user's own; a script a `require` where it is CommonJS. */
function formatOf(ts: typeof TS, sourceFile: TS.SourceFile, options: TS.CompilerOptions): 'esm' | 'commonjs' {
  if (ts.isExternalModule(sourceFile)) return 'esm';
  if (sourceFile.impliedNodeFormat !== undefined) {
    return sourceFile.impliedNodeFormat === ts.ModuleKind.CommonJS ? 'commonjs' : 'esm';
  }
  return options.module === ts.ModuleKind.CommonJS ? 'commonjs' : 'esm';
}

/**
 * Errors (`strict`) become diagnostics of the program. Warnings go to stderr in TypeScript's own form: any
 * diagnostic of an emit, of whatever category, makes `tsc` exit with 2, and a mark must not break a build.
 */
function report(
  ts: typeof TS,
  sourceFile: TS.SourceFile,
  diagnostic: Diagnostic,
  root: string,
  extras?: PluginExtras,
): void {
  const native: TS.Diagnostic = {
    category: diagnostic.severity === 'error' ? ts.DiagnosticCategory.Error : ts.DiagnosticCategory.Warning,
    code: Number(diagnostic.code.slice('TKA'.length)),
    file: sourceFile,
    start: diagnostic.start,
    length: 1,
    messageText: messageOf(diagnostic),
    source: 'tka-perf',
  };
  if (diagnostic.severity === 'error' && extras) {
    extras.addDiagnostic(native);
    return;
  }
  const host: TS.FormatDiagnosticsHost = {
    getCurrentDirectory: () => root,
    getCanonicalFileName: (fileName) => fileName,
    getNewLine: () => '\n',
  };
  const text = ts.formatDiagnostic(native, host).replace(/\bTS(\d+):/, 'TKA$1:');
  process.stderr.write(text);
}

function loadTypeScript(root: string): typeof TS {
  const require = createRequire(join(root, 'package.json'));
  let ts: typeof TS | undefined;
  try {
    ts = require('typescript') as typeof TS;
  } catch (cause) {
    throw new TkaPerfError(
      'no-typescript',
      `typescript is not installed in ${root}; npm install --save-dev typescript`,
      { cause },
    );
  }
  if (typeof ts.visitEachChild !== 'function') {
    throw new TkaPerfError(
      'no-transformers',
      `TypeScript ${ts.version ?? '7'} has no transformer API; build with tsc as before and then run "tka-perf instrument <outDir>"`,
    );
  }
  return ts;
}
