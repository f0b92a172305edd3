/**
 * Adds up a run of timed calls of one function, in arrays of fixed address and of one kind each, which a function's own
 * sums and histogram are not: so a call takes V8's code some twenty loads and stores. The function then takes all over
 * at once.
 */
import { INDEXES, indexOfWords } from '../format/buckets.ts';
import { HALF_STEP_NS, pace } from '../stack/frames.ts';
import { DURATION, LINK, RAW_DURATION, STRIDE, WEIGHT_OF, WEIGHTED } from '../stack/log-entry.ts';
import { log, LOG_LIMIT, logWords } from '../stack/log.ts';
import type { Histogram } from './histogram.ts';

const { sqrt } = Math; // the program may put another one in its place

/** Sums of the run, at the places below. Durations in nanoseconds. */
export const run: Float64Array = new Float64Array(12);
/** How many calls those of the run stand for. */
export const RUN_WEIGHT = 0;
/** Sum of durations, each as often as its call stands for calls. */
export const RUN_TOTAL = 1;
/** The same as measured. */
export const RUN_RAW = 2;
export const RUN_MIN = 3;
export const RUN_MAX = 4;
/** Variance of the total, as far as it is estimated. */
export const RUN_SPREAD = 5;
/** The same where nobody knows how many calls there were to stand for. */
export const RUN_SQUARES = 6;
/** Variance of the total, as far as it is the clock's: {@link addSteps}. */
export const RUN_STEPS = 7;
/** The cluster that is under way as the run begins, and as it ends, as in sums.ts; and how many have ended. */
export const RUN_DEVIATION = 8;
export const RUN_MADE = 9;
export const RUN_CALLS = 10;
export const RUN_CLUSTERS = 11;

/** By the duration's index (buckets.ts): how many calls of the run there are. All 0 between two runs. */
const counts = new Int32Array(INDEXES);
/** The indexes of which there are any, in the order in which they were met, and one that is not valid behind them. */
const met = new Int32Array(LOG_LIMIT / STRIDE + 1);
/** How many of those there are, and whether some run has been begun and not taken over. */
const state = new Int32Array(2);
const KINDS = 0;
const UNDER_WAY = 1;

/**
 * So many places of the log are added at once: where V8 replaces the code of a loop that is running, it knows no types of
 * what the loop has begun with, and would keep each sum as an object for as long as the loop goes on.
 */
const AT_ONCE = 64 * STRIDE;

/** Adds up the entries of the log between two places, of calls that stand for themselves. */
export function addUp(histogram: Histogram, start: number, end: number): void {
  begin();
  if (state[UNDER_WAY] !== 0) forget();
  state[UNDER_WAY] = 1;
  for (let from = start; from < end; from += AT_ONCE) addSome(from, Math.min(end, from + AT_ONCE));
  run[RUN_WEIGHT] = (end - start) / STRIDE;
  addMet(histogram);
}

/**
 * The same of calls that may stand for others too.
 *
 * @param meanNs - Mean duration of the calls before.
 * @param cluster - How many calls are timed in a row.
 */
export function addUpWeighted(
  histogram: Histogram,
  start: number,
  end: number,
  meanNs: number,
  cluster: number,
): void {
  begin();
  for (let from = start; from < end; from += AT_ONCE)
    addSomeWeighted(histogram, from, Math.min(end, from + AT_ONCE), meanNs, cluster);
}

/**
 * Adds to the variances of the total, in square nanoseconds, what a call does that stands for `weight` calls: of calls in an
 * order that has nothing to do with their durations, `weight - 1` others differ from the mean as much as it does, and so does
 * what is taken for them. Calls in a row may be alike: what counts is by how much all of them differ together (cluster sampling;
 * W. G. Cochran, Sampling Techniques, 1977, chapter 9).
 *
 * The other variance is that of what one caller's calls took, if others call the function, too: whose the calls are that it
 * stands for is left to chance as well.
 */
export function addToSpread(durationNs: number, weight: number, meanNs: number, cluster: number): void {
  const root = sqrt(weight * (weight - 1));
  const deviation = root * (durationNs - meanNs);
  const made = root * durationNs;
  const others = run[RUN_DEVIATION] as number;
  const madeBefore = run[RUN_MADE] as number;
  run[RUN_SPREAD] = (run[RUN_SPREAD] as number) + deviation * (2 * others + deviation);
  run[RUN_SQUARES] = (run[RUN_SQUARES] as number) + made * (2 * madeBefore + made);
  const calls = (run[RUN_CALLS] as number) + 1;
  const isLast = calls >= cluster;
  run[RUN_CALLS] = isLast ? 0 : calls;
  run[RUN_DEVIATION] = isLast ? 0 : others + deviation;
  run[RUN_MADE] = isLast ? 0 : madeBefore + made;
  if (isLast) run[RUN_CLUSTERS] = (run[RUN_CLUSTERS] as number) + 1;
}

