/**
 * How each bundler finds what the emitted code imports: once, whether the marked files are ESM or CommonJS, and also
 * for a file from where `tka-perf` is not found, say in another package of a monorepo. The user's own aliases and
 * externals stay in force.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ownRuntime, RUNTIME, RUNTIME_ID } from './own-runtime.ts';

/** The part of Rollup's plugin context that resolves; Vite and Rolldown have it too. */
interface Resolver {
  resolve(id: string, importer?: string, options?: object): Promise<{ id: string } | null>;
}

/** The `resolveId` hook of Rollup, Rolldown and Vite. */
export const resolveIdHook: {
  readonly filter: { readonly id: RegExp };
  handler(
    this: Resolver,
    id: string,
    importer: string | undefined,
    options: object,
  ): Promise<{ id: string } | string>;
} = {
  filter: { id: RUNTIME_ID },
  async handler(id, importer, options) {
    const found = await this.resolve(id, importer, { ...options, skipSelf: true });
    // `require` finds the CommonJS copy; bundlers can require the other one too.
    return found && !/[\\/]dist[\\/]runtime[\\/]index\.cjs$/.test(found.id) ? found : ownRuntime();
  },
};

/** Adds to webpack's and Rspack's `resolve.alias`, behind what the user has there. Externals are looked at before. */
export function addAlias(resolve: { alias?: unknown }): void {
  const { alias } = resolve;
  resolve.alias = Array.isArray(alias)
    ? [...(alias as unknown[]), { name: RUNTIME, onlyModule: true, alias: ownRuntime() }]
    : { ...(alias as object | undefined), [`${RUNTIME}$`]: ownRuntime() };
}

/** What Farm's `resolve` hook answers. */
interface FarmResolution {
  readonly resolvedPath: string;
  readonly sideEffects: true;
}

/** Farm 1 fails on a package that is linked, and its plugins cannot ask it first: what is installed is left to it. */
export function resolveForFarm(root: string, importer: string | null): FarmResolution | null {
  try {
    const found = createRequire(join(root, importer ?? 'index.js')).resolve(RUNTIME);
    if (/[\\/]node_modules[\\/]/.test(found)) return null;
  } catch {
    // Not found by Node either.
  }
  return { resolvedPath: ownRuntime(), sideEffects: true };
}
