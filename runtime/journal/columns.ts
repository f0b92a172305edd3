/** The journal's columns, from the live sums of a site. */
import { toEpoch } from '../platform/clock.ts';
import * as column from '../format/layout.ts';
import { isOutermostMet, outermostNsOf, outermostSpreadOf } from '../tally/outermost.ts';
import { burstNsOf, burstSpreadOf, isToldByBursts } from '../tally/burst-estimates.ts';
import { growthOf } from '../report/growth.ts';
import { selfNsOf, selfSpreadOf } from '../tally/self-time.ts';
import type { Site } from '../call/site.ts';
import type { OngoingCalls } from '../call/ongoing.ts';
import { studentOf } from '../tally/student.ts';
import * as at from '../tally/sums.ts';

/** Square nanoseconds in a square microsecond. */
const SQUARE_NS = 1e6;
/** No number in a journal is longer (10 bytes); of more than 53 bits the lowest are lost, as in the sum itself. */
const MOST_SPREAD = 2 ** 68;

/**
 * Standard deviation, in nanoseconds, of what a timed call that outlives its stack has more than those that it stands for, all of
 * them alike: where it begins and ends the program itself has code for it that lies in no cache. Seen were 50 to 150, and 400 to 700
 * where others use the machine; one call in a thousand that is timed by hand has as much.
 */
const COLD_NS = 300;

/** By which the sums of the same durations in another order may differ. */
const ROUNDING = 1e-9;