/** Of a call that is in no cluster. */
export function squareOf(durationNs: number, weight: number): number {
  return weight * (weight - 1) * durationNs * durationNs;
}

/**
 * Adds what a clock that goes by steps may have been off by in the entries between two places: of each call its distance
 * from the mean, half a step at most. That is the variance of what is rounded up or down by chance.
 *
 * @param isFirst - No call was timed before: whose every reading was the same would have no distance, so the first one is
 * taken to be half a step off.
 */
export function addSteps(start: number, end: number, meanNs: number, isFirst: boolean): void {
  const isWeighted = ((logWords[2 * start + LINK] as number) & WEIGHTED) !== 0;
  const weightAt = (place: number): number => (isWeighted ? (log[place + WEIGHT_OF] as number) : 1);
  const halfStepNs = pace[HALF_STEP_NS] as number;
  const most = halfStepNs * halfStepNs;
  let spread = isFirst ? weightAt(start) * weightAt(start) * most : 0;
  for (let place = start; place < end; place += STRIDE) {
    const distance = (log[place + DURATION] as number) - meanNs;
    const square = distance * distance;
    spread += weightAt(place) * (square < most ? square : most);
  }
  run[RUN_STEPS] = spread;
}

/** A cluster goes on that has begun in another run. */
export function goOn(deviation: number, made: number, calls: number): void {
  run[RUN_DEVIATION] = deviation;
  run[RUN_MADE] = made;
  run[RUN_CALLS] = calls;
  run[RUN_CLUSTERS] = 0;
}

function begin(): void {
  run[RUN_WEIGHT] = run[RUN_TOTAL] = run[RUN_RAW] = run[RUN_MAX] = 0;
  run[RUN_SPREAD] = run[RUN_SQUARES] = run[RUN_STEPS] = 0;
  run[RUN_MIN] = Infinity;
}

/** A run was left in the middle: the program's own time limit (of `vm`), or the end of the stack, can strike anywhere. */
function forget(): void {
  counts.fill(0);
  state[KINDS] = 0;
}

function addMet(histogram: Histogram): void {
  const end = state[KINDS] as number;
  for (let i = 0; i < end; i++) {
    const index = met[i] as number;
    histogram.addAt(index, counts[index] as number);
    counts[index] = 0;
  }
  state[KINDS] = 0;
  state[UNDER_WAY] = 0;
}

function addSome(start: number, end: number): void {
  let total = 0;
  let raw = 0;
  let min = run[RUN_MIN] as number;
  let max = run[RUN_MAX] as number;
  let next = state[KINDS] as number;
  for (let place = start; place < end; place += STRIDE) {
    const durationNs = log[place + DURATION] as number;
    total += durationNs;
    raw += log[place + RAW_DURATION] as number;
    if (durationNs < min) min = durationNs;
    if (durationNs > max) max = durationNs;
    const low = 2 * (place + DURATION);
    const index = indexOfWords(logWords[low + 1] as number, logWords[low] as number);
    const known = counts[index] as number;
    counts[index] = known + 1;
    met[next] = index;
    next += (known - 1) >>> 31; // 1 for one that is new: without a branch, which nobody could foretell
  }
  run[RUN_TOTAL] = (run[RUN_TOTAL] as number) + total;
  run[RUN_RAW] = (run[RUN_RAW] as number) + raw;
  run[RUN_MIN] = min;
  run[RUN_MAX] = max;
  state[KINDS] = next;
}

function addSomeWeighted(
  histogram: Histogram,
  start: number,
  end: number,
  meanNs: number,
  cluster: number,
): void {
  let weights = 0;
  let total = 0;
  let raw = 0;
  let min = run[RUN_MIN] as number;
  let max = run[RUN_MAX] as number;
  for (let place = start; place < end; place += STRIDE) {
    const durationNs = log[place + DURATION] as number;
    const weight = log[place + WEIGHT_OF] as number;
    weights += weight;
    total += weight * durationNs;
    raw += weight * (log[place + RAW_DURATION] as number);
    addToSpread(durationNs, weight, meanNs, cluster);
    if (durationNs < min) min = durationNs;
    if (durationNs > max) max = durationNs;
    const low = 2 * (place + DURATION);
    histogram.recordWords(logWords[low + 1] as number, logWords[low] as number, weight);
  }
  run[RUN_WEIGHT] = (run[RUN_WEIGHT] as number) + weights;
  run[RUN_TOTAL] = (run[RUN_TOTAL] as number) + total;
  run[RUN_RAW] = (run[RUN_RAW] as number) + raw;
  run[RUN_MIN] = min;
  run[RUN_MAX] = max;
}
