/** What works on React's components behind us, and cannot see into a probe. */
import { nearestPackage, textOf } from '../disk.ts';
import type { FileInfo } from '../plan/plan.ts';

/** See {@link FileInfo}. */
export type ReactTools = Pick<FileInfo, 'compilesComponents' | 'refreshesHooks'>;

/** Packages that are React Compiler: Babel's plugin, which Next asks for too, and the one that Vite's plugin loads. */
const COMPILERS = ['babel-plugin-react-compiler', 'oxc-transform-react'];

const known = new Map<string /* folder */, boolean>();

/**
 * Whether the project of a folder has React Compiler among its dependencies: its bundler's options say so only to those
 * who know them all.
 */
export function hasReactCompiler(folder: string): boolean {
  let has = known.get(folder);
  if (has === undefined) known.set(folder, (has = namesCompiler(folder)));
  return has;
}

function namesCompiler(folder: string): boolean {
  const manifest = textOf(nearestPackage(folder) ?? '') ?? '';
  return COMPILERS.some((name) => manifest.includes(`"${name}"`));
}

/** A plugin of Vite's, or of webpack's. */
interface Named {
  readonly name?: unknown;
}

/**
 * By Vite's resolved configuration: oxc is at work from Vite 8 on. A test runner serves modules too, and replaces none in a
 * page.
 */
export function reactToolsOfVite({
  root,
  command,
  plugins,
}: {
  readonly root: string;
  readonly command: string;
  readonly plugins: readonly Named[];
}): ReactTools {
  const has = (name: RegExp): boolean => plugins.some((plugin) => name.test(String(plugin.name)));
  const isServed = command === 'serve' && !process.env['VITEST'];
  return {
    compilesComponents: has(/^vite:react-compiler$/) || hasReactCompiler(root),
    refreshesHooks: isServed && has(/^vite:react(?::refresh-wrapper$|-swc)/),
  };
}

/** A plugin of webpack's: anything with an `apply`, perhaps without a prototype. */
type Constructed = { readonly constructor?: { readonly name?: string } } | undefined;

/** By the plugins of webpack or Rspack: React Refresh has one, and so has Next. */
export function reactToolsOfWebpack(
  root: string,
  mode: string | undefined,
  plugins: readonly unknown[],
): ReactTools {
  const refreshes = plugins.some((plugin) =>
    /React(?:Fresh|Refresh)/.test((plugin as Constructed)?.constructor?.name ?? ''),
  );
  return { compilesComponents: hasReactCompiler(root), refreshesHooks: mode === 'development' && refreshes };
}
