import type { JsPlugin } from '@farmfe/core';
import type { Options } from '../options.ts';
import { bundlers } from './unplugin.ts';

export type { Options } from '../options.ts';

/**
 * The plugin for Farm.
 *
 * @param options see {@link Options}; `root` defaults to Farm's `root`
 * @throws {TkaPerfError} on options that are not valid
 * @example
 * export default defineConfig({ plugins: [tkaPerf()] }); // farm.config.ts
 */
const tkaPerf: (options?: Options) => JsPlugin = bundlers.farm;

export default tkaPerf;
