/* oxlint-disable no-underscore-dangle -- Node’s own names */
import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { extname } from 'node:path';
import { isCommonJs } from './commonjs-syntax.ts';
import { explainSyntax } from './loaded-source.ts';
import { isTypeScript } from './module-id.ts';
import { ownRuntimeFor, RUNTIME } from './own-runtime.ts';
import type { SourceEditor } from './source-editor.ts';

/** The parts of Node's CommonJS loader that every such tool builds on. */
interface CommonJsLoader {
  _extensions: Record<string, unknown>;
  _cache: Readonly<Record<string /* file */, object | undefined>>;
  _resolveFilename(request: string, ...rest: unknown[]): string;
  prototype: {
    _compile(code: string, file: string, ...rest: unknown[]): unknown;
    load(file: string): unknown;
  };
}

/** A module that is being loaded. */
type Loading = CommonJsLoader['prototype'] & { readonly id?: string };

const loader = Module as unknown as CommonJsLoader;

/** What Node itself loads, whether or not it strips types. */
const OWN_EXTENSIONS: ReadonlySet<string> = new Set(['.js', '.json', '.node']);

/** Whether a compiler (tsx, ts-node, …) loads CommonJS: its output goes by Node's hooks, straight to `_compile`. */
export function isCompiled(): boolean {
  return compiledExtensions().length > 0;
}

/** Extensions of files that such a compiler loads, and Node has no CommonJS loader of its own for: `.ts`, say. */
function compiledExtensions(): string[] {
  return Object.keys(loader._extensions).filter((extension) => !OWN_EXTENSIONS.has(extension));
}

/** Whether one of {@link compiledExtensions} is the file's. */
export function hasCompilerFor(file: string): boolean {
  return compiledExtensions().includes(extname(file));
}

/** Whether Node takes the types out of TypeScript itself. */
const stripsTypes = Boolean((process.features as { readonly typescript?: string | false }).typescript);

/** Whether `require` loads ES modules. */
const requiresModules = Boolean((process.features as { readonly require_module?: boolean }).require_module);

let hooked = false;

/**
 * Whether a file that is being loaded will be edited when its compiler is through with it. Those that work as ts-node and
 * pirates do give the module a `_compile` of its own, and let Node read the file: it must be as it was written, since its
 * types may be checked.
 */
export function isLeftToCompile(file: string): boolean {
  // One for `.js` is given what has no loader of its own, too: `.cts`.
  if (!hooked || !(hasCompilerFor(file) || isTypeScript(file))) return false;
  const loading = loader._cache[file];
  return loading !== undefined && Object.hasOwn(loading, '_compile');
}

/** Edits a text that is an ES module, or may be one, where the format is left open. */
type EditModule = (code: string, file: string, format: 'module' | undefined) => string | undefined;

/**
 * Edits CommonJS where it is compiled; once.
 *
 * @param editModule edits an ES module there, which `require` loads
 */
export function hookCommonJs(
  editor: SourceEditor,
  editModule: EditModule = (code, file, format) => editor.edit(code, file, format),
): void {
  if (hooked) return;
  hooked = true;
  const compile = loader.prototype._compile;
  loader.prototype._compile = function _compile(this: Loading, code, file, ...rest) {
    const edited = typeof code === 'string' ? edit(this, code, `${file}`, rest[0]) : undefined;
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

  function edit(module: Loading, code: string, file: string, format: unknown): string | undefined {
    if (!editor.includes(file)) return undefined;
    if (format === 'module' || format === 'module-typescript') return editModule(code, file, 'module');
    // V8 does not compile what is TypeScript still.
    if (format === 'typescript') return editModule(code, file, undefined);
    if (typeof format === 'string' || isCommonJs(code)) return editor.edit(code, file, 'commonjs');
    // Node begins anew with a program that turns out to be an ES module, and asks the hooks.
    return requiresModules && module.id !== '.' ? editModule(code, file, 'module') : undefined;
  }
}

/** Node's own loader of `.mjs` files, in 22.12 and 22.13: they do not come by `_compile`. */
interface ModuleLoader {
  readonly name?: string;
}

/**
 * Leads `.mjs` files through `_compile` where Node does not. Its own loader of them stays in its place but while one is
 * taken over: by it Node tells that `require('./a')` is not to find `a.mjs`.
 */
export function hookRequiredModules(): void {
  const own = loader._extensions['.mjs'] as ModuleLoader | undefined;
  if (own?.name !== 'loadESMFromCJS') return;
  const loadPlain = loader.prototype.load;
  loader.prototype.load = function load(file) {
    if (!file.endsWith('.mjs') || loader._extensions['.mjs'] !== own) return loadPlain.call(this, file);
    const compile = (module: Loading, path: string): void => {
      loader._extensions['.mjs'] = own;
      module._compile(readFileSync(path, 'utf8'), path, 'module');
    };
    loader._extensions['.mjs'] = compile;
    try {
      return loadPlain.call(this, file);
    } finally {
      if (loader._extensions['.mjs'] === compile) loader._extensions['.mjs'] = own;
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
