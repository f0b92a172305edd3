/** The journal's columns, from the live sums of a site. */
import { toEpoch } from '../platform/clock.ts';
import * as column from '../format/layout.ts';
import type { Site } from '../call/site.ts';
import type { OngoingCalls } from '../call/ongoing.ts';
import * as at from '../tally/tally.ts';

/** Writes a site's values as they are now. Whole nanoseconds and bytes, so that merging them is exact. */
export function columnsOf(site: Site, ongoing: OngoingCalls | undefined, into: Float64Array): void {
  const { tally, flights } = site;
  const { sums } = tally;
  const timed = sums[at.TIMED] as number;
  const weight = sums[at.WEIGHT] as number;
  const total = whole(sums[at.TOTAL] as number);
  const open = whole(sums[at.OPEN_TOTAL] as number);
  const active = whole(sums[at.ACTIVE] as number);
  const running = whole(sums[at.RUNNING] as number) + (ongoing ? ongoing.runningNs : 0);
  const own = total - open + running - whole(sums[at.CHILDREN] as number);
  into[column.TIMED] = timed;
  into[column.TOTAL] = total;
  into[column.PROBE] = whole(sums[at.RAW] as number) - total;
  into[column.NOT_SELF] = total - whole(own);
  into[column.STOOD_FOR] = weight - timed;
  into[column.UNREPRESENTED] = tally.calls - weight;
  into[column.ERRORS] = sums[at.ERRORS] as number;
  into[column.NESTED] = total - whole(sums[at.OUTERMOST] as number);
  into[column.ACTIVE] = active;
  into[column.WAIT] = open > active ? open - active : 0;
  into[column.RSS_SAMPLES] = sums[at.RSS_SAMPLES] as number;
  into[column.RSS_SUM] = whole(sums[at.RSS_SUM] as number);
  into[column.HEAP_SAMPLES] = sums[at.HEAP_SAMPLES] as number;
  into[column.HEAP_SUM] = whole(sums[at.HEAP_SUM] as number);
  into[column.CPU_SAMPLES] = sums[at.CPU_SAMPLES] as number;
  into[column.CPU_SUM] = whole(sums[at.CPU_SUM] as number);
  into[column.CPU_WALL] = whole(sums[at.CPU_WALL] as number);
  into[column.BELOW_THRESHOLD] = sums[at.BELOW_THRESHOLD] as number;
  into[column.ZEROES] = tally.histogram.zeroCount;
  into[column.IN_FLIGHT] = (flights ? flights.count : 0) + (ongoing ? ongoing.calls : 0);
  into[column.MIN] = timed > 0 ? whole(sums[at.MIN] as number) : 0;
  into[column.MAX] = timed > 0 ? whole(sums[at.MAX] as number) : 0;
  into[column.OLDEST] = ongoing && ongoing.oldestMs < Infinity ? whole(toEpoch(ongoing.oldestMs)) : 0;
  into[column.OVERLAPPING] = sums[at.OVERLAPPING] as number;
  into[column.LAST_ERROR_AT] = tally.lastError === undefined ? 0 : whole(toEpoch(tally.lastErrorMs));
}

/** What is nothing but noise may come out below 0. */
function whole(value: number): number {
  return value > 0 ? Math.round(value) : 0;
}
