/** What calls have taken is no own time of their callers: it is added up for these, which are known by their numbers. */
import { CHILDREN, CHILDREN_SPREAD } from './sums.ts';
import type { Tally } from './tally.ts';

/** The tallies of all sites, by the site's number. */
export const tallies: (Tally | undefined)[] = [];

/**
 * What a call took is not its caller's own time.
 *
 * @param caller - Below 0 where there is none.
 * @param spread - Variance of that, where the call stands for others.
 */
export function addToCaller(caller: number, weighedNs: number, spread: number): void {
  if (caller < 0) return; // asking an array for such a place is slow
  const tally = tallies[caller];
  if (!tally) return;
  tally.bump(CHILDREN, weighedNs);
  if (spread !== 0) tally.bump(CHILDREN_SPREAD, spread);
}
