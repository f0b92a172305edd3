import {
  createUnplugin,
  type TransformResult,
  type UnpluginContext,
  type UnpluginContextMeta,
  type UnpluginInstance,
  type UnpluginOptions,
} from 'unplugin';
import { type Diagnostic, formatDiagnostic, type Options } from '../index.ts';
import { FileInstrumenter } from './file-instrumenter.ts';
import { fileOf, MAY_HAVE_MARKS, SOURCE_ID } from './module-id.ts';
import { ownRuntime, RUNTIME, RUNTIME_ID } from './own-runtime.ts';

/** Bundlers that show a plugin's name beside its messages. */
const NAMES_PLUGIN: ReadonlySet<string> = new Set(['rollup', 'rolldown', 'vite']);

/** The part of Rollup's plugin context that resolves, which Vite and Rolldown have too. */
interface Resolver {
  resolve(id: string, importer?: string, options?: object): Promise<{ id: string } | null>;
}

/** webpack's and Rspack's `resolve.fallback`, as it is before their defaults are applied. */
type Fallback = false | readonly object[] | Readonly<Record<string, unknown>> | undefined;

/**
 * The plugin that unplugin turns into each bundler's own. It runs before all others (`pre`): marks are comments,
 * which TypeScript's removal by esbuild, oxc or SWC takes away.
 *
 * Called, each throws a `TkaPerfError` on options that are not valid.
 */
export const bundlers: UnpluginInstance<Options | undefined, false> = createUnplugin(create);

function create(options: Options | undefined, meta: UnpluginContextMeta): UnpluginOptions {
  const instrumenter = new FileInstrumenter(options ?? {}, rootOf(meta));
  const rollupLike = { resolveId: { filter: { id: RUNTIME_ID }, handler: resolveRuntime } };
  const transform = {
    // Rollup and Rolldown have no `enforce`; this puts the hook first wherever the plugin stands in the list.
    order: 'pre',
    filter: instrumenter.selectsUnmarked ? { id: SOURCE_ID } : { id: SOURCE_ID, code: MAY_HAVE_MARKS },
    handler(this: UnpluginContext, code: string, id: string): TransformResult {
      const report = (diagnostic: Diagnostic): void => {
        const text = formatDiagnostic(diagnostic);
        const entry = { id, loc: { file: id, line: diagnostic.line, column: diagnostic.column } };
        const message = NAMES_PLUGIN.has(meta.framework) ? text : `[tka-perf] ${text}`;
        if (diagnostic.severity === 'error') this.error({ ...entry, message });
        else this.warn({ ...entry, message });
      };
      return instrumenter.instrument(code, fileOf(id), report) as TransformResult;
    },
  };
  return {
    name: RUNTIME,
    enforce: 'pre',
    transformInclude: (id) => instrumenter.includes(fileOf(id)),
    transform,
    rollup: rollupLike,
    rolldown: rollupLike,
    vite: { ...rollupLike, configResolved: ({ root }) => instrumenter.useRoot(root) },
    farm: { configResolved: ({ root }) => instrumenter.useRoot(root) },
    webpack: (compiler) => addFallback(compiler.options.resolve),
    rspack: (compiler) => addFallback(compiler.options.resolve),
  };
}

function rootOf(meta: UnpluginContextMeta): string | undefined {
  if (meta.framework === 'webpack') return meta.webpack.compiler.context;
  return meta.framework === 'rspack' ? meta.rspack.compiler.context : undefined;
}

async function resolveRuntime(
  this: Resolver,
  id: string,
  importer: string | undefined,
  options: object,
): Promise<{ id: string } | string> {
  return (await this.resolve(id, importer, { ...options, skipSelf: true })) ?? ownRuntime();
}

/** webpack's way to say: only where the ordinary resolution finds nothing. */
function addFallback(resolve: { fallback?: unknown }): void {
  const fallback = resolve.fallback as Fallback;
  resolve.fallback = Array.isArray(fallback)
    ? [...fallback, { name: RUNTIME, onlyModule: true, alias: ownRuntime() }]
    : { [`${RUNTIME}$`]: ownRuntime(), ...fallback };
}
