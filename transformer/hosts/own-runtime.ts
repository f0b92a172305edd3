import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What emitted code imports. */
export const RUNTIME = 'tka-perf';

/** {@link RUNTIME} as the whole of a specifier. */
export const RUNTIME_ID: RegExp = /^tka-perf$/;

/** Path of this package's own runtime, the ESM copy: bundlers can require that too. */
export function ownRuntime(): string {
  return ownRuntimeFor('import');
}

/** Tells the runtime of this realm where the package is: the app may have it nowhere near. */
export function tellOwnPackage(): void {
  const value = ownRuntimeFor('require');
  Object.defineProperty(globalThis, Symbol.for('tka-perf.package'), { value, configurable: true });
}

/**
 * Path of this package's own runtime, by the way it is loaded: a package finds itself by its name. The ESM copy lies
 * beside the CommonJS one; `import.meta.resolve` would find it, but loader threads do not have it.
 */
export function ownRuntimeFor(kind: 'import' | 'require'): string {
  const required = createRequire(import.meta.url).resolve(RUNTIME);
  return kind === 'require' ? required : join(dirname(required), 'index.js');
}
