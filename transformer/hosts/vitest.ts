import { dirname, join } from 'node:path';
import type { UserConfig } from 'vite';
import { beginRun } from './one-run.ts';
import { ownRuntime } from './own-runtime.ts';

/** The part of Vitest's settings that is used here. */
interface Settings {
  setupFiles?: string | string[];
  readonly browser?: { readonly enabled?: boolean };
}

/** The part of what Vitest's `configureVitest` hook gets that is used here. */
interface VitestContext {
  readonly project: { readonly config: Settings & { setupFiles: string[] } };
}

/** Vitest's own plugin, by which a configuration is one of tests: that of a project of several has its name behind a colon. */
const isOwnPlugin = (plugin: unknown): boolean =>
  /^vitest(?::project)?$/.test((plugin as { readonly name?: string } | undefined)?.name ?? '');

const setupFile = (): string => join(dirname(ownRuntime()), '../transformer/hosts/vitest-setup.js');

/**
 * Has the journal written after each test file (see `vitest-setup.ts`), and all workers write to one run. Tests that run in
 * a browser have none, and no module of Node's.
 *
 * @param config - Vite's, as far as it is known before it is resolved: Vitest before 3.1 asks no plugin any later.
 * @returns What is to be merged into it, where it is one of tests.
 */
export function setupForVitest(config: UserConfig): { readonly test: Settings } | undefined {
  const plugins: readonly unknown[] = config.plugins ?? [];
  if (!plugins.flat(Infinity).some(isOwnPlugin)) return undefined;
  beginRun();
  const { setupFiles = [], browser } = (config as { readonly test?: Settings }).test ?? {};
  const file = setupFile();
  return browser?.enabled || setupFiles.includes(file) ? undefined : { test: { setupFiles: [file] } };
}

/** The same from Vitest 3.1 on, which knows then whether the tests run in a browser. */
export function configureVitest({ project: { config } }: VitestContext): void {
  beginRun();
  const file = setupFile();
  const others = config.setupFiles.filter((each) => each !== file);
  config.setupFiles.splice(0, Infinity, ...others, ...(config.browser?.enabled ? [] : [file]));
}
