/** Routers that take parts of a route's module out into modules of their own, each with the statements that it needs. */
import { realpathSync } from 'node:fs';
import type { ResolvedConfig } from 'vite';
import { toSlashes } from '../options.ts';
import type { FileInfo, Split } from '../plan/plan.ts';

/** What React Router takes out where the rest of the module shares no statement with it: by the text it tells what it can. */
const REACT_ROUTER: Split = {
  by: 'React Router',
  exports: ['clientAction', 'clientLoader', 'clientMiddleware', 'HydrateFallback'],
};

/** TanStack Router takes out members of the object that describes a route, and what only these name. */
const TANSTACK: Split = { by: 'TanStack Router', exports: 'all' };
const TANSTACK_PLUGIN = 'tanstack-router:code-splitter:compile-reference-file';
const TANSTACK_ROUTE = /\bcreate(?:FileRoute|RootRoute)\s*\(|\bcreateRootRouteWithContext\s*[<(]/;

/** How the ids of React Router's parts end, and that of the one which exports the rest: each begins with the file's whole text. */
const PART = /\?(?:route-chunk=\w+|__react-router-build-client-route)$/;
const CHUNK = /\?route-chunk=\w+$/;

/** What Vite hands to a hook as `this`; before version 6 it has no environments. */
interface Context {
  readonly environment?: { readonly config: { readonly consumer: 'client' | 'server' } };
}

type Config = Pick<ResolvedConfig, 'command' | 'plugins' | 'build'> & {
  readonly environments?: Partial<ResolvedConfig['environments']>;
};

/** Which modules of a Vite project are split: files of routes, by React Router in the build for the browser. */
export class RouteSplits {
  /** React Router's server that reads the exports of routes, while a build for either side is under way; nothing of it is run. */
  readonly #isReader: boolean;
  readonly #files: ReadonlySet<string>;
  readonly #isServerBuild: boolean;
  readonly #hasTanStack: boolean;

  constructor({ command, plugins, build, environments }: Config) {
    const has = (name: string): boolean => plugins.some((plugin) => plugin.name === name);
    this.#isReader = has('react-router:split-route-modules') && !has('react-router');
    this.#files = command === 'build' ? splitFiles((environments?.['client'] ?? { build }).build) : new Set();
    this.#isServerBuild = Boolean(build.ssr);
    this.#hasTanStack = has(TANSTACK_PLUGIN);
  }

  /** See {@link FileInfo}: every id of a file, and the reader's, must come to the same. */
  of(file: string, code: string, context: object): Pick<FileInfo, 'split'> {
    if (this.#hasTanStack && TANSTACK_ROUTE.test(code)) return { split: TANSTACK };
    const { environment } = context as Context;
    const isServer = environment ? environment.config.consumer === 'server' : this.#isServerBuild;
    const isSplit = this.#isReader || (!isServer && this.#files.has(toSlashes(file)));
    return isSplit ? { split: REACT_ROUTER } : {};
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
