/* oxlint-disable no-underscore-dangle -- Node’s own names */
import Module from 'node:module';
import { extname } from 'node:path';
import { explainSyntax, isTypeScript } from './loaded-source.ts';
import { ownRuntimeFor, RUNTIME } from './own-runtime.ts';
import type { SourceEditor } from './source-editor.ts';

/** The parts of Node's CommonJS loader that every such tool builds on. */
interface CommonJsLoader {
  _extensions: Readonly<Record<string, unknown>>;
  _cache: Readonly<Record<string /* file */, object | undefined>>;
  _resolveFilename(request: string, ...rest: unknown[]): string;
  prototype: { _compile(code: string, file: string, ...rest: unknown[]): unknown };
}

const loader = Module as unknown as CommonJsLoader;

/** What Node itself loads, whether or not it strips types. */
const OWN_EXTENSIONS: ReadonlySet<string> = new Set(['.js', '.json', '.node']);

/** Whether a compiler (tsx, ts-node, …) loads CommonJS: its output goes by Node's hooks, straight to `_compile`. */
export function isCompiled(): boolean {
  return compiledExtensions().length > 0;
}

/** Extensions of files that such a compiler loads, and Node has no CommonJS loader of its own for: `.ts`, say. */
export function compiledExtensions(): string[] {
  return Object.keys(loader._extensions).filter((extension) => !OWN_EXTENSIONS.has(extension));
}

/** Whether one of {@link compiledExtensions} is the file's. */
export function hasCompilerFor(file: string): boolean {
  return compiledExtensions().includes(extname(file));
}

/** Whether Node takes the types out of TypeScript itself. */
const stripsTypes = Boolean((process.features as { readonly typescript?: string | false }).typescript);

let hooked = false;

/**
 * Whether a file that is being loaded will be edited when its compiler is through with it. Those that work as ts-node and
 * pirates do give the module a `_compile` of its own, and let Node read the file: it must be as it was written, since its
 * types may be checked.
 */
export function isLeftToCompile(file: string): boolean {
  if (!hooked || !hasCompilerFor(file)) return false;
  const loading = loader._cache[file];
  return loading !== undefined && Object.hasOwn(loading, '_compile');
}

/** Edits CommonJS where it is compiled; once. */
export function hookCommonJs(editor: SourceEditor): void {
  if (hooked) return;
  hooked = true;
  const compile = loader.prototype._compile;
  loader.prototype._compile = function _compile(code, file, ...rest) {
    const edited =
      rest[0] === 'module' || typeof code !== 'string' ? undefined : editor.edit(code, file, 'commonjs');
    if (!isTypeScript(file) || stripsTypes || hasCompilerFor(file))
      return compile.call(this, edited ?? code, file, ...rest);
    let hasRun = false;
    // Not caught: of an error that is thrown on, Node prints the line at which it was.
    try {
      const result = compile.call(this, edited ?? code, file, ...rest);
      hasRun = true;
      return result;
    } finally {
      if (!hasRun && typeof code === 'string') explainSyntax(code, file);
    }
  };
}

/** Lets `require('tka-perf')` find our own runtime where the app has none. */
export function hookCommonJsResolution(): void {
  const resolveFilename = loader._resolveFilename;
  loader._resolveFilename = function _resolveFilename(request, ...rest) {
    if (request !== RUNTIME) return resolveFilename.call(this, request, ...rest);
    try {
      return resolveFilename.call(this, request, ...rest);
    } catch {
      return ownRuntimeFor('require');
    }
  };
}
