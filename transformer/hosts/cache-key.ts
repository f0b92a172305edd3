import manifest from '../../package.json' with { type: 'json' };
import type { Options } from '../options.ts';

/** What webpack and Rspack keep on disk from build to build, as their options have it. */
interface KeptCache {
  readonly type?: unknown;
  version?: unknown;
}

/**
 * Modules that were kept on disk were made by the options and the plugin of their build: by others they are made anew.
 *
 * @param cache the bundler's option, whatever it is
 */
export function addToCacheKey(cache: unknown, options: Options): void {
  if (typeof cache !== 'object' || cache === null) return;
  const kept: KeptCache = cache;
  if (kept.type !== 'filesystem' && kept.type !== 'persistent') return;
  const version = typeof kept.version === 'string' ? kept.version : '';
  kept.version = `${version}|tka-perf ${manifest.version} ${JSON.stringify(options)}`;
}
