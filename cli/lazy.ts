import { createRequire } from 'node:module';

/**
 * A package that is loaded when it is first asked for: few commands need it, and starting is what users wait for.
 * Synchronous, also for packages of ES modules (every Node that we run on has `require` for these).
 */
export function lazy<Package>(name: string): () => Package {
  let loaded: Package | undefined;
  return () => (loaded ??= createRequire(import.meta.url)(name) as Package);
}
