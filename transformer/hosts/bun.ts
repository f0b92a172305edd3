import type { Options } from '../options.ts';
import { bundlers } from './unplugin.ts';

export type { Options } from '../options.ts';

/** Bun's own type of a plugin, by its shape: Bun's types are in a package that not every project has. */
export interface BunPlugin {
  readonly name: string;
  setup(build: object): void | Promise<void>;
}

/**
 * The plugin for Bun's bundler. (Bun's loader, in a preloaded script, has not what the plugin asks for.)
 *
 * @param options see {@link Options}; `root` defaults to the working directory
 * @throws {TkaPerfError} on options that are not valid
 * @example
 * await Bun.build({ entrypoints: ["src/main.ts"], outdir: "dist", plugins: [tkaPerf()] });
 */
const tkaPerf: (options?: Options) => BunPlugin = bundlers.bun as unknown as (options?: Options) => BunPlugin;

export default tkaPerf;
