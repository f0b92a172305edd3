/** What is known of the outermost calls of a function: from those that were drawn, or from those that were met (recursion.ts). */
import type { Recursion } from './recursion.ts';
import {
  BELOW_THRESHOLD,
  BELOW_TIMED,
  CHILDREN_SPREAD,
  CHOSEN_SPREAD,
  LONG,
  MAX,
  OUTERMOST,
  TIMED,
  TOTAL,
  WEIGHT,
} from './sums.ts';
import type { Tally } from './tally.ts';

/** Their nanoseconds. */
export function outermostNsOf(tally: Tally): number {
  const met = metOf(tally);
  return met ? tally.exactOutermostNs + met.totalNsAt(tally.skipped) : tally.at(OUTERMOST);
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
  return metOf(tally)?.spreadAt(tally.skipped) ?? drawnSpreadOf(tally, recursion);
}

/** What one more call above the threshold would have added: that none was drawn does not say that there is none. */
function oneMoreOf(tally: Tally): number {
  const timed = tally.at(TIMED) + tally.at(BELOW_TIMED);
  const weight = (tally.at(WEIGHT) + tally.at(BELOW_THRESHOLD)) / timed;
  return (weight * tally.at(TOTAL)) / Math.max(1, tally.at(WEIGHT));
}

/** Of those that were drawn, and of one more. */
function drawnSpreadOf(tally: Tally, { outsideWeight, outsideNs, outsideSpread }: Recursion): number {
  const weight = (tally.at(WEIGHT) - tally.at(LONG)) / tally.at(TIMED);
  const oneMoreNs = weight * (outsideWeight > 0 ? outsideNs / outsideWeight : tally.at(MAX));
  return outsideSpread + oneMoreNs ** 2;
}

/** Variance of what the calls inside took, as far as these are none of the function itself. */
export function insideSpreadOf(tally: Tally): number {
  const { recursion } = tally;
  const all = tally.at(CHILDREN_SPREAD);
  return recursion ? Math.max(0, all - recursion.ownSpread + recursion.insideSpread) : all;
}

function metOf(tally: Tally): Recursion | undefined {
  return tally.recursion?.isKnown === true ? tally.recursion : undefined;
}
