import { Histogram, recordInto } from '../../runtime/tally/histogram.ts';
import type { SiteAggregate, JournalSite } from '../../runtime/format/record.ts';
import { UserError } from '../text/errors.ts';
import { type FunctionProfile, type Profile, subjectOf } from './profile.ts';
import { recentCalls, type RecentCall } from './recent.ts';

const MS_PER_HOUR = 3_600_000;

/** A profile by arguments, and of how many calls the others are. */
export interface ByArgs {
  readonly profile: Profile;
  /** Calls of the functions that have rows, of which nothing says what their arguments were. */
  readonly others: number;
}

/**
 * The profile with one row for each function and hash of arguments, made from the recent calls: the journal keeps no
 * other numbers by arguments.
 *
 * @throws UserError where no call has its arguments hashed
 */
export function profileByArgs(profile: Profile): ByArgs {
  const rows = new Map<string, RecentCall[]>();
  for (const call of recentCalls(profile)) {
    if (call.argsHash === undefined) continue;
    const name = `${call.site.name} (${call.argsHash})`;
    const known = rows.get(name);
    if (known === undefined) rows.set(name, [call]);
    else known.push(call);
  }
  if (rows.size === 0) {
    throw new UserError(
      `no recent call of ${subjectOf(profile)} has its arguments hashed; mark functions with "// @monitor args"`,
    );
  }
  const functions = new Map(Array.from(rows, ([name, calls]) => [name, rowOf(name, calls)]));
  const kept = [...rows.values()].flat();
  const calls = [...new Set(kept.map(({ site }) => site.name))].reduce(
    (sum, name) => sum + (profile.functions.get(name)?.aggregate.calls ?? 0),
    0,
  );
  // What is noted of a single call may be ahead of the sums.
  return {
    profile: { ...profile, functions, inFlight: [] },
    others: Math.max(0, calls - kept.length),
  };
}

function rowOf(name: string, calls: readonly RecentCall[]): FunctionProfile {
  const site: JournalSite = { ...(calls[0] as RecentCall).site, name };
  const histogram = new Histogram();
  const hours = new Map<number, number>();
  for (const { durationNs, at } of calls) {
    recordInto(histogram, durationNs);
    const hour = Math.floor(at / MS_PER_HOUR);
    hours.set(hour, (hours.get(hour) ?? 0) + 1);
  }
  const durations = calls.map(({ durationNs }) => durationNs);
  const totalNs = durations.reduce((sum, durationNs) => sum + durationNs, 0);
  const failed = calls.filter(({ ok }) => !ok);
  const memory = calls.flatMap(({ memoryBytes }) => (memoryBytes === undefined ? [] : [memoryBytes]));
  const record = histogram.toRecord();
  histogram.clear(); // what it counted in goes to the next row's
  const lastError = failed.at(-1)?.error;
  const aggregate: SiteAggregate = {
    id: 0,
    calls: calls.length,
    errors: failed.length,
    belowThreshold: 0,
    inFlight: 0,
    timed: calls.length,
    totalNs,
    rawTotalNs: totalNs,
    minNs: durations.reduce((a, b) => Math.min(a, b), Infinity),
    maxNs: durations.reduce((a, b) => Math.max(a, b), 0),
    histogram: record,
    rss: { n: memory.length, sumBytes: memory.reduce((sum, bytes) => sum + bytes, 0) },
    heap: { n: 0, sumBytes: 0 },
    cpu: { n: 0, cpuNs: 0, wallNs: 0 },
    ...(lastError === undefined ? {} : { lastError }),
    hours: [...hours].toSorted(([a], [b]) => a - b),
    trend: { n: [0, 0], mean: [0, 0], variance: [0, 0] },
  };
  return { site, aggregate };
}
