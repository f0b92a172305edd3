/** What is known of the outermost calls of a function: from those that were drawn, or from those that were met (recursion.ts). */
import type { Recursion } from './recursion.ts';
import type { Share, Shares } from './shares.ts';
import {
  BELOW_THRESHOLD,
  BELOW_TIMED,
  CHILDREN,
  CHILDREN_SPREAD,
  CHOSEN_SPREAD,
  EXACT_FROM,
  EXACT_OUTERMOST,
  MAX,
  OUTERMOST,
  TIMED,
  TOTAL,
  WEIGHT,
} from './sums.ts';
import type { Tally } from './tally.ts';

/** Of so many outermost calls that were drawn a mean can be told. */
const FEW_DRAWN = 30;
/** Rows that cover more than this part of the calls tell more than those. */
const MOST_COVERED = 0.5;
/** Standard deviation of what no row covers, as a part of it. */
const REST_DEVIATION = 0.5;

/** Their nanoseconds. */
export function outermostNsOf(tally: Tally): number {
  const met = metOf(tally);
  return met ? exactNsOf(tally) + met.totalNsAt(tally.skipped) : tally.at(OUTERMOST);
}

/** What they took while every call was timed. */
function exactNsOf(tally: Tally): number {
  const sinceNs = tally.isSampled ? 0 : tally.at(OUTERMOST) - tally.at(EXACT_FROM);
  return tally.at(EXACT_OUTERMOST) + sinceNs;
}

/** Whether that has all calls in it, those that no timed one stands for yet among them. */
export function isOutermostMet(tally: Tally): boolean {
  return metOf(tally) !== undefined;
}

/**
 * Variance of it in square nanoseconds, where it is another one than that of the mean: of a function that calls itself, and
 * where it is left to chance how many calls are above a threshold.
 */
export function outermostSpreadOf(tally: Tally): number {
  if (tally.at(BELOW_THRESHOLD) > tally.at(BELOW_TIMED))
    return tally.at(CHOSEN_SPREAD) + oneMoreOf(tally) ** 2;
  const { recursion } = tally;
  if (recursion === undefined) return 0;
  const { skipped } = tally;
  const met = metOf(tally);
  if (met) {
    // What is in no row may be unlike all that is.
    const restNs = (1 - met.coverageOf(skipped)) * met.totalNsAt(skipped);
    return met.spreadAt(skipped) + (REST_DEVIATION * restNs) ** 2;
  }
  // Long calls are met in time, but not in a run of some seconds: what is known of them says nothing of the others.
  const drawnNs = Math.max(tally.at(OUTERMOST), tally.at(MAX));
  const unlikeNs = recursion.isKnown
    ? recursion.unlikenessOf(skipped) * Math.max(drawnNs, recursion.totalNsAt(skipped))
    : drawnNs;
  return recursion.outsideSpread + unlikeNs ** 2;
}

/** What one more call above the threshold would have added: that none was drawn does not say that there is none. */
function oneMoreOf(tally: Tally): number {
  const timed = tally.at(TIMED) + tally.at(BELOW_TIMED);
  const weight = (tally.at(WEIGHT) + tally.at(BELOW_THRESHOLD)) / timed;
  return (weight * tally.at(TOTAL)) / Math.max(1, tally.at(WEIGHT));
}

/** Nanoseconds of the calls that the function has made. */
export function insideNsOf(tally: Tally): number {
  let all = tally.at(CHILDREN);
  for (const share of tally.shares) {
    const { shares } = share;
    if (isShared(share)) all += shares.missingNsOf(share, moreNsOf(shares));
  }
  return all;
}

/** Variance of that, as far as they are none of the function itself. */
export function insideSpreadOf(tally: Tally): number {
  const { recursion } = tally;
  let all = tally.at(CHILDREN_SPREAD);
  if (recursion) all += recursion.insideSpread - recursion.ownSpread;
  for (const share of tally.shares) {
    const { shares } = share;
    if (!isShared(share)) continue;
    all += shares.spreadOf(share, moreNsOf(shares), outermostSpreadOf(shares.called));
  }
  return Math.max(0, all);
}

/**
 * Whether the time of the outermost calls of another function is shared out to its callers: where it is known from those that
 * were met, and where too few were drawn of this caller's.
 */
function isShared({ shares, drawn }: Share): boolean {
  return isCounted(shares) && (isOutermostMet(shares.called) || drawn < FEW_DRAWN);
}

/** Whether its function was not begun anew since. */
function isCounted(shares: Shares): boolean {
  return shares.called.recursion?.shares === shares;
}

/** What outermost calls have taken beyond those that were timed. */
function moreNsOf({ called }: Shares): number {
  return outermostNsOf(called) - called.at(OUTERMOST);
}

/** Of rows that cover most calls, or where nothing else tells: too few outermost calls were drawn, and long ones are not most of it. */
function metOf(tally: Tally): Recursion | undefined {
  const { recursion } = tally;
  if (recursion?.isKnown !== true) return undefined;
  const isLost =
    recursion.outsideDrawn < FEW_DRAWN && 2 * recursion.longNs < recursion.totalNsAt(tally.skipped);
  const isBetter = isLost || recursion.coverageOf(tally.skipped) > MOST_COVERED;
  return isBetter ? recursion : undefined;
}
