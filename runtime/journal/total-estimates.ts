/** What is told by the total that bursts tell, or that of outermost calls. Pure. */
import {
  ACTIVE,
  LONG_TOTAL,
  MAX,
  NESTED,
  NOT_SELF,
  OUTERMOST_SPREAD,
  SPREAD,
  STOOD_FOR,
  TIMED,
  TOTAL,
  UNFOLLOWED,
  UNREPRESENTED,
  WAIT,
} from '../format/layout.ts';
import { studentOf, Z } from '../tally/student.ts';

type Columns = Float64Array;

/** Whether the total tells the mean, too. Not of calls none of which was timed. */
function isMeanTold(own: Columns): boolean {
  const isOpen = (own[ACTIVE] as number) + (own[WAIT] as number) > 0;
  return (own[UNFOLLOWED] as number) > 0 && !isOpen && (own[TIMED] as number) > 0;
}

/**
 * Where bursts tell what a function's calls took together, and none of them was inside of another one, they tell the mean, too: of a
 * function that takes nanoseconds the few calls that were drawn, each of them out of nowhere, tell thousands of times as much.
 * What these have told stays in a file's columns, as the parts of a run by time are told by them alone.
 *
 * @param own - The columns of one writer.
 * @param all - The columns that they are added to, or they themselves: their total is the one that bursts tell then, and it is that
 *   of all calls.
 * @returns The variance of that total, by the normal distribution's quantile, for {@link addSpreadOfTotal}. 0 where it is not told so.
 */
export function tellMeanByTotal(own: Columns, all: Columns): number {
  if (!isMeanTold(own)) return 0;
  const of = (place: number): number => own[place] as number;
  const add = (place: number, by: number): void => {
    all[place] = (all[place] as number) + by;
  };
  // No less than the slowest call, which may have been in no burst.
  const lessNs = Math.min(of(NESTED), of(TOTAL) - of(MAX));
  const spread = of(OUTERMOST_SPREAD);
  add(LONG_TOTAL, Math.min(0, of(TOTAL) - lessNs - of(LONG_TOTAL)));
  add(SPREAD, -of(SPREAD));
  add(OUTERMOST_SPREAD, -spread);
  add(NOT_SELF, -lessNs);
  add(STOOD_FOR, of(UNREPRESENTED));
  add(UNREPRESENTED, -of(UNREPRESENTED));
  add(TOTAL, -lessNs);
  add(NESTED, -of(NESTED));
  add(UNFOLLOWED, -of(UNFOLLOWED));
  return spread;
}

/** Adds it once all writers are: readers take the variance of a total by Student's quantile for the calls that were timed. */
export function addSpreadOfTotal(all: Columns, spread: number): void {
  if (spread > 0)
    all[SPREAD] =
      (all[SPREAD] as number) +
      Math.ceil(spread * (Z / studentOf(Math.max(1, (all[TIMED] as number) - 1))) ** 2);
}

/**
 * Of writers that have no variance for the outermost calls it is that of all calls, where others have one. Before sums are added.
 *
 * @param toldSpread - What {@link tellMeanByTotal} has given of the others.
 */
export function addSpreadOfOutermost(own: Columns, all: Columns, toldSpread: number): void {
  const isTold = isMeanTold(own);
  const isApart = !isTold && (own[OUTERMOST_SPREAD] as number) > 0;
  const isAllApart = (all[OUTERMOST_SPREAD] as number) > 0;
  if (isApart === isAllApart) return;
  const spread = isApart
    ? (all[SPREAD] as number) + toldSpread
    : (own[isTold ? OUTERMOST_SPREAD : SPREAD] as number);
  all[OUTERMOST_SPREAD] = (all[OUTERMOST_SPREAD] as number) + spread;
}
