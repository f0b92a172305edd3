import type { WebpackPluginInstance } from 'webpack';
import type { Options } from '../options.ts';
import { bundlers } from './unplugin.ts';

export type { Options } from '../options.ts';

/**
 * The plugin for webpack.
 *
 * @param options see {@link Options}; `root` defaults to webpack's `context`
 * @throws {TkaPerfError} on options that are not valid
 * @example
 * export default { entry: "./src/main.ts", plugins: [tkaPerf()] }; // webpack.config.js
 */
const tkaPerf: (options?: Options) => WebpackPluginInstance = bundlers.webpack;

export default tkaPerf;
