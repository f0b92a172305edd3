import type { Plugin } from 'rolldown';
import type { Options } from '../options.ts';
import { bundlers } from './unplugin.ts';

export type { Options } from '../options.ts';

/**
 * The plugin for Rolldown and tsdown.
 *
 * @param options see {@link Options}; `root` defaults to the working directory
 * @throws {TkaPerfError} on options that are not valid
 * @example
 * export default defineConfig({ input: "src/main.ts", plugins: [tkaPerf()] }); // rolldown.config.ts
 */
const tkaPerf: (options?: Options) => Plugin = bundlers.rolldown;

export default tkaPerf;
