import type { Plugin } from 'vite';
import type { Options } from '../options.ts';
import { bundlers } from './unplugin.ts';

export type { Options } from '../options.ts';

/**
 * The plugin for Vite and Vitest.
 *
 * @param options see {@link Options}; `root` defaults to Vite's `root`
 * @throws {TkaPerfError} on options that are not valid
 * @example
 * export default defineConfig({ plugins: [tkaPerf()] }); // vite.config.ts
 */
const tkaPerf: (options?: Options) => Plugin = bundlers.vite;

export default tkaPerf;
