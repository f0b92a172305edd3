/** The loader for hosts that take webpack's loaders and none of its plugins: Turbopack. */
import type { LoaderDefinition } from 'webpack';
import { type Diagnostic, formatDiagnostic } from '../index.ts';
import type { Options } from '../options.ts';
import { FileInstrumenter, withPaths } from './file-instrumenter.ts';
import { readGivenMap, readOwnMap } from '../read-map.ts';
import { hasReactCompiler } from './react.ts';
import { MAY_HAVE_MARKS } from './module-id.ts';

export type { Options } from '../options.ts';

/** By the options, and the folder that names are relative to: a loader is asked about one file at a time. */
const instrumenters = new Map<string, FileInstrumenter>();

/**
 * The loader; its options are those of the plugins, `root` defaults to the host's `context`.
 *
 * @throws {TkaPerfError} on options that are not valid
 * @example
 * // next.config.mjs
 * const condition = { all: [{ not: 'foreign' }, { content: /@monitor|tka-perf/ }] };
 * export default { turbopack: { rules: { '*.{js,jsx,ts,tsx}': { condition, loaders: ['tka-perf/loader'] } } } };
 */
const tkaPerf: LoaderDefinition<Options> = function (code, map) {
  const instrumenter = instrumenterOf(this.getOptions(), this.rootContext);
  const file = this.resourcePath;
  const isAsked = instrumenter.includes(file) && (instrumenter.selectsUnmarked || MAY_HAVE_MARKS.test(code));
  if (!isAsked) {
    this.callback(null, code, map);
    return;
  }
  const given = readGivenMap(map, file);
  const inputMap = given ?? readOwnMap(code, file);
  const source = {
    file,
    scripts: 'commonjs',
    inputMap,
    composesMaps: !given,
    compilesComponents: hasReactCompiler(instrumenter.options.root),
    // Next's development server, which does not say so otherwise.
    refreshesHooks: process.env['NODE_ENV'] === 'development',
  } as const;
  const report = (diagnostic: Diagnostic): void => tell(diagnostic, this.emitError, this.emitWarning);
  const found = instrumenter.instrument(code, source, report);
  if (!found) {
    this.callback(null, code, map);
    return;
  }
  const result = withPaths(found, file);
  this.callback(null, result.code, result.map as typeof map);
};

export default tkaPerf;

function instrumenterOf(options: Options, root: string): FileInstrumenter {
  const key = JSON.stringify([options, root]);
  const known = instrumenters.get(key) ?? new FileInstrumenter(options, root);
  instrumenters.set(key, known);
  return known;
}

function tell(
  diagnostic: Diagnostic,
  emitError: (error: Error) => void,
  emitWarning: (warning: Error) => void,
): void {
  const entry = new Error(`[tka-perf] ${formatDiagnostic(diagnostic)}`);
  entry.stack = ''; // ours says nothing to the user
  if (diagnostic.severity === 'error') emitError(entry);
  else emitWarning(entry);
}
