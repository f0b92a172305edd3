import type { Position } from './plan/source.ts';
import { resolve } from 'node:path';
import picomatch from 'picomatch';
import { nearest } from './nearest.ts';

/** Options of the transform, the same in every host. */
export interface Options {
  /**
   * Which functions are selected without a mark: none, those that a module exports, or every one.
   * @default 'marked'
   * @example { functions: 'exported' }
   */
  functions?: 'marked' | 'exported' | 'all';
  /**
   * Globs on the qualified name (`OrderService.*`) or the reported name (`src/orders.OrderService.*`): matching
   * functions are selected without a mark.
   * @default []
   * @example { match: ['OrderService.*'] }
   */
  match?: readonly string[];
  /**
   * Globs on the file's path relative to `root`: only these files are looked at.
   * @default every file
   */
  include?: readonly string[];
  /**
   * Globs on the file's path relative to `root`: these files are left alone, besides those below `node_modules`.
   * An empty list, and an `include` that names `node_modules`, let these in.
   * @default only those below `node_modules`
   */
  exclude?: readonly string[];
  /**
   * Project root: reported names and files are relative to it. One that is relative itself begins at the default.
   * @default the folder of the host's configuration, else the working directory
   */
  root?: string;
  /**
   * `false` instruments nothing and only removes marked decorators.
   * @default true
   */
  enabled?: boolean;
  /**
   * Diagnostics about marks are errors instead of warnings.
   * @default false
   */
  strict?: boolean;
  /**
   * `import` loads the runtime from each instrumented file; `global` emits no import and uses the runtime that
   * another script has loaded (for scripts without modules).
   * @default 'import'
   */
  runtime?: 'import' | 'global';
  /**
   * Notes in `.tka-perf/manifest` below the root what was done to each file, so that `tka-perf report` can tell marks
   * that the last build did not see.
   * @default false
   */
  manifest?: boolean;
}

/** Options with every default filled in and globs compiled. */
export interface ResolvedOptions {
  readonly functions: 'marked' | 'exported' | 'all';
  /** `undefined` where no pattern was given. */
  readonly matches: ((name: string) => boolean) | undefined;
  /** Whether a path relative to the root is looked at. */
  readonly includes: (relativePath: string) => boolean;
  /** Absolute, `/`-separated, without a trailing slash. */
  readonly root: string;
  readonly enabled: boolean;
  readonly strict: boolean;
  readonly runtime: 'import' | 'global';
  readonly manifest: boolean;
  /** Functions that are left alone whatever selects them, by where they begin: something else measures them. */
  readonly isMeasured?: ((begin: Position) => boolean) | undefined;
  /** Selects functions with a decorator that must run too: for lists, not for emitting. */
  readonly withDecorated?: boolean;
}

/** A mistake in the configuration: `code` is stable, the message says what, where and what to write instead. */
export class TkaPerfError extends Error {
  override readonly name = 'TkaPerfError';
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(`[tka-perf] ${message}`, options);
    this.code = code;
  }
}

const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
  functions: ['marked', 'exported', 'all'],
  runtime: ['import', 'global'],
  enabled: [true, false],
  strict: [true, false],
  manifest: [true, false],
};
const LISTS = ['match', 'include', 'exclude'];
const KEYS = [...Object.keys(CHOICES), ...LISTS, 'root'];

/**
 * Checks the user's options and fills in defaults.
 *
 * @param folder - The root where they name none, and what one is relative to: the folder of the host's configuration.
 * @throws {TkaPerfError} `bad-option` on an unknown key or a value of the wrong kind.
 */
export function resolveOptions(options: Options, folder: string): ResolvedOptions {
  for (const [key, value] of Object.entries(options)) checkOption(key, value);
  const exclude = excludedGlobs(options);
  // Without `include` also files outside the root, as a monorepo's sibling packages are.
  const included = options.include ? pathMatcher(options.include) : () => true;
  const excluded = pathMatcher(exclude);
  return {
    functions: options.functions ?? 'marked',
    matches: options.match?.length ? picomatch([...options.match], { dot: true }) : undefined,
    includes: (path) => included(path) && !excluded(path),
    root: toSlashes(resolve(folder, options.root ?? '.')),
    enabled: options.enabled ?? true,
    strict: options.strict ?? false,
    runtime: options.runtime ?? 'import',
    manifest: options.manifest ?? false,
  };
}

/** A path relative to the root may begin with `..`, which no `**` of picomatch's stands for: the one that a glob begins with does. */
function pathMatcher(globs: readonly string[]): (path: string) => boolean {
  const matcherOf = (some: readonly string[]): ((path: string) => boolean) =>
    some.length > 0 ? picomatch([...some], { dot: true }) : () => false;
  const matches = matcherOf(globs);
  const isBelow = matcherOf(globs.filter((glob) => glob.startsWith('**')));
  return (path) => matches(path) || (path.startsWith('../') && isBelow(path.replace(/^(?:\.\.\/)+/, '')));
}

/** What users leave out is left out beside the packages; an empty list, or an `include` of packages, lets these in. */
function excludedGlobs({ include = [], exclude }: Options): readonly string[] {
  const letsIn = exclude?.length === 0 || include.some((glob) => glob.includes('node_modules'));
  return [...(letsIn ? [] : ['**/node_modules/**']), ...(exclude ?? [])];
}

function checkOption(key: string, value: unknown): void {
  if (!KEYS.includes(key)) {
    const hint = nearest(key, KEYS);
    throw new TkaPerfError(
      'bad-option',
      `unknown option "${key}"${hint ? `; did you mean "${hint}"?` : `; known are ${KEYS.join(', ')}`}`,
    );
  }
  if (value === undefined) return;
  const choices = CHOICES[key];
  if (choices && !choices.includes(value)) {
    const known = choices.map((choice) => JSON.stringify(choice)).join(', ');
    throw new TkaPerfError(
      'bad-option',
      `option "${key}" must be one of ${known}, not ${JSON.stringify(value)}`,
    );
  }
  if (LISTS.includes(key) && !(Array.isArray(value) && value.every(isGlob))) {
    throw new TkaPerfError(
      'bad-option',
      `option "${key}" must be a list of globs, not ${JSON.stringify(value)}`,
    );
  }
  if (key === 'root' && typeof value !== 'string') {
    throw new TkaPerfError('bad-option', `option "root" must be a path, not ${JSON.stringify(value)}`);
  }
}

function isGlob(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

/** The path with `/` for separators, whatever the platform writes. */
export function toSlashes(path: string): string {
  return path.replaceAll('\\', '/');
}
