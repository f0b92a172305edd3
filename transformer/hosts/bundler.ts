/** What is known of a bundler, and so of a file that it asks about, that decides what can be done to it. */
import type { UnpluginBuildContext } from 'unplugin';
import type { FileInfo } from '../plan/plan.ts';
import { readGivenMap, readMapOnDisk, readOwnMap } from '../read-map.ts';
import type { SourceMap } from '../source-map.ts';
import type { SourceFile } from './file-instrumenter.ts';

/** Bundlers that show a plugin's name beside its messages; to the same ones every file is an ES module. */
const ROLLUP_LIKE: ReadonlySet<string> = new Set(['rollup', 'rolldown', 'vite']);

/** Bundlers that take a map's sources as they are, and expect a path; the others know which file they asked about. */
const TAKES_SOURCES: ReadonlySet<string> = new Set(['webpack', 'rspack', 'farm']);

/** What compiles TypeScript in them: {@link FileInfo.losesSuperInTry}. */
const LOSES_SUPER: Readonly<Record<string, FileInfo['losesSuperInTry']>> = { rolldown: 'oxc', bun: 'bun' };

/** The part of a plugin's context that tells of the bundler. */
type Context = Pick<UnpluginBuildContext, 'getNativeBuildContext'>;

/** Whether it names the plugin beside what that says. */
export function namesPlugin(framework: string): boolean {
  return ROLLUP_LIKE.has(framework);
}

/** Whether the sources of a map must be whole paths. */
export function takesSources(framework: string): boolean {
  return TAKES_SOURCES.has(framework);
}

/** A file, and what the bundler's ways mean for it. */
export function sourceFor(context: Context, code: string, file: string, framework: string): SourceFile {
  const bundler = bundlerOf(context, framework);
  return {
    file,
    scripts: ROLLUP_LIKE.has(framework) ? 'esm' : 'commonjs',
    keepsRequireInTry: bundler === 'rollup',
    losesSuperInTry: LOSES_SUPER[bundler],
    dropsImports: ROLLUP_LIKE.has(framework),
    inputMap: inputMapOf(context, code, file, framework),
    composesMaps: true,
  };
}

/** The one at work: Vite has Rollup before version 8; Rolldown, from then on, shows its version beside Rollup's. */
function bundlerOf(context: object, framework: string): string {
  const { meta } = context as {
    readonly meta?: { readonly rollupVersion?: string; readonly rolldownVersion?: string };
  };
  if (meta?.rolldownVersion !== undefined) return 'rolldown';
  return meta?.rollupVersion === undefined ? framework : 'rollup';
}

/** The map to the sources of a file that was compiled before. Vite's development server takes its comment away. */
function inputMapOf(context: Context, code: string, file: string, framework: string): SourceMap | undefined {
  if (framework === 'vite') return readMapOnDisk(code, file);
  const native = context.getNativeBuildContext?.();
  const given = native && 'inputSourceMap' in native ? readGivenMap(native.inputSourceMap, file) : undefined;
  return given ?? readOwnMap(code, file);
}
