/**
 * Functions that become slower at once and stay so, as with a new configuration, or once a table has lost its index.
 *
 * Told from the mean durations of the run's steps: all from some moment on are above all before it. Of n values in random
 * order the k largest come last in one of C(n, k) orders, which for all moments looked at together comes to 0.5 %. Levels that
 * wander part like that too, but they go on wandering: the distance between both sides must be large beside what each side has
 * within itself.
 */
import { callsOf, type Growth, isWorthTelling, knownSteps, lengthOf } from './steps.ts';
import type { Timeline } from './timeline.ts';

/** Medians of the steps' means before and since a moment. */
export interface Shift extends Growth {
  /** Epoch milliseconds: the begin of the first step behind it. */
  readonly sinceMs: number;
}

/** Chance that values in random order are parted at one of the moments looked at. */
const MOST_CHANCE = 0.005;
/** So many times the median deviation lie between both sides: wandering levels are taken for it a third as often as for a drift. */
const LEAST_DISTANCE = 12;

/** When a function has become slower for good; `undefined` where it has not, or too little is known of it. */
export function shiftOf(timeline: Timeline): Shift | undefined {
  const steps = knownSteps(timeline);
  const values = steps.map(({ avgMs }) => avgMs);
  const least = leastSide(values.length);
  let widestMs = 0;
  let at = 0;
  for (let i = least; i <= values.length - least; i++) {
    const gapMs = Math.min(...values.slice(i)) - Math.max(...values.slice(0, i));
    if (gapMs > widestMs) [widestMs, at] = [gapMs, i];
  }
  const sinceMs = steps[at]?.startMs;
  if (at === 0 || sinceMs === undefined) return undefined;
  const [before, since] = [values.slice(0, at), values.slice(at)];
  const growth = { fromMs: medianOf(before), toMs: medianOf(since) };
  const inMs = lengthOf(timeline) * (since.length / values.length);
  if (!isWorthTelling(growth, callsOf(steps.slice(at)), inMs)) return undefined;
  const deviation = medianOf([...deviationsOf(before), ...deviationsOf(since)]);
  return growth.toMs - growth.fromMs < LEAST_DISTANCE * deviation ? undefined : { ...growth, sinceMs };
}

/** Of `n` values, how many must be on either side; more than there are where no number makes it unlikely enough. */
function leastSide(n: number): number {
  let least = n;
  let chance = 0;
  for (let side = n >> 1; side > 0; side--) {
    chance += (2 * side === n ? 1 : 2) / combinations(n, side);
    if (chance > MOST_CHANCE) break;
    least = side;
  }
  return least;
}

function combinations(n: number, k: number): number {
  let count = 1;
  for (let i = 1; i <= k; i++) count *= (n - k + i) / i;
  return count;
}

/** From their median. */
function deviationsOf(values: readonly number[]): number[] {
  const median = medianOf(values);
  return values.map((value) => Math.abs(value - median));
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}
