/** The time in a function itself, as the difference of what its calls took and what those inside did, and how far it may be off. */
import { insideNsOf, insideSpreadOf, outermostSpreadOf } from './outermost.ts';
import { studentOf, Z } from './student.ts';
import { OPEN_TOTAL, OUTERMOST, TIMED, TOTAL } from './sums.ts';
import type { Tally } from './tally.ts';

/**
 * Its nanoseconds. None of the sums was cut off at 0: they are of the same draws.
 *
 * @param runningNs - What ran of calls that outlive their stack, and of those that go on.
 * @param outermostNs - What the outermost calls took.
 */
export function selfNsOf(tally: Tally, runningNs: number, outermostNs: number): number {
  const closedNs = tally.at(TOTAL) - tally.at(OPEN_TOTAL);
  return closedNs + runningNs - insideNsOf(tally) + (outermostNs - tally.at(OUTERMOST));
}

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
