/** React Router takes exports of a route's module out into modules of their own, and tells by its text which it can. */
import { realpathSync } from 'node:fs';
import type { ResolvedConfig } from 'vite';
import { toSlashes } from '../options.ts';
import type { FileInfo } from '../plan/plan.ts';

/** What it takes out where the rest of the module shares no statement with it. */
const SPLIT_EXPORTS = ['clientAction', 'clientLoader', 'clientMiddleware', 'HydrateFallback'];

/** How the ids of such modules end, and that of the one which exports the rest: each begins with the file's whole text. */
const PART = /\?(?:route-chunk=\w+|__react-router-build-client-route)$/;
const CHUNK = /\?route-chunk=\w+$/;

/** What Vite hands to a hook as `this`; before version 6 it has no environments. */
interface Context {
  readonly environment?: { readonly config: { readonly consumer: 'client' | 'server' } };
}

type Config = Pick<ResolvedConfig, 'command' | 'plugins' | 'build'> & {
  readonly environments?: Partial<ResolvedConfig['environments']>;
};

/** Which modules of a Vite project React Router splits: files of routes, in the build for the browser. */
export class RouteSplits {
  /** The server that reads the exports of routes, while a build for either side is under way; nothing of it is run. */
  readonly #isReader: boolean;
  readonly #files: ReadonlySet<string>;
  readonly #isServerBuild: boolean;

  constructor({ command, plugins, build, environments }: Config) {
    const has = (name: string): boolean => plugins.some((plugin) => plugin.name === name);
    this.#isReader = has('react-router:split-route-modules') && !has('react-router');
    this.#files = command === 'build' ? splitFiles((environments?.['client'] ?? { build }).build) : new Set();
    this.#isServerBuild = Boolean(build.ssr);
  }

  /** See {@link FileInfo}: every id of a file, and the reader's, must come to the same. */
  of(file: string, context: object): Pick<FileInfo, 'splitExports'> {
    const { environment } = context as Context;
    const isServer = environment ? environment.config.consumer === 'server' : this.#isServerBuild;
    const isSplit = this.#isReader || (!isServer && this.#files.has(toSlashes(file)));
    return isSplit ? { splitExports: SPLIT_EXPORTS } : {};
  }

  /** Whether what there is to say of a module is said of another one of the same file. */
  saysElsewhere(id: string): boolean {
    return this.#isReader || PART.test(id);
  }
}

/** Files of which parts are asked for. */
function splitFiles({
  rollupOptions: { input },
}: Pick<ResolvedConfig['build'], 'rollupOptions'>): Set<string> {
  const files = Object.values(typeof input === 'string' ? [input] : (input ?? []))
    .filter((entry) => CHUNK.test(entry))
    .map((entry) => entry.replace(CHUNK, ''));
  return new Set(files.flatMap((file) => [file, realPath(file)]).map(toSlashes));
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
