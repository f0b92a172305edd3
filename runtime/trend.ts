/**
 * The trend of a function's recent durations: the seed's rule, kept from crying wolf by a significance test.
 *
 * Rule: of the last 100 timed calls, at least 10, the newer half's mean differs from the older half's by more than
 * 10 %. Test: Welch's t-test for unequal variances (B. L. Welch, Biometrika 34, 1947), two-sided at 1 %. Durations of
 * neighbouring calls resemble each other (caches, load), which makes plain tests find trends in noise; so each half
 * counts as n·(1−ρ)/(1+ρ) independent samples, ρ being the lag-1 autocorrelation (G. V. Bayley and J. M. Hammersley,
 * JRSS Suppl. 8, 1946; H. J. Thiébaux and F. W. Zwiers, J. Climate Appl. Meteor. 23, 1984).
 */
import type { TrendRecord } from './record.ts';

/** How a function's duration moves. */
export type Trend = 'improving' | 'degrading' | 'stable';

/** Durations looked at. */
export const TREND_WINDOW = 100;
const MIN_SAMPLES = 10;
const MIN_CHANGE = 0.1;

/** The moments of no durations. */
export const NO_TREND: TrendRecord = { n: [0, 0], mean: [0, 0], variance: [0, 0] };

/** The moments of both halves. `durationsNs` in the order of the calls, oldest first. */
export function trendRecordOf(durationsNs: ArrayLike<number>): TrendRecord {
  const count = durationsNs.length;
  if (count < MIN_SAMPLES) return NO_TREND;
  const middle = count >> 1;
  const older = momentsOf(durationsNs, 0, middle);
  const newer = momentsOf(durationsNs, middle, count);
  // Deviations from the mean of the half, so that the very shift looked for does not pass for autocorrelation.
  const squares = older.squares + newer.squares;
  const measured = squares > 0 ? (older.lagged + newer.lagged) / squares : 0;
  // The estimate is biased downwards by (1 + 4ρ)/n in a series of n; a half is the series here.
  const rho = Math.min(0.95, Math.max(0, (middle * measured + 1) / (middle - 4)));
  const effective = (n: number): number => Math.max(1, (n * (1 - rho)) / (1 + rho));
  return {
    n: [effective(middle), effective(count - middle)],
    mean: [older.mean, newer.mean],
    variance: [older.squares / (middle - 1), newer.squares / (count - middle - 1)],
  };
}

/** The verdict; the same for moments of one writer and of several merged. */
export function trendOf({ n, mean, variance }: TrendRecord): Trend {
  const change = mean[1] - mean[0];
  if (n[0] === 0 || n[1] === 0 || Math.abs(change) <= mean[0] * MIN_CHANGE) return 'stable';
  const older = variance[0] / n[0];
  const newer = variance[1] / n[1];
  const squared = older + newer;
  // Welch–Satterthwaite degrees of freedom; below 2 nothing can be significant.
  const freedom =
    squared ** 2 / (older ** 2 / Math.max(n[0] - 1, 1e-9) + newer ** 2 / Math.max(n[1] - 1, 1e-9));
  if (squared > 0 && (freedom < 2 || Math.abs(change) <= criticalT(freedom) * Math.sqrt(squared)))
    return 'stable';
  return change > 0 ? 'degrading' : 'improving';
}

/** Moments of two writers as one: samples pool, the means' distance within a half adds to its variance. */
export function mergeTrends(a: TrendRecord, b: TrendRecord): TrendRecord {
  const [older, newer] = [pool(a, b, 0), pool(a, b, 1)];
  return {
    n: [older.n, newer.n],
    mean: [older.mean, newer.mean],
    variance: [older.variance, newer.variance],
  };
}

function pool(a: TrendRecord, b: TrendRecord, half: 0 | 1): { n: number; mean: number; variance: number } {
  const n = a.n[half] + b.n[half];
  if (n === 0) return { n: 0, mean: 0, variance: 0 };
  const mean = (a.n[half] * a.mean[half] + b.n[half] * b.mean[half]) / n;
  const spread = (r: TrendRecord): number => r.n[half] * (r.variance[half] + (r.mean[half] - mean) ** 2);
  return { n, mean, variance: (spread(a) + spread(b)) / n };
}

function momentsOf(
  values: ArrayLike<number>,
  start: number,
  end: number,
): { mean: number; squares: number; lagged: number } {
  let mean = 0;
  for (let i = start; i < end; i++) mean += values[i] ?? 0;
  mean /= end - start;
  let squares = 0;
  let lagged = 0;
  let previous = 0;
  for (let i = start; i < end; i++) {
    const deviation = (values[i] ?? 0) - mean;
    squares += deviation ** 2;
    lagged += deviation * previous;
    previous = deviation;
  }
  // Equal durations: what is left is the mean's rounding, and that has no autocorrelation.
  if (squares < (end - start) * (mean * 1e-9) ** 2) return { mean, squares: 0, lagged: 0 };
  return { mean, squares, lagged };
}

/** Two-sided 1 % point of Student's t: expansion about the normal one, z = 2.5758 (Abramowitz and Stegun, 26.7.5). */
function criticalT(freedom: number): number {
  return 2.5758 + (4.9165 + (8.8348 + 12.144 / freedom) / freedom) / freedom;
}
