import { metricsOf, type AggregateMetrics, type Noise } from '../../runtime/report/aggregates.ts';
import { usageError, UserError } from '../text/errors.ts';
import { containing, globMatcher, isGlob, matchesName, type Named } from '../text/glob.ts';
import { lazy } from '../text/lazy.ts';
import { aliveMsOf, type Profile } from './profile.ts';
import { didYouMean, listOf } from '../text/suggest.ts';

const picomatch = lazy<typeof import('picomatch')>('picomatch');

/** Which functions a view shows, and in what order. */
export interface Selection {
  readonly sort: SortKey;
  /** Only names that match; all where absent. */
  readonly filter?: string;
}

type Compare = (a: AggregateMetrics, b: AggregateMetrics) => number;

/** Descending; functions without the value come last. */
const by =
  (value: (metrics: AggregateMetrics) => number | undefined): Compare =>
  (a, b) =>
    (value(b) ?? -Infinity) - (value(a) ?? -Infinity) || 0;

const byName: Compare = (a: AggregateMetrics, b: AggregateMetrics): number =>
  a.functionName < b.functionName ? -1 : Number(a.functionName > b.functionName);

/** What `--sort` takes. */
export type SortKey =
  | 'total'
  | 'calls'
  | 'avg'
  | 'p95'
  | 'p99'
  | 'max'
  | 'self'
  | 'errors'
  | 'memory'
  | 'alloc'
  | 'name';

const ORDERS: Readonly<Record<SortKey, Compare>> = {
  total: by((metrics) => metrics.totalExecutionTimeMs),
  calls: by((metrics) => metrics.callCount),
  avg: by((metrics) => metrics.avgExecutionTimeMs),
  p95: by((metrics) => metrics.p95ExecutionTimeMs),
  p99: by((metrics) => metrics.p99ExecutionTimeMs),
  max: by((metrics) => metrics.maxExecutionTimeMs),
  self: by((metrics) => metrics.selfTimeMs),
  errors: by((metrics) => metrics.errorCount),
  memory: by((metrics) => metrics.avgMemoryBytes),
  alloc: by((metrics) => metrics.avgAllocatedBytes),
  name: byName,
};

/** Every {@link SortKey}, in the order in which help lists them. */
export const SORT_KEYS: readonly string[] = Object.keys(ORDERS);

function isSortKey(word: string): word is SortKey {
  return Object.hasOwn(ORDERS, word);
}

/** The value of `--sort`. @throws UserError on another word */
export function parseSortKey(word: string): SortKey {
  if (isSortKey(word)) return word;
  throw usageError(
    `cannot sort by "${word}"${didYouMean(word, SORT_KEYS) || `; write ${listOf(SORT_KEYS)}`}`,
  );
}

/** The largest of several threads. */
function noiseOf(all: readonly Noise[]): Noise {
  const none: Required<Noise> = { noiseNs: 0, avgNoiseNs: 0 };
  return all.reduce<Required<Noise>>(
    (most, { noiseNs, avgNoiseNs = noiseNs }) => ({
      noiseNs: Math.max(most.noiseNs, noiseNs),
      avgNoiseNs: Math.max(most.avgNoiseNs, avgNoiseNs),
    }),
    none,
  );
}

/** All functions of a profile with the numbers that users read, by name. */
export function functionsOf(profile: Profile, nowMs: number = profile.nowMs): AggregateMetrics[] {
  const noise = noiseOf(profile.writers.flatMap(({ usage }) => usage ?? []));
  const allMs = aliveMsOf(profile.writers);
  return Array.from(profile.functions.values(), ({ site, aggregate, noise: own, aliveMs = allMs }) =>
    metricsOf(site, aggregate, nowMs, { ...noise, ...own, aliveMs }),
  ).toSorted(byName);
}

/**
 * The functions that a selection names, in its order; equal ones by name.
 *
 * `*` in a filter stands for any characters, `/` and `.` included, and a filter may leave off the module:
 * `Cart.*` finds `src/cart.Cart.total`.
 */
export function selectFunctions(
  all: readonly AggregateMetrics[],
  { sort, filter }: Selection,
): AggregateMetrics[] {
  const matches = filter === undefined ? () => true : nameMatcher(filter);
  const compare = ORDERS[sort];
  return all.filter(matches).toSorted((a, b) => compare(a, b) || byName(a, b));
}

/** The profile of the functions that a filter names. @throws UserError where there are none */
export function filterProfile(profile: Profile, filter: string): Profile {
  const matches = nameMatcher(filter);
  const functions = new Map(
    Array.from(profile.functions).filter(([functionName, { site }]) =>
      matches({ functionName, file: site.file }),
    ),
  );
  if (functions.size === 0) throw noMatch(filter);
  return { ...profile, functions };
}

/** What is to be said where a filter names no function. */
export function noMatch(filter: string): UserError {
  const hint = isGlob(filter) ? '' : `; try "${containing(filter)}"`;
  return new UserError(`no function has a name that matches "${filter}"${hint}`);
}

/** Whether a reported name matches a filter, with or without its module. */
export function nameMatcher(filter: string): (function_: Named) => boolean {
  const matches = globMatcher(filter, picomatch());
  return (function_) => matchesName(matches, function_);
}
