/** From the live state of the sites to plain data. */
import { MS_PER_HOUR, epochNow, now } from '../platform/clock.ts';
import { columnsOf } from './columns.ts';
import { COLUMNS, LAST_ERROR_AT } from '../format/layout.ts';
import { numbersOf } from './numbers.ts';
import { callsThisHour, closeHour } from '../tally/hours.ts';
import { lookForLongCalls } from '../call/long-calls.ts';
import { verifyFailures } from '../call/pending.ts';
import { verifyPromises } from '../call/promise-watch.ts';
import { pruned } from '../platform/prune.ts';
import { recent } from '../tally/recent.ts';
import type { SiteAggregate } from '../format/record.ts';
import type { Site } from '../call/site.ts';
import type { Ongoing } from '../call/ongoing.ts';
import { MAX, MIN, TIMED } from '../tally/sums.ts';
import { addSpreadOfTotal, tellMeanByTotal } from './total-estimates.ts';
import { trendRecordOf } from '../tally/trend.ts';

/** Brings the sums up to date: everything that reads them does this first. */
export function settleAccounts(): void {
  verifyPromises();
  verifyFailures();
  lookForLongCalls(now());
  recent.drain();
}

const columns = new Float64Array(COLUMNS);

/** The site's cumulative values. */
export function aggregateOf(site: Site, ongoing: Ongoing): SiteAggregate {
  const { tally, kind, index, number } = site;
  columnsOf(site, ongoing.get(number), columns);
  addSpreadOfTotal(columns, tellMeanByTotal(columns, columns));
  const isTimed = tally.at(TIMED) > 0;
  return pruned<SiteAggregate>({
    ...numbersOf(columns, kind),
    id: index,
    minNs: isTimed ? Math.max(0, tally.at(MIN)) : undefined,
    maxNs: isTimed ? Math.max(0, tally.at(MAX)) : undefined,
    histogram: tally.histogram.toRecord(),
    lastError: tally.lastError,
    lastErrorAt: tally.lastError === undefined ? undefined : columns[LAST_ERROR_AT],
    hours: hoursOf(site),
    trend: trendRecordOf(tally.lastDurations()),
  });
}

/** Closed hours and the one that is running. */
function hoursOf({ tally }: Site): SiteAggregate['hours'] {
  const current = callsThisHour(tally);
  return current > 0 ? [...tally.hours, [currentHour(), current]] : tally.hours;
}

/** Hours since the epoch of the hour that calls are counted into; moved on by {@link closeHours}. */
export function currentHour(): number {
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
    for (const { tally } of sites) closeHour(tally, closing);
  }
  return now() + (hour + 1) * MS_PER_HOUR - epochMs;
}
