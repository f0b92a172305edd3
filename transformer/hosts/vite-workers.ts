import type { Plugin, UserConfig } from 'vite';
import { RUNTIME } from './own-runtime.ts';

/**
 * Has the files of workers instrumented in a build too, for which Vite takes the plugins of `worker.plugins` alone. The
 * user's own stay, and where ours is among them nothing is added.
 *
 * @param create makes a plugin: Vite wants new ones for each worker
 */
export function addToWorkers(config: UserConfig, create: () => Plugin): void {
  const worker = (config.worker ??= {});
  const own: unknown = worker.plugins;
  const withOurs = (plugins: readonly Plugin[] | undefined): Plugin[] =>
    plugins?.flat(Infinity).some((plugin) => plugin?.name === RUNTIME)
      ? [...plugins]
      : [...(plugins ?? []), withoutConfig(create())];
  // Before Vite 5 it was a list.
  worker.plugins = (
    Array.isArray(own) ? withOurs(own) : () => withOurs((own as (() => Plugin[]) | undefined)?.())
  ) as () => Plugin[];
}

/** A worker's plugins are asked about its configuration too, in which they are already. */
function withoutConfig({ config: _config, ...plugin }: Plugin): Plugin {
  return plugin;
}
