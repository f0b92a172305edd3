import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { ownRuntime } from './own-runtime.ts';

/** The part of what Vitest's `configureVitest` hook gets that is used here. */
interface VitestContext {
  readonly project: { readonly config: { readonly setupFiles: string[] } };
}

/** Has the journal written after each test file (see `vitest-setup.ts`), and all workers write to one run. */
export function configureVitest({ project }: VitestContext): void {
  process.env['TKA_PERF_RUN'] ||= runId(new Date());
  const { setupFiles } = project.config;
  const file = join(dirname(ownRuntime()), '../transformer/hosts/vitest-setup.js');
  if (!setupFiles.includes(file)) setupFiles.push(file);
}

/** As the runtime makes them: they sort by time. */
function runId(now: Date): string {
  const digits = now.toISOString().replaceAll(/\D/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${randomBytes(3).toString('hex')}`;
}
