import {
  createUnplugin,
  type TransformResult,
  type UnpluginBuildContext,
  type UnpluginContext,
  type UnpluginContextMeta,
  type UnpluginInstance,
  type UnpluginOptions,
} from 'unplugin';
import type { ResolvedConfig, UserConfig } from 'vite';
import { type Diagnostic, formatDiagnostic, type Options } from '../index.ts';
import { namesPlugin, sourceFor, takesSources } from './bundler.ts';
import { addToCacheKey } from './cache-key.ts';
import { COMPONENT_ID, ComponentMarks } from './components.ts';
import { FileInstrumenter, withPaths } from './file-instrumenter.ts';
import { fileOf, MAY_HAVE_MARKS, SOURCE_ID } from './module-id.ts';
import { RUNTIME, RUNTIME_ID } from './own-runtime.ts';
import { hasReactCompiler, type ReactTools, reactToolsOfVite, reactToolsOfWebpack } from './react.ts';
import { addToWorkers } from './vite-workers.ts';
import { configureVitest, serveSetupFile, setupForVitest } from './vitest.ts';
import { RouteSplits } from './route-splits.ts';
import { addAlias, resolveForFarm, resolveIdHook } from './runtime-resolution.ts';

type Context = UnpluginBuildContext & UnpluginContext;

/**
 * The plugin that unplugin turns into each bundler's own. It runs before all others (`pre`): marks are comments,
 * which TypeScript's removal by esbuild, oxc or SWC takes away.
 *
 * Called, each throws a `TkaPerfError` on options that are not valid.
 */
export const bundlers: UnpluginInstance<Options | undefined, false> = createUnplugin(create);

/**
 * Vite's development server need not bundle the runtime, one file, ahead. Which one of the pages' files is the first to
 * import it, it cannot know before: it would bundle then, and load the page again.
 */
function servedAsItIs(): { readonly optimizeDeps: { readonly exclude: string[] } } {
  return { optimizeDeps: { exclude: [RUNTIME] } }; // others may add to it
}

function create(options: Options | undefined, meta: UnpluginContextMeta): UnpluginOptions {
  const instrumenter = new FileInstrumenter(options ?? {}, rootOf(meta));
  let findReactTools = (): ReactTools => ({
    compilesComponents: hasReactCompiler(instrumenter.options.root),
  });
  let reactTools: ReactTools | undefined;
  let routeSplits: RouteSplits | undefined;
  const components = new ComponentMarks();
  const rollupLike = { resolveId: resolveIdHook };
  const ids = [SOURCE_ID, COMPONENT_ID];
  const transform = {
    // Rollup and Rolldown have no `enforce`; this puts the hook first wherever the plugin stands in the list.
    order: 'pre',
    filter: instrumenter.selectsUnmarked ? { id: ids } : { id: ids, code: MAY_HAVE_MARKS },
    handler(this: Context, code: string, id: string): TransformResult {
      const report = (diagnostic: Diagnostic): void => {
        if (!routeSplits?.saysElsewhere(id)) tell(this, diagnostic, id, meta.framework);
      };
      if (COMPONENT_ID.test(id)) {
        const diagnostic = components.diagnose(code, id, instrumenter.options);
        if (diagnostic) report(diagnostic);
        return undefined;
      }
      const file = fileOf(id);
      const source = {
        ...sourceFor(this, code, file, meta.framework),
        ...(reactTools ??= findReactTools()),
        ...routeSplits?.of(file, code, this),
      };
      const result = instrumenter.instrument(code, source, report);
      return (result && takesSources(meta.framework) ? withPaths(result, file) : result) as TransformResult;
    },
  };
  // `configureVitest` is called by Vitest 3.1 and later; Vite's types do not know it.
  const viteHooks = {
    ...rollupLike,
    config: (config: UserConfig) => {
      addToWorkers(config, () => bundlers.vite(options));
      return { ...servedAsItIs(), ...setupForVitest(config) };
    },
    configEnvironment: servedAsItIs,
    configResolved: (config: ResolvedConfig) => {
      instrumenter.useRoot(config.root);
      serveSetupFile(config);
      // Each time: one plugin may serve and build.
      reactTools = reactToolsOfVite(config);
      routeSplits = new RouteSplits(config);
    },
    configureVitest,
  };
  return {
    name: RUNTIME,
    enforce: 'pre',
    buildStart: components.beginBuild,
    transformInclude: (id) => instrumenter.includes(fileOf(id)),
    transform,
    rollup: rollupLike,
    rolldown: rollupLike,
    vite: viteHooks,
    farm: {
      configResolved: ({ root }) => instrumenter.useRoot(root),
      resolve: {
        filters: { sources: [RUNTIME_ID.source], importers: ['.*'] },
        executor: ({ importer }) => resolveForFarm(instrumenter.options.root, importer),
      },
    },
    webpack: ({ context, options: own }) => {
      findReactTools = () => reactToolsOfWebpack(context, own.mode, own.plugins);
      addAlias(own.resolve);
      addToCacheKey(own.cache, options ?? {});
    },
    rspack: ({ context, options: own }) => {
      findReactTools = () => reactToolsOfWebpack(context, own.mode, own.plugins);
      addAlias(own.resolve);
      addToCacheKey(own.cache, options ?? {});
      addToCacheKey((own.experiments as { readonly cache?: unknown }).cache, options ?? {}); // Rspack 1
    },
  };
}

function rootOf(meta: UnpluginContextMeta): string | undefined {
  if (meta.framework === 'webpack') return meta.webpack.compiler.context;
  return meta.framework === 'rspack' ? meta.rspack.compiler.context : undefined;
}

function tell(context: Context, diagnostic: Diagnostic, id: string, framework: string): void {
  const text = formatDiagnostic(diagnostic);
  const { line, column, severity } = diagnostic;
  const message = namesPlugin(framework) ? text : `[tka-perf] ${text}`;
  const native = context.getNativeBuildContext?.();
  if (native?.framework === 'farm') {
    if (severity === 'error') throw new Error(message);
    // Farm 1 takes a string, whatever its types say, and aborts the process on the object that unplugin passes on.
    native.context.warn(message as never);
    return;
  }
  const entry = { id, loc: { file: id, line, column }, message };
  if (severity === 'error') context.error(entry);
  else context.warn(entry);
}
