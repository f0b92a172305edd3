import type { Plugin } from 'rollup';
import type { Options } from '../options.ts';
import { bundlers } from './unplugin.ts';

export type { Options } from '../options.ts';

/**
 * The plugin for Rollup.
 *
 * @param options see {@link Options}; `root` defaults to the working directory
 * @throws {TkaPerfError} on options that are not valid
 * @example
 * export default { input: "src/main.ts", plugins: [tkaPerf(), esbuild()] }; // rollup.config.js
 */
const tkaPerf: (options?: Options) => Plugin = bundlers.rollup;

export default tkaPerf;
