import type { TrendRecord } from '../../runtime/format/record.ts';

/** Both halves' n, means and variances, as rows have them. */
export type Moments = Float64Array;

/** Runs looked at, as the trend of a run looks at its last hundred calls. */
const MOST_RUNS = 100;

/** Moments of nothing. */
export function noMoments(): Moments {
  return new Float64Array(6);
}

/** Adds the moments of another writer: samples pool, the distance of the means adds to the variance. */
export function addMoments(to: Moments, from: Moments): void {
  for (let half = 0; half < 2; half++) pool(to, half, from, half);
}

function pool(to: Moments, half: number, from: Moments, other: number): void {
  const n = to[half] as number;
  const m = from[other] as number;
  if (!(m > 0)) return;
  const all = n + m;
  const share = m / all;
  const distance = (from[2 + other] as number) - (to[2 + half] as number);
  const u = to[4 + half] as number;
  const v = Math.max(0, from[4 + other] as number);
  to[half] = all;
  to[2 + half] = (to[2 + half] as number) + share * distance;
  to[4 + half] = u + share * (v - u + (n / all) * distance * distance);
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
    for (let half = 0; half < 2; half++) pool(over, i < middle ? 0 : 1, run, half);
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
