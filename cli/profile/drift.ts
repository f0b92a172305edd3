/**
 * Functions that become slower little by little: their last hundred calls, of which the trend is told, are all alike.
 *
 * Told from the mean durations of the run's steps by the Mann-Kendall test (H. B. Mann, Econometrica 13, 1945), one-sided at
 * 0.5 %, its variance corrected for neighbours that resemble each other as in S. Yue and C. Wang, Water Resources
 * Management 18, 2004: from the deviations from a line of the median slope (P. K. Sen, JASA 63, 1968). A test by ranks, as
 * how many calls a step has, and how far off its mean may be, differs from step to step.
 */
import { callsOf, type Growth, isWorthTelling, knownSteps, lengthOf, meanOf } from './steps.ts';
import type { Timeline } from './timeline.ts';

const LEAST_STEPS = 8;
/** Of the standard normal distribution, 0.5 % are above. */
const CRITICAL_Z = 2.576;

/** The means of the first and of the last quarter of the run; `undefined` where it has not become slower, or too little is known of it. */
export function driftOf(timeline: Timeline): Growth | undefined {
  const steps = knownSteps(timeline);
  if (steps.length < LEAST_STEPS) return undefined;
  const quarter = Math.ceil(steps.length / 4);
  const last = steps.slice(-quarter);
  const growth = { fromMs: meanOf(steps.slice(0, quarter)), toMs: meanOf(last) };
  if (!isWorthTelling(growth, callsOf(last), lengthOf(timeline) / 4)) return undefined;
  return zOf(steps.map(({ avgMs }) => avgMs)) > CRITICAL_Z ? growth : undefined;
}

/** How many standard deviations the number of pairs that rise is above that of those that fall. */
function zOf(values: readonly number[]): number {
  const n = values.length;
  let rising = 0;
  const slopes: number[] = [];
  for (let later = 1; later < n; later++) {
    for (let earlier = 0; earlier < later; earlier++) {
      const change = (values[later] ?? 0) - (values[earlier] ?? 0);
      rising += Math.sign(change);
      slopes.push(change / (later - earlier));
    }
  }
  const slope = slopes.toSorted((a, b) => a - b)[slopes.length >> 1] ?? 0;
  const rho = autocorrelationOf(values.map((value, i) => value - slope * i));
  const inflation = 1 + 2 * sumOf(n, (lag) => (1 - lag / n) * rho ** lag);
  const variance = ((n * (n - 1) * (2 * n + 5)) / 18) * inflation;
  return (rising - Math.sign(rising)) / Math.sqrt(variance);
}

/** That of neighbours, 0 at least. */
function autocorrelationOf(values: readonly number[]): number {
  const n = values.length;
  const mean = sumOf(n + 1, (i) => values[i - 1] ?? 0) / n;
  const at = (i: number): number => (values[i] ?? 0) - mean;
  const squares = sumOf(n + 1, (i) => at(i - 1) ** 2);
  return squares > 0 ? Math.max(0, sumOf(n, (i) => at(i) * at(i - 1)) / squares) : 0;
}

/** From 1 up to and without `end`. */
function sumOf(end: number, term: (i: number) => number): number {
  let sum = 0;
  for (let i = 1; i < end; i++) sum += term(i);
  return sum;
}
