/** How far an estimated mean may be off. Pure. */
import type { SiteAggregate } from '../format/record.ts';
import { varianceOf } from '../format/histogram-record.ts';
import { growthOf } from './growth.ts';
import { studentOf, Z } from '../tally/student.ts';

/** Square nanoseconds in a square microsecond. */
const SQUARE_NS = 1e6;
/**
 * Half the width of the 95 % confidence interval of the mean duration, in nanoseconds; `undefined` where nothing is
 * estimated, or nothing is known of how it varies.
 *
 * The variance of the total over the square of its calls, as for a ratio estimator (W. G. Cochran, Sampling Techniques,
 * 1977, 6.4), by Student's quantile for as many degrees of freedom as other calls were timed. Of durations of which a
 * few calls take nearly all, and none of those was timed, no sample can tell.
 */
export function marginNsOf(aggregate: SiteAggregate): number | undefined {
  const { calls, timed, represented = timed, longCalls, spread } = aggregate;
  if (timed < 2) return undefined;
  if (!spread) return timed < calls && represented === timed ? marginOfRestNs(aggregate) : undefined;
  if (!represented) return undefined;
  const ofTotal = studentOf(timed - 1) * Math.sqrt(spread * SQUARE_NS);
  return longCalls === undefined || calls === 0
    ? ofTotal / represented
    : (ofTotal * growthOf(aggregate).estimated) / calls;
}

/**
 * The same of the mean of all such calls, of which those that were made are only some: by how much another run may differ that is
 * the same otherwise. `undefined` where a single one was timed.
 */
export function repeatMarginNsOf(aggregate: SiteAggregate): number | undefined {
  const { calls, timed, histogram } = aggregate;
  if (timed < 2) return undefined;
  const ofCalls = studentOf(timed - 1) * Math.sqrt(varianceOf(histogram) / Math.max(calls, timed));
  return Math.hypot(ofCalls, marginNsOf(aggregate) ?? 0);
}

/**
 * The same where each timed call stands for itself, and the others for nobody yet: as for a mean of some of so many (Cochran,
 * 2.5).
 */
function marginOfRestNs({ calls, timed, histogram }: SiteAggregate): number {
  return studentOf(timed - 1) * Math.sqrt(varianceOf(histogram) * (1 / timed - 1 / calls));
}

/** The same of the time in the function itself. */
export function selfMarginNsOf({ selfSpread }: SiteAggregate): number | undefined {
  return selfSpread === undefined ? undefined : Z * Math.sqrt(selfSpread * SQUARE_NS);
}

/** The same of the outermost calls of a function that calls itself. */
export function outermostMarginNsOf({ outermostSpread }: SiteAggregate): number | undefined {
  return outermostSpread === undefined ? undefined : Z * Math.sqrt(outermostSpread * SQUARE_NS);
}
