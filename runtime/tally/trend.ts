/**
 * The trend of a function's recent durations: the seed's rule, kept from crying wolf by a significance test.
 *
 * Rule: of the last 100 timed calls, at least 10, the newer half's mean differs from the older half's by more than
 * 10 %. Test: Welch's t-test for unequal variances (B. L. Welch, Biometrika 34, 1947), two-sided at 1 %. Durations of
 * neighbouring calls resemble each other (caches, load), which makes plain tests find trends in noise; so each half
 * counts as n·(1−ρ)/(1+ρ) independent samples, ρ being the lag-1 autocorrelation about a line (G. V. Bayley and J. M. Hammersley,
 * JRSS Suppl. 8, 1946; H. J. Thiébaux and F. W. Zwiers, J. Climate Appl. Meteor. 23, 1984).
 */
import type { TrendRecord } from '../format/record.ts';

/** How a function's duration moves. */
export type Trend = 'improving' | 'degrading' | 'stable';

/** Durations looked at. */
export const TREND_WINDOW = 100;
const MIN_SAMPLES = 10;
/** Less is no change. */
export const MIN_CHANGE = 0.1;

/** The moments of no durations. */
export const NO_TREND: TrendRecord = { n: [0, 0], mean: [0, 0], variance: [0, 0] };

/** The moments of both halves. `durationsNs` in the order of the calls, oldest first. */
export function trendRecordOf(durationsNs: ArrayLike<number>): TrendRecord {
  const { length } = durationsNs;
  if (!trendInto(moments, durationsNs, 0, length, 0, length)) return NO_TREND;
  const at = (place: number): number => moments[place] ?? 0;
  return { n: [at(0), at(1)], mean: [at(2), at(3)], variance: [at(4), at(5)] };
}

const moments = new Float64Array(6);
/** Of each half so many numbers, the mean first. */
const MOMENTS = 6;
const SQUARES = 1;
const REST = 2;
const LAGGED = 3;
const LEAST = 4;
const MOST = 5;
const halves = new Float64Array(2 * MOMENTS);
/** Of a half of the window so many, 15 %, may be on the side of the other. */
const MOST_OUTSIDE = 7;

/**
 * The same as six numbers (both halves' n, means, variances), without allocating.
 *
 * @param ring - Holds the durations, from place `first` on and around from place `end` to `begin`.
 * @returns False where there are too few durations.
 */
export function trendInto(
  into: Float64Array,
  ring: ArrayLike<number>,
  first: number,
  count: number,
  begin: number,
  end: number,
): boolean {
  if (count < MIN_SAMPLES) return false;
  const middle = count >> 1;
  const next = momentsInto(0, ring, first, middle, begin, end);
  momentsInto(MOMENTS, ring, next, count - middle, begin, end);
  const older = halves[SQUARES] as number;
  const newer = halves[SQUARES + MOMENTS] as number;
  const isApart = count === TREND_WINDOW && areApart(ring, first, begin, end);
  const rho = isApart ? 0 : rhoOf(middle);
  const share = (1 - rho) / (1 + rho);
  into[0] = Math.max(1, middle * share);
  into[1] = Math.max(1, (count - middle) * share);
  into[2] = halves[0] as number;
  into[3] = halves[MOMENTS] as number;
  into[4] = older / (middle - 1);
  into[5] = newer / (count - middle - 1);
  return true;
}

/**
 * Autocorrelation of the deviations from a line through each half, so that what is looked for, a change, does not pass for it.
 * The estimate is biased downwards by (2 + 4ρ)/n in a series of n, and some more where n is small; a half is the series here.
 */
function rhoOf(count: number): number {
  const squares = (halves[REST] as number) + (halves[REST + MOMENTS] as number);
  if (squares === 0) return 0;
  const lagged = (halves[LAGGED] as number) + (halves[LAGGED + MOMENTS] as number);
  return Math.min(0.95, Math.max(0, (count * (lagged / squares) + 2.5) / (count - 4)));
}

/**
 * Whether the halves of a full window have so little in common that no noise is like that, however autocorrelated: one is
 * all above the other, or 85 % of each are on their own side of the middle between the means. A sudden change would otherwise
 * pass for autocorrelation, in the half that it falls into.
 */
function areApart(ring: ArrayLike<number>, first: number, begin: number, end: number): boolean {
  const older = halves[0] as number;
  const newer = halves[MOMENTS] as number;
  const isUp = newer > older;
  const below = isUp ? 0 : MOMENTS;
  if ((halves[MOMENTS - below + LEAST] as number) > (halves[below + MOST] as number)) return true;
  const cut = (older + newer) / 2;
  let outside = 0;
  let place = first;
  for (let i = 0; i < TREND_WINDOW; i++) {
    if (i === TREND_WINDOW / 2) {
      if (outside > MOST_OUTSIDE) return false;
      outside = 0;
    }
    if ((ring[place] as number) > cut !== (isUp === i >= TREND_WINDOW / 2)) outside++;
    if (++place === end) place = begin;
  }
  return outside <= MOST_OUTSIDE;
}

/** Adds the moments of another writer, as six numbers: samples pool, the distance of the means adds to the variance. */
export function addMoments(to: Float64Array, from: Float64Array): void {
  for (let half = 0; half < 2; half++) poolHalf(to, half, from, half);
}

/** Adds one half of them to one half. */
export function poolHalf(to: Float64Array, half: number, from: Float64Array, other: number): void {
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

/**
 * Mean and sum of squared deviations; of those from the line through the values the sum of squares, and of products of
 * neighbouring ones. The first value is taken off each, so that what is squared is not much larger than the deviations.
 * Returns the place behind the last value.
 */
function momentsInto(
  half: number,
  ring: ArrayLike<number>,
  first: number,
  count: number,
  begin: number,
  end: number,
): number {
  const shift = ring[first] as number;
  const middle = (count - 1) / 2;
  let sum = 0;
  let squares = 0;
  let moment = 0;
  let least = 0;
  let most = 0;
  let place = first;
  for (let i = 0; i < count; i++) {
    const value = (ring[place] as number) - shift;
    if (value < least) least = value;
    if (value > most) most = value;
    sum += value;
    squares += value * value;
    moment += value * (i - middle);
    if (++place === end) place = begin;
  }
  const mean = sum / count;
  const slope = (12 * moment) / (count * (count * count - 1));
  let rest = 0;
  let products = 0;
  let last = 0;
  place = first;
  for (let i = 0; i < count; i++) {
    const deviation = (ring[place] as number) - shift - mean - slope * (i - middle);
    rest += deviation * deviation;
    products += deviation * last;
    last = deviation;
    if (++place === end) place = begin;
  }
  const deviations = squares - sum * mean;
  // Equal durations, or those on a line: what is left is rounding, and that has no autocorrelation.
  const rounding = count * ((shift + mean) * 1e-7) ** 2;
  halves[half] = shift + mean;
  halves[half + SQUARES] = deviations < rounding ? 0 : deviations;
  halves[half + REST] = rest < rounding ? 0 : rest;
  halves[half + LAGGED] = rest < rounding ? 0 : products;
  halves[half + LEAST] = shift + least;
  halves[half + MOST] = shift + most;
  return place;
}

/** Two-sided 1 % point of Student's t: expansion about the normal one, z = 2.5758 (Abramowitz and Stegun, 26.7.5). */
function criticalT(freedom: number): number {
  return 2.5758 + (4.9165 + (8.8348 + 12.144 / freedom) / freedom) / freedom;
}