/** Writes a site's values as they are now. Whole nanoseconds and bytes, so that merging them is exact. */
export function columnsOf(site: Site, ongoing: OngoingCalls | undefined, into: Float64Array): void {
  const { tally, flights } = site;
  const { calls } = tally;
  const below = tally.seen - calls;
  const timed = tally.at(at.TIMED);
  const weight = tally.at(at.WEIGHT);
  const total = whole(tally.at(at.TOTAL));
  const open = whole(tally.at(at.OPEN_TOTAL));
  const followed = tally.at(at.FOLLOWED);
  const seen = tally.at(at.ACTIVE);
  // As large a part of all as it is of those that were looked at: no larger than all, however long one of them was interrupted.
  const active = Math.min(open, whole(followed > 0 ? (seen * open) / followed : seen));
  const running = whole(tally.at(at.RUNNING) - seen) + active + (ongoing ? ongoing.runningNs : 0);
  // The reader lets what is known grow with the calls that no timed one stands for yet: here they are in it already.
  const isMetByRows = isOutermostMet(tally);
  const known = isMetByRows && weight < calls ? weight / calls : 1;
  const exactNs = Math.max(0, outermostNsOf(tally) * known);
  const drawnNs = whole(exactNs);
  const ofTotal =
    tally.at(at.SPREAD) * fewness(timed, tally.at(at.CLUSTERS)) +
    (open > 0 ? coldSpreadOf(weight - timed) : 0);
  const ofOutermost = outermostSpreadOf(tally);
  const ofSelf = selfSpreadOf(tally, ofTotal, open > 0 ? active / open : 1);
  const growth = growthOf({
    calls,
    timed,
    represented: weight,
    longCalls: tally.at(at.LONG),
    longNs: tally.at(at.LONG_TOTAL),
    totalNs: total,
  }).all;
  const drawnSelfNs = selfNsOf(tally, running, exactNs);
  // Rows of outermost calls tell more than moments do: what may be little certain is what others have taken inside of these.
  const isAllMet =
    open === 0 &&
    below === 0 &&
    !isMetByRows &&
    isToldByBursts(tally, at.BURST_ALL, growth, drawnNs, ofOutermost > 0 ? ofOutermost : ofTotal);
  const ofInside = isMetByRows ? ofSelf - ofOutermost : ofSelf;
  const isSelfMet = below === 0 && isToldByBursts(tally, at.BURST_SELF, growth, drawnSelfNs, ofInside);
  // They tell the mean, too (total-estimates.ts), of all calls. With one timed call these have no margin.
  const isMeanMet = isAllMet && !tally.isRecursive && timed > 1;
  const scale = isMeanMet ? 1 : growth;
  const outermostNs = isAllMet ? whole(burstNsOf(tally, at.BURST_ALL) / scale) : drawnNs;
  const selfNs = isSelfMet ? burstNsOf(tally, at.BURST_SELF) / scale : (drawnSelfNs * growth) / scale;
  into[column.TIMED] = timed;
  into[column.TOTAL] = total;
  into[column.PROBE] = whole(tally.at(at.RAW)) - total;
  into[column.NOT_SELF] = total - whole(selfNs);
  into[column.STOOD_FOR] = weight - timed;
  into[column.UNREPRESENTED] = calls - weight;
  into[column.ERRORS] = tally.at(at.ERRORS);
  into[column.NESTED] = total - outermostNs;
  into[column.ACTIVE] = active;
  into[column.WAIT] = open - active;
  into[column.UNFOLLOWED] =
    Math.abs(open - followed) > open * ROUNDING + 1 ? whole(Math.abs(open - followed)) : Number(isMeanMet);
  into[column.RSS_SAMPLES] = tally.at(at.RSS_SAMPLES);
  into[column.RSS_SUM] = whole(tally.at(at.RSS_SUM));
  into[column.HEAP_SAMPLES] = tally.at(at.HEAP_SAMPLES);
  into[column.HEAP_SUM] = whole(tally.at(at.HEAP_SUM));
  into[column.CPU_SAMPLES] = tally.at(at.CPU_SAMPLES);
  into[column.CPU_SUM] = whole(tally.at(at.CPU_SUM));
  into[column.CPU_WALL] = whole(tally.at(at.CPU_WALL));
  into[column.BELOW_THRESHOLD] = below;
  into[column.BELOW_GUESSED] = Math.max(0, below - tally.at(at.BELOW_TIMED));
  into[column.ZEROES] = tally.histogram.zeroCount;
  into[column.IN_FLIGHT] = (flights ? flights.count : 0) + (ongoing ? ongoing.calls : 0);
  into[column.MIN] = timed > 0 ? whole(tally.at(at.MIN)) : 0;
  into[column.MAX] = timed > 0 ? whole(tally.at(at.MAX)) : 0;
  into[column.OLDEST] = ongoing && ongoing.oldestMs < Infinity ? whole(toEpoch(ongoing.oldestMs)) : 0;
  into[column.OVERLAPPING] = tally.at(at.OVERLAPPING);
  into[column.SPREAD] = spread(ofTotal);
  into[column.SELF_SPREAD] = spread(
    (isSelfMet ? burstSpreadOf(tally, at.BURST_SELF) : ofSelf * growth ** 2) / scale ** 2,
  );
  into[column.OUTERMOST_SPREAD] = spread(
    isAllMet ? burstSpreadOf(tally, at.BURST_ALL) / scale ** 2 : ofOutermost,
  );
  into[column.LONG] = tally.at(at.LONG);
  into[column.LONG_TOTAL] = Math.min(total, whole(tally.at(at.LONG_TOTAL)));
  into[column.LAST_ERROR_AT] = tally.lastError === undefined ? 0 : whole(toEpoch(tally.lastErrorMs));
}

/** Readers know how many calls were timed, and not of how many clusters: with these a margin has fewer degrees of freedom. */
function fewness(timed: number, clusters: number): number {
  return clusters === 0 ? 1 : (studentOf(Math.max(1, clusters - 1)) / studentOf(Math.max(1, timed - 1))) ** 2;
}

/** Variance of what so many calls that outlive their stack are estimated at, beside that of those that were timed. */
function coldSpreadOf(calls: number): number {
  return (calls * COLD_NS) ** 2;
}

function spread(squareNs: number): number {
  return Math.min(MOST_SPREAD, whole(squareNs / SQUARE_NS));
}

/** What is nothing but noise may come out below 0. */
function whole(value: number): number {
  return value > 0 ? Math.round(value) : 0;
}
