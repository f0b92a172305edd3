import { dirname, join } from 'node:path';
import { beginRun } from './one-run.ts';
import { ownRuntime } from './own-runtime.ts';

/** The part of what Vitest's `configureVitest` hook gets that is used here. */
interface VitestContext {
  readonly project: { readonly config: { readonly setupFiles: string[] } };
}

/** Has the journal written after each test file (see `vitest-setup.ts`), and all workers write to one run. */
export function configureVitest({ project }: VitestContext): void {
  beginRun();
  const { setupFiles } = project.config;
  const file = join(dirname(ownRuntime()), '../transformer/hosts/vitest-setup.js');
  if (!setupFiles.includes(file)) setupFiles.push(file);
}
