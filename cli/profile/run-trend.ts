import type { TrendRecord } from '../../runtime/format/record.ts';
import { poolHalf } from '../../runtime/tally/trend.ts';

/** Both halves' n, means and variances, as rows have them. */
export type Moments = Float64Array;

/** Runs looked at, as the trend of a run looks at its last hundred calls. */
const MOST_RUNS = 100;

/** Moments of nothing. */
export function noMoments(): Moments {
  return new Float64Array(6);
}

/** The trend over runs: the newer half of them, both halves of each, against the older half. */
export function momentsOverRuns(runs: readonly Moments[]): Moments {
  const [only, second] = runs;
  if (only === undefined) return noMoments();
  if (second === undefined) return only;
  const last = runs.slice(-MOST_RUNS);
  const middle = last.length >> 1;
  const over = noMoments();
  last.forEach((run, i) => {
    for (let half = 0; half < 2; half++) poolHalf(over, i < middle ? 0 : 1, run, half);
  });
  return over;
}

/** The same as a record has it, and back. */
export function trendFromMoments(moments: Moments): TrendRecord {
  const of = (place: number): number => moments[place] ?? 0;
  return { n: [of(0), of(1)], mean: [of(2), of(3)], variance: [of(4), of(5)] };
}

export function momentsOfTrend({ n, mean, variance }: TrendRecord): Moments {
  return Float64Array.of(...n, ...mean, ...variance);
}
