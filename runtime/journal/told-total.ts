/** What is told by the total that bursts tell, or that of outermost calls. Pure. */
import {
  ACTIVE,
  LONG_TOTAL,
  MAX,
  NESTED,
  NOT_SELF,
  OUTERMOST_SPREAD,
  SPREAD,
  TOTAL,
  UNFOLLOWED,
  WAIT,
} from '../format/layout.ts';

type Columns = Float64Array;

/** Whether the total tells the mean, too. */
function isMeanTold(own: Columns): boolean {
  return (own[UNFOLLOWED] as number) > 0 && (own[ACTIVE] as number) + (own[WAIT] as number) === 0;
}

/**
 * Where bursts tell what a function's calls took together, and none of them was inside of another one, they tell the mean, too: of a
 * function that takes nanoseconds the few calls that were drawn, each of them out of nowhere, tell thousands of times as much.
 * What these have told stays in a file's columns, as the parts of a run by time are told by them alone.
 *
 * @param own - The columns of one writer.
 * @param all - The columns that they are added to, or they themselves: their total is the one that bursts tell then.
 */
export function tellMeanByTotal(own: Columns, all: Columns): void {
  if (!isMeanTold(own)) return;
  const of = (place: number): number => own[place] as number;
  const add = (place: number, by: number): void => {
    all[place] = (all[place] as number) + by;
  };
  // No less than the slowest call, which may have been in no burst.
  const lessNs = Math.min(of(NESTED), of(TOTAL) - of(MAX));
  add(LONG_TOTAL, Math.min(0, of(TOTAL) - lessNs - of(LONG_TOTAL)));
  add(SPREAD, of(OUTERMOST_SPREAD) - of(SPREAD));
  add(OUTERMOST_SPREAD, -of(OUTERMOST_SPREAD));
  add(NOT_SELF, -lessNs);
  add(TOTAL, -lessNs);
  add(NESTED, -of(NESTED));
  add(UNFOLLOWED, -of(UNFOLLOWED));
}

/** Of writers that have no variance for the outermost calls it is that of all calls, where others have one. Before sums are added. */
export function addSpreadOfOutermost(own: Columns, all: Columns): void {
  const isTold = isMeanTold(own);
  const isApart = !isTold && (own[OUTERMOST_SPREAD] as number) > 0;
  const isAllApart = (all[OUTERMOST_SPREAD] as number) > 0;
  if (isApart === isAllApart) return;
  const spread = isApart ? all[SPREAD] : own[isTold ? OUTERMOST_SPREAD : SPREAD];
  all[OUTERMOST_SPREAD] = (all[OUTERMOST_SPREAD] as number) + (spread as number);
}
