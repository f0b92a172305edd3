import { readFile } from 'node:fs/promises';
import type {
  OnLoadResult,
  OnResolveArgs,
  OnResolveResult,
  PartialMessage,
  Plugin,
  PluginBuild,
} from 'esbuild';
import type { Diagnostic, Options } from '../index.ts';
import { messageOf } from '../index.ts';
import { FileInstrumenter } from './file-instrumenter.ts';
import { readOwnMap } from '../read-map.ts';
import { withInlineMap } from '../source-map.ts';
import { MAY_HAVE_MARKS, SOURCE_FILE } from './module-id.ts';
import { ownRuntime, RUNTIME_ID } from './own-runtime.ts';

export type { Options } from '../options.ts';

/** esbuild's expressions, which are Go's, have nothing that looks behind itself. */
const EXTENSION = /\.[cm]?[jt]sx?$/;

/**
 * The plugin for esbuild, and for what is built on it.
 *
 * Of esbuild's plugins the first that loads a file is the only one: list it before plugins that load JavaScript or
 * TypeScript. A file in which nothing is selected is left to them. Not by way of unplugin, whose loader for esbuild
 * answers for other plugins' namespaces too and overrides the user's `loader`.
 *
 * @param options see {@link Options}; `root` defaults to esbuild's `absWorkingDir`
 * @throws {TkaPerfError} on options that are not valid
 * @example
 * await build({ entryPoints: ['src/main.ts'], bundle: true, outdir: 'dist', plugins: [tkaPerf()] });
 */
export default function tkaPerf(options: Options = {}): Plugin {
  const instrumenter = new FileInstrumenter(options);
  return {
    name: 'tka-perf',
    setup(build) {
      instrumenter.useRoot(build.initialOptions.absWorkingDir);
      build.onResolve({ filter: RUNTIME_ID }, (args) => resolveRuntime(build, args));
      // esbuild before 0.20 knows no import attributes.
      build.onLoad({ filter: EXTENSION, namespace: 'file' }, async ({ path, with: attributes = {} }) => {
        // `with { type: 'text' }` and the like do not load a module's source.
        if (!SOURCE_FILE.test(path) || attributes['type'] !== undefined || !instrumenter.includes(path))
          return null;
        return load(instrumenter, await readFile(path, 'utf8'), path);
      });
    },
  };
}

function load(instrumenter: FileInstrumenter, code: string, path: string): OnLoadResult | null {
  if (!instrumenter.selectsUnmarked && !MAY_HAVE_MARKS.test(code)) return null;
  const warnings: PartialMessage[] = [];
  const errors: PartialMessage[] = [];
  const report = (diagnostic: Diagnostic): number =>
    (diagnostic.severity === 'error' ? errors : warnings).push(messageFor(diagnostic, code, path));
  // esbuild composes its map with the one in a file's last comment, which is ours now.
  const result = instrumenter.instrument(
    code,
    { file: path, scripts: 'commonjs', inputMap: readOwnMap(code, path) },
    report,
  );
  // Only contents keep the others from loading it: without any, esbuild shows the messages and goes on.
  const contents = result && { contents: withInlineMap(result), loader: 'default' as const };
  return { warnings, errors, watchFiles: [path], ...contents };
}

function messageFor(diagnostic: Diagnostic, code: string, file: string): PartialMessage {
  const { line, column } = diagnostic;
  const lineText = code.split(/\r?\n/, line)[line - 1] ?? '';
  // Columns of esbuild are bytes of UTF-8.
  const bytes = Buffer.byteLength(lineText.slice(0, column));
  return {
    id: diagnostic.code,
    text: `${diagnostic.code}: ${messageOf(diagnostic)}`,
    location: { file, line, column: bytes, length: 1, lineText },
  };
}

const ASKED = Symbol('tka-perf');

async function resolveRuntime(build: PluginBuild, args: OnResolveArgs): Promise<OnResolveResult | undefined> {
  if (args.pluginData === ASKED) return undefined;
  const { importer, kind, namespace, resolveDir } = args;
  const options = { importer, kind, namespace, resolveDir, pluginData: ASKED };
  const found = await build.resolve(args.path, options);
  // One copy for `import` and `require`, and one also for a file from where the package is not found.
  return found.external ? undefined : { path: ownRuntime() };
}
