/** What is known of the outermost calls of a function, from those that were drawn and from those that were met (recursion.ts). */
import type { Recursion } from './recursion.ts';
import {
  BELOW_THRESHOLD,
  BELOW_TIMED,
  CHILDREN_SPREAD,
  CHOSEN_SPREAD,
  MAX,
  OUTERMOST,
  TIMED,
  TOTAL,
  WEIGHT,
} from './sums.ts';
import type { Tally } from './tally.ts';

/** Their nanoseconds. */
export function outermostNsOf(tally: Tally): number {
  const known = knownOf(tally);
  return known ? tally.exactOutermostNs + known.totalNsAt(tally.skipped) : tally.at(OUTERMOST);
}

/** Whether that has all calls in it, those that no timed one stands for yet among them. */
export function isOutermostMet(tally: Tally): boolean {
  return knownOf(tally) !== undefined;
}

/**
 * Variance of it in square nanoseconds, where it is another one than that of the mean: where they are not left to those that are
 * drawn, or it is left to chance how many are above a threshold. Of what is not known, its square.
 */
export function outermostSpreadOf(tally: Tally): number {
  const { recursion } = tally;
  if (tally.at(BELOW_THRESHOLD) > tally.at(BELOW_TIMED))
    return tally.at(CHOSEN_SPREAD) + oneMoreOf(tally) ** 2;
  if (recursion === undefined || recursion.isShallow) return 0;
  if (recursion.isKnown) return recursion.spreadAt(tally.skipped);
  return Math.max(tally.at(OUTERMOST), tally.at(MAX)) ** 2;
}

/** What one more call above the threshold would have added: that none was drawn does not say that there is none. */
function oneMoreOf(tally: Tally): number {
  const timed = tally.at(TIMED) + tally.at(BELOW_TIMED);
  const weight = (tally.at(WEIGHT) + tally.at(BELOW_THRESHOLD)) / timed;
  return (weight * tally.at(TOTAL)) / Math.max(1, tally.at(WEIGHT));
}

/** Variance of what the calls inside took, as far as these are none of the function itself. */
export function insideSpreadOf(tally: Tally): number {
  const known = knownOf(tally);
  const all = tally.at(CHILDREN_SPREAD);
  return known ? all - known.ownSpread + known.insideSpread : all;
}

function knownOf({ recursion }: Tally): Recursion | undefined {
  return recursion?.isKnown === true ? recursion : undefined;
}
