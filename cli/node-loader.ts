import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The part of Node's `process.features` that says whether `require` takes ES modules. */
interface RequireFeature {
  readonly require_module?: boolean;
}

/**
 * `NODE_OPTIONS` with which Node processes load our loader: by `--require` where that does, because any `--import` makes
 * Node load the program's entry as an ES module, past what CommonJS compilers (`-r ts-node/register`) have set up.
 *
 * @param own the user's `NODE_OPTIONS`
 * @param words the command and its arguments
 */
export function withLoader(own: string, words: readonly string[], cwd: string): string {
  // Not 'tka-perf/register': that is another file by `require` than by `import`.
  const manifest = createRequire(import.meta.url).resolve('tka-perf/package.json');
  const folder = join(dirname(manifest), 'dist/transformer/hosts');
  // Before the user's own: a compiler among them would compile the loader too.
  if (canRequireModules(words, cwd)) return `--require ${quoted(join(folder, 'register.cjs'))} ${own}`.trim();
  return `${own} --import ${pathToFileURL(join(folder, 'register.js')).href}`.trim();
}

/** The loader is made of ES modules. Our own Node has the same `NODE_OPTIONS` as the command's. */
function canRequireModules(words: readonly string[], cwd: string): boolean {
  const { require_module: isOn = false } = process.features as RequireFeature;
  const isForbidden = words.some((word) => /^--no-(?:experimental-)?require-module$/.test(word));
  return isOn && !isForbidden && !hasPlugAndPlay(cwd);
}

/** Yarn's Plug'n'Play refuses to require ES modules, whatever Node can do. */
function hasPlugAndPlay(cwd: string): boolean {
  if (process.versions['pnp'] !== undefined) return true;
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.pnp.cjs'))) return true;
    if (folder === dirname(folder)) return false;
  }
}

/** A word of `NODE_OPTIONS`; backslashes are their own only outside of quotes. */
function quoted(path: string): string {
  return /[ "]/.test(path) ? `"${path.replaceAll(/["\\]/g, String.raw`\$&`)}"` : path;
}
