import { dirname, join } from 'node:path';
import type { ResolvedConfig, UserConfig } from 'vite';
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

/**
 * Has the setup file served for tests in jsdom and the like too, which are served as to a browser: only what lies in the
 * project's workspace is, and the package may be linked from elsewhere.
 *
 * @param config - Vite's, resolved.
 */
export function serveSetupFile({ plugins, server }: Pick<ResolvedConfig, 'plugins' | 'server'>): void {
  const folder = dirname(setupFile());
  if (plugins.some(isOwnPlugin) && !server.fs.allow.includes(folder)) server.fs.allow.push(folder);
}

/** {@link setupForVitest} from Vitest 3.1 on, which knows then whether the tests run in a browser. */
export function configureVitest({ project: { config } }: VitestContext): void {
  beginRun();
  const file = setupFile();
  const others = config.setupFiles.filter((each) => each !== file);
  config.setupFiles.splice(0, Infinity, ...others, ...(config.browser?.enabled ? [] : [file]));
}
