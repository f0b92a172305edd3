/* oxlint-disable no-underscore-dangle -- Node’s own names */
import Module from 'node:module';
import { ownRuntimeFor, RUNTIME } from './own-runtime.ts';
import type { SourceEditor } from './source-editor.ts';

/** The parts of Node's CommonJS loader that every such tool builds on. */
interface CommonJsLoader {
  _extensions: Readonly<Record<string, unknown>>;
  _resolveFilename(request: string, ...rest: unknown[]): string;
  prototype: { _compile(code: string, file: string, ...rest: unknown[]): unknown };
}

const loader = Module as unknown as CommonJsLoader;

/** Whether a compiler (tsx, ts-node, …) loads CommonJS: its output goes by Node's hooks, straight to `_compile`. */
export function isCompiled(): boolean {
  return '.ts' in loader._extensions;
}

let hooked = false;

/** Edits CommonJS where it is compiled; once. */
export function hookCommonJs(editor: SourceEditor): void {
  if (hooked) return;
  hooked = true;
  const compile = loader.prototype._compile;
  loader.prototype._compile = function _compile(code, file, ...rest) {
    const edited =
      rest[0] === 'module' || typeof code !== 'string' ? undefined : editor.edit(code, file, 'commonjs');
    return compile.call(this, edited ?? code, file, ...rest);
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
