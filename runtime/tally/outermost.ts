/** What is known of the outermost calls of a function, from those that were drawn and from those that were met (recursion.ts). */
import type { Recursion } from './recursion.ts';
import { CHILDREN_SPREAD, MAX, OUTERMOST } from './sums.ts';
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

/** Variance of it in square nanoseconds, where they are not left to those that are drawn: of what is not known, its square. */
export function outermostSpreadOf(tally: Tally): number {
  const { recursion } = tally;
  if (recursion === undefined || recursion.isShallow) return 0;
  if (recursion.isKnown) return recursion.spreadAt(tally.skipped);
  return Math.max(tally.at(OUTERMOST), tally.at(MAX)) ** 2;
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
