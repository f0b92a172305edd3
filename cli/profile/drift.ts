/**
 * Functions that become slower little by little: their last hundred calls, of which the trend is told, are all alike.
 *
 * Told from the mean durations of the run's steps by the Mann-Kendall test (H. B. Mann, Econometrica 13, 1945), one-sided at
 * 0.5 %, its variance corrected for neighbours that resemble each other as in S. Yue and C. Wang, Water Resources
 * Management 18, 2004: from the deviations from a line of the median slope (P. K. Sen, JASA 63, 1968). A test by ranks, as
 * how many calls a step has, and how far off its mean may be, differs from step to step.
 */
import type { Timeline } from './timeline.ts';

/** What a function's calls took on average, in milliseconds, in the first and in the last quarter of the run. */
export interface Drift {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Steps looked at, at most: of more, neighbours are taken together. */
const MOST_STEPS = 16;
const LEAST_STEPS = 8;
/** Calls without which nothing is said. */
const LEAST_CALLS = 50;
/** It takes so many times as long in the end. */
const LEAST_GROWTH = 1.25;
/** What that comes to is so much of the last quarter's time at least: who grows by nanoseconds is nobody's concern. */
const LEAST_SHARE = 0.001;
/** Of the standard normal distribution, 0.5 % are above. */
const CRITICAL_Z = 2.576;
/** Where a writer has told of two steps at once, their means are the same but for rounding. */
const SAME = 1e-9;

interface Step {
  readonly calls: number;
  readonly avgMs: number;
}

/** How a function has become slower over the run; `undefined` where it has not, or too little is known of it. */
export function driftOf(timeline: Timeline): Drift | undefined {
  const steps = knownSteps(timeline);
  const values = steps.map(({ avgMs }) => avgMs);
  const quarter = Math.ceil(steps.length / 4);
  const last = steps.slice(-quarter);
  const fromMs = meanOf(steps.slice(0, quarter));
  const toMs = meanOf(last);
  if (steps.length < LEAST_STEPS || callsOf(steps) < LEAST_CALLS || toMs < LEAST_GROWTH * fromMs)
    return undefined;
  const quarterMs = (timeline.avgMs.length * timeline.stepMs) / 4;
  if (callsOf(last) * (toMs - fromMs) < LEAST_SHARE * quarterMs) return undefined;
  return zOf(values) > CRITICAL_Z ? { fromMs, toMs } : undefined;
}

/** Those in which calls were timed, and of which one was told apart from the one before. */
function knownSteps({ calls, avgMs }: Timeline): Step[] {
  const together = Math.ceil(avgMs.length / MOST_STEPS);
  const steps: Step[] = [];
  for (let from = 0; from < avgMs.length; from += together) {
    const joined: Step[] = [];
    for (let i = from; i < Math.min(avgMs.length, from + together); i++) {
      const mean = avgMs[i];
      if (mean !== undefined) joined.push({ calls: calls[i] ?? 0, avgMs: mean });
    }
    if (joined.length === 0) continue;
    const step = { calls: callsOf(joined), avgMs: meanOf(joined) };
    const last = steps.at(-1);
    if (last === undefined || Math.abs(step.avgMs - last.avgMs) > SAME * last.avgMs) steps.push(step);
    else steps[steps.length - 1] = { ...last, calls: last.calls + step.calls };
  }
  return steps;
}

function callsOf(steps: readonly Step[]): number {
  return steps.reduce((sum, { calls }) => sum + calls, 0);
}

function meanOf(steps: readonly Step[]): number {
  const calls = callsOf(steps);
  const total = steps.reduce((sum, step) => sum + step.calls * step.avgMs, 0);
  return calls > 0 ? total / calls : 0;
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
