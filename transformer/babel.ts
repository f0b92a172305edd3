import type { NodePath, PluginObj, PluginPass, types as BabelTypes } from '@babel/core';
import { printBabel } from './emit/babel-printer.ts';
import { type Diagnostic, messageOf } from './diagnostics.ts';
import { emitFile } from './emit/emit.ts';
import { indexEdits } from './emit/edit-index.ts';
import { readGivenMap, readOwnMap } from './read-map.ts';
import { recordInManifest } from './manifest.ts';
import { type Options, resolveOptions } from './options.ts';
import { relativeTo } from './paths.ts';
import type { SourceMap } from './source-map.ts';
import { planOutput } from './plan/original-selection.ts';

export type { Options } from './options.ts';

type BabelApi = typeof import('@babel/core');

/** The part of Babel's file that its types leave out. */
interface CodeFrames {
  buildCodeFrameError(node: BabelTypes.Node, message: string, constructor: ErrorConstructor): Error;
}

/**
 * The Babel plugin. It works when the traversal enters the program, before other plugins see a node, and finds
 * bodies by their offset in the source: the order among plugins does not matter.
 *
 * @param options see {@link Options}; `root` defaults to Babel's `cwd`
 * @throws {TkaPerfError} on options that are not valid
 * @example
 * { "plugins": [["tka-perf/babel", { "functions": "exported" }]] }
 */
export default function tkaPerf(babel: BabelApi, options: Options, cwd: string): PluginObj {
  const resolved = resolveOptions(options, cwd ?? process.cwd());
  return {
    name: 'tka-perf',
    visitor: {
      Program(path: NodePath<BabelTypes.Program>, state: PluginPass): void {
        const { file } = state;
        const name = state.filename ?? 'unknown.js';
        if (name.includes('\0')) return; // no file: Metro's polyfills, which run before there is a `require`
        // Babel takes each file for a module unless it is told otherwise: whether it is one, its text tells.
        const format = path.node.sourceType === 'module' ? undefined : 'commonjs';
        const relative = relativeTo(resolved.root, name);
        const compilesComponents = hasReactCompiler(file);
        const info = { file: relative, format, compilesComponents } as const;
        const isAsked = resolved.enabled && resolved.includes(relative);
        const inputMap = isAsked ? inputMapOf(file, name) : undefined;
        const plan = planOutput(file.code, info, inputMap, resolved);
        recordInManifest(resolved, plan?.file ?? relative, file.code, plan);
        if (!plan) return;
        for (const diagnostic of plan.diagnostics) report(file, diagnostic);
        if (plan.regions.length > 0 || plan.removals.length > 0)
          printBabel(babel, path, indexEdits(emitFile(plan)));
      },
    },
  };
}

/** The map to the sources of a file that was compiled before: from the loader in front of Babel's, or by its last comment. */
function inputMapOf({ code, opts }: PluginPass['file'], name: string): SourceMap | undefined {
  const { inputSourceMap } = opts as { readonly inputSourceMap?: unknown };
  if (inputSourceMap === false) return undefined;
  const given = typeof inputSourceMap === 'object' ? readGivenMap(inputSourceMap, name) : undefined;
  return given ?? readOwnMap(code, name);
}

/** Whether React Compiler is among the plugins, wherever it stands. */
function hasReactCompiler({ opts }: PluginPass['file']): boolean {
  const plugins = (opts as { readonly plugins?: readonly { readonly key?: unknown }[] }).plugins ?? [];
  return plugins.some(({ key }) => typeof key === 'string' && /react-(?:forget|compiler)/.test(key));
}

/** With Babel's code frame: an error stops the build (`strict`), a warning goes to stderr. */
function report(file: PluginPass['file'], diagnostic: Diagnostic): void {
  const { line, column } = diagnostic;
  const place = { start: { line, column }, end: { line, column: column + 1 } };
  const node = { loc: place } as unknown as BabelTypes.Node;
  const message = `[tka-perf] ${diagnostic.code}: ${messageOf(diagnostic)}`;
  const frame = (file as unknown as CodeFrames).buildCodeFrameError(node, message, Error);
  if (diagnostic.severity === 'error') throw frame;
  process.stderr.write(`${diagnostic.file}:${line}:${column + 1} warning ${frame.message}\n`);
}
