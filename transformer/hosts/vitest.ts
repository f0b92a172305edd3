import { dirname, join } from 'node:path';
import { beginRun } from './one-run.ts';
import { ownRuntime } from './own-runtime.ts';

/** The part of what Vitest's `configureVitest` hook gets that is used here. */
interface VitestContext {
  readonly project: {
    readonly config: { readonly setupFiles: string[]; readonly browser?: { readonly enabled?: boolean } };
  };
}

/**
 * Has the journal written after each test file (see `vitest-setup.ts`), and all workers write to one run. Tests that run in
 * a browser have none, and no module of Node's.
 */
export function configureVitest({ project }: VitestContext): void {
  beginRun();
  const { setupFiles, browser } = project.config;
  if (browser?.enabled) return;
  const file = join(dirname(ownRuntime()), '../transformer/hosts/vitest-setup.js');
  if (!setupFiles.includes(file)) setupFiles.push(file);
}
