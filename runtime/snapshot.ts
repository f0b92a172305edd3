/** From the live state of the sites to plain data. */
import { MS_PER_HOUR, epochNow, now, toEpoch } from './clock.ts';
import { COUNTED, elapsedNs, frameStartMs, frameTag, hot, SITE_MASK, STRETCH } from './frames.ts';
import { verifyFailures } from './pending.ts';
import { verifyPromises } from './promise-watch.ts';
import { pruned } from './prune.ts';
import { recent } from './recent.ts';
import type { SiteAggregate } from './record.ts';
import type { Site } from './site.ts';
import * as at from './tally.ts';
import { trendRecordOf } from './trend.ts';

/** The calls of one site that are on the stack. */
interface StackedCalls {
  calls: number;
  /** Monotonic milliseconds; Infinity where the oldest was not timed. */
  oldestMs: number;
  /** Time since the beginnings of those that are timed. */
  runningNs: number;
}

/** Synchronous calls, and running stretches of others, by site. */
type OnStack = ReadonlyMap<number /* site index */, StackedCalls>;

/** Brings the sums up to date: everything that reads them does this first. */
export function settleAccounts(): void {
  verifyPromises();
  verifyFailures();
  recent.drain();
}

/** The calls on the stack now. */
export function callsOnStack(): OnStack {
  const found = new Map<number, StackedCalls>();
  const atMs = now();
  for (let depth = 0; depth < hot.depth; depth++) {
    const tag = frameTag[depth] ?? 0;
    const index = tag & SITE_MASK;
    const known = found.get(index) ?? { calls: 0, oldestMs: Infinity, runningNs: 0 };
    found.set(index, known);
    // The other calls in flight are counted and dated by the site.
    const isCounted = (tag & COUNTED) !== 0;
    if ((tag & STRETCH) === 0) known.calls++;
    if (isCounted) continue;
    known.runningNs += Math.max(0, elapsedNs(depth, atMs));
    if ((tag & STRETCH) === 0) known.oldestMs = Math.min(known.oldestMs, frameStartMs[depth] ?? Infinity);
  }
  return found;
}

/** The site's cumulative values. Sums are whole nanoseconds and bytes, so that merging them is exact. */
export function aggregateOf(site: Site, onStack: OnStack): SiteAggregate {
  const { tally, inFlight, kind, index } = site;
  // What is nothing but noise may come out below 0.
  const sum = (place: number): number => Math.max(0, Math.round(tally.at(place)));
  const timed = tally.at(at.TIMED);
  const stacked = onStack.get(index);
  const oldestMs = Math.min(inFlight.oldest?.startMs ?? Infinity, stacked?.oldestMs ?? Infinity);
  const openNs = sum(at.OPEN_TOTAL);
  const isOpen = openNs > 0 || /async|generator/.test(kind);
  const ownNs = sum(at.TOTAL) - openNs + sum(at.RUNNING) + (stacked?.runningNs ?? 0) - sum(at.CHILDREN);
  return pruned<SiteAggregate>({
    id: index,
    calls: tally.calls,
    errors: tally.at(at.ERRORS),
    belowThreshold: tally.at(at.BELOW_THRESHOLD),
    inFlight: inFlight.count + (stacked?.calls ?? 0),
    oldestInFlightAt: oldestMs < Infinity ? Math.round(toEpoch(oldestMs)) : undefined,
    timed,
    represented: tally.at(at.WEIGHT) === timed ? undefined : tally.at(at.WEIGHT),
    totalNs: sum(at.TOTAL),
    rawTotalNs: sum(at.RAW),
    outermostNs: sum(at.OUTERMOST) === sum(at.TOTAL) ? undefined : sum(at.OUTERMOST),
    selfNs: Math.max(0, Math.round(ownNs)),
    activeNs: isOpen ? sum(at.ACTIVE) : undefined,
    waitNs: isOpen ? Math.max(0, openNs - sum(at.ACTIVE)) : undefined,
    minNs: timed > 0 ? Math.max(0, tally.at(at.MIN)) : undefined,
    maxNs: timed > 0 ? Math.max(0, tally.at(at.MAX)) : undefined,
    histogram: tally.histogram.toRecord(),
    rss: { n: tally.at(at.RSS_SAMPLES), sumBytes: sum(at.RSS_SUM) },
    heap: { n: tally.at(at.HEAP_SAMPLES), sumBytes: sum(at.HEAP_SUM) },
    cpu: { n: tally.at(at.CPU_SAMPLES), cpuNs: sum(at.CPU_SUM), wallNs: sum(at.CPU_WALL) },
    overlapping: tally.at(at.OVERLAPPING) || undefined,
    lastError: tally.lastError,
    lastErrorAt: tally.lastError === undefined ? undefined : Math.round(toEpoch(tally.lastErrorMs)),
    hours: hoursOf(site),
    trend: trendRecordOf(tally.lastDurations()),
  });
}

/** Closed hours and the one that is running. */
function hoursOf({ tally }: Site): SiteAggregate['hours'] {
  const current = tally.callsThisHour;
  return current > 0 ? [...tally.hours, [currentHour(), current]] : tally.hours;
}

/** Hours since the epoch of the hour that calls are counted into; moved on by {@link closeHours}. */
function currentHour(): number {
  if (hour < 0) hour = Math.floor(epochNow() / MS_PER_HOUR);
  return hour;
}

let hour = -1;

/** Closes the hour for all sites if it has passed. Returns the monotonic milliseconds at which the next one ends. */
export function closeHours(sites: readonly Site[]): number {
  const closing = currentHour();
  const epochMs = epochNow();
  hour = Math.floor(epochMs / MS_PER_HOUR);
  if (hour !== closing) {
    recent.drain();
    for (const { tally } of sites) tally.closeHour(closing);
  }
  return now() + (hour + 1) * MS_PER_HOUR - epochMs;
}
