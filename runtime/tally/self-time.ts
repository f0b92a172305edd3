/** How far the time in a function itself may be off. */
import { insideSpreadOf, outermostSpreadOf } from './outermost.ts';
import { studentOf, Z } from './student.ts';
import { TIMED } from './sums.ts';
import type { Tally } from './tally.ts';

/**
 * Its variance in square nanoseconds; 0 where nothing is estimated, or nothing is known of how it varies. That of the total and that
 * of what the calls inside took, as if each had nothing to do with the other. The first one is larger by what Student's quantiles
 * differ where few calls were timed: readers know nothing of them.
 *
 * @param spread - Variance of the total.
 * @param ran - Part of the total that the function ran: of what goes on beside others it waited for the rest.
 */
export function selfSpreadOf(tally: Tally, spread: number, ran: number): number {
  const outermost = outermostSpreadOf(tally);
  const inside = insideSpreadOf(tally);
  if (outermost > 0) return outermost + inside;
  if (spread === 0) return inside;
  const timed = tally.at(TIMED);
  return timed < 2 ? 0 : ((ran * studentOf(timed - 1)) / Z) ** 2 * spread + inside;
}
