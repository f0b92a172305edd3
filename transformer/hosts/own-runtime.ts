import { fileURLToPath } from 'node:url';

/** What emitted code imports. */
export const RUNTIME = 'tka-perf';

/** {@link RUNTIME} as the whole of a specifier. */
export const RUNTIME_ID: RegExp = /^tka-perf$/;

/**
 * Path of this package's own runtime, for a marked file from where `tka-perf` is not found: another package of a
 * monorepo, or an app that runs it by `npx`.
 */
export function ownRuntime(): string {
  return fileURLToPath(import.meta.resolve(RUNTIME));
}
