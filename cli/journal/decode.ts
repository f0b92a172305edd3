import { SCALE } from '../../runtime/format/buckets.ts';
import type { EndReason, JournalRecord, SiteKind } from '../../runtime/format/record.ts';
import { FARTHEST_MS, LARGEST_SUM, MOST_DOUBLINGS } from './bounds.ts';

/*
 * A journal file is untrusted input: its checksums say that it is what somebody wrote, not that our runtime did.
 * Each record's shape is checked here, once, so that everything behind it may rely on the types.
 */

type Check = (value: unknown) => boolean;

/** Hours that a site's calls are kept by, with room to spare. */
const MOST_HOURS = 64;
/** Longest window of buckets; a merged one is at most twice as long, whatever a file says. */
const MOST_BUCKETS = 2 * MOST_DOUBLINGS * 2 ** SCALE;

const KINDS: ReadonlySet<unknown> = new Set<SiteKind>([
  'function',
  'arrow',
  'method',
  'getter',
  'setter',
  'constructor',
  'generator',
  'async',
  'async-generator',
  'block',
  'operation',
]);

const REASONS: ReadonlySet<unknown> = new Set<EndReason>(['exit', 'stop', 'error', 'signal']);

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const string: Check = (value) => typeof value === 'string';
const boolean: Check = (value) => typeof value === 'boolean';
/** Not `1e999`, which `JSON.parse` reads as Infinity. */
const within =
  (least: number, most: number): Check =>
  (value) =>
    Number.isFinite(value) && Number(value) >= least && Number(value) <= most;
const sum = within(-LARGEST_SUM, LARGEST_SUM);
const amount = within(0, LARGEST_SUM);
/** Of squares. */
const spread = within(0, LARGEST_SUM ** 2);
/** Epoch milliseconds. */
const moment = within(0, FARTHEST_MS);
/** Milliseconds, in either direction. */
const distance = within(-FARTHEST_MS, FARTHEST_MS);
const share = within(0, 1);
const hour = within(0, FARTHEST_MS / 3_600_000);
const exitCode: Check = (value) => Number.isSafeInteger(value);
const count: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const countsByName: Check = (value) => isObject(value) && Object.values(value).every(count);
const exactly =
  (expected: unknown): Check =>
  (value) =>
    value === expected;
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check, most: number = Infinity): Check =>
  (value) =>
    Array.isArray(value) && value.length <= most && value.every(check);
const pairOf =
  (first: Check, second: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length === 2 && first(value[0]) && second(value[1]);
function shape(checks: Readonly<Record<string, Check>>): Check {
  const entries = Object.entries(checks);
  return (value) => isObject(value) && entries.every(([key, check]) => check(ownValue(value, key)));
}

function ownValue(value: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

const histogram = shape({
  // The one scale of version 1: histograms of several writers are added bucket by bucket.
  scale: exactly(SCALE),
  zeroCount: count,
  offset: (value) => Number.isInteger(value) && Math.abs(Number(value)) <= MOST_BUCKETS / 2,
  counts: listOf(count, MOST_BUCKETS),
});

const sampled = shape({ n: count, sumBytes: sum });

const aggregate = shape({
  id: count,
  calls: count,
  errors: count,
  belowThreshold: count,
  inFlight: count,
  oldestInFlightAt: optional(moment),
  timed: count,
  represented: optional(count),
  longCalls: optional(count),
  longNs: optional(sum),
  spread: optional(spread),
  selfSpread: optional(spread),
  outermostSpread: optional(spread),
  totalNs: sum,
  rawTotalNs: sum,
  outermostNs: optional(sum),
  selfNs: optional(sum),
  activeNs: optional(sum),
  waitNs: optional(sum),
  minNs: optional(sum),
  maxNs: optional(sum),
  histogram,
  rss: sampled,
  heap: sampled,
  cpu: shape({ n: count, cpuNs: sum, wallNs: sum }),
  overlapping: optional(count),
  lastError: optional(string),
  lastErrorAt: optional(moment),
  hours: listOf(pairOf(hour, count), MOST_HOURS),
  trend: shape({
    n: pairOf(amount, amount),
    mean: pairOf(sum, sum),
    variance: pairOf(spread, spread),
  }),
});

/** What is said of a site beside its number. */
const SITE = {
  name: string,
  kind: (value: unknown) => KINDS.has(value),
  file: string,
  line: count,
  column: count,
  options: isObject,
};

const RECORDS: Readonly<Record<JournalRecord['t'], Check>> = {
  head: shape({
    t: exactly('head'),
    v: count,
    run: string,
    pid: count,
    ppid: count,
    thread: count,
    host: string,
    startedAt: moment,
    processStartedAt: optional(distance),
    node: string,
    platform: string,
    command: listOf(string),
    cwd: string,
    revision: optional(string),
    rolled: optional(
      shape({ names: listOf(string), writers: count, processes: count, failures: countsByName }),
    ),
  }),
  site: shape({ id: count, ...SITE }),
  sites: shape({ sites: listOf(shape(SITE)) }),
  clock: shape({ aheadMs: distance }),
  agg: shape({ at: moment, sites: listOf(aggregate), metrics: count }),
  metrics: shape({
    metrics: listOf(
      shape({
        id: count,
        durationNs: amount,
        at: moment,
        ok: boolean,
        memoryBytes: optional(sum),
        cpuPercent: optional(sum),
        argsHash: optional(string),
        error: optional(string),
      }),
    ),
  }),
  diag: shape({ counts: countsByName }),
  usage: shape({
    elapsedMs: distance,
    overheadMs: distance,
    journalMs: optional(distance),
    watchMs: optional(distance),
    budget: optional(share),
    noiseNs: amount,
    avgNoiseNs: optional(amount),
  }),
  end: shape({
    at: moment,
    reason: (value) => REASONS.has(value),
    detail: optional(string),
    exitCode: optional(exitCode),
  }),
};

function isKnownType(type: unknown): type is JournalRecord['t'] {
  return typeof type === 'string' && Object.hasOwn(RECORDS, type);
}

/**
 * The record that a line's JSON holds.
 *
 * @returns `unknown` for a well-formed record of a type that this version does not know (a newer writer may add
 *   types without a new schema version), `malformed` where a known type has the wrong shape
 */
export function decodeRecord(value: unknown): JournalRecord | 'unknown' | 'malformed' {
  if (!isObject(value)) return 'malformed';
  const type = ownValue(value, 't');
  if (!isKnownType(type)) return typeof type === 'string' ? 'unknown' : 'malformed';
  // The check is the proof: every field of the type is tested above.
  return RECORDS[type](value) ? (value as unknown as JournalRecord) : 'malformed';
}

/** Version that a head record claims, whatever else it holds; undefined where it is no head. */
export function claimedVersion(value: unknown): number | undefined {
  if (!isObject(value) || ownValue(value, 't') !== 'head') return undefined;
  const version = ownValue(value, 'v');
  return typeof version === 'number' ? version : undefined;
}
