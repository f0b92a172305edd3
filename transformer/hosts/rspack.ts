import type { RspackPluginInstance } from '@rspack/core';
import type { Options } from '../options.ts';
import { bundlers } from './unplugin.ts';

export type { Options } from '../options.ts';

/**
 * The plugin for Rspack.
 *
 * @param options see {@link Options}; `root` defaults to Rspack's `context`
 * @throws {TkaPerfError} on options that are not valid
 * @example
 * export default { entry: "./src/main.ts", plugins: [tkaPerf()] }; // rspack.config.js
 */
const tkaPerf: (options?: Options) => RspackPluginInstance = bundlers.rspack;

export default tkaPerf;
