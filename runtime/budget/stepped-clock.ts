/**
 * What a call and a reading take by a clock that stands still between two readings: it goes by steps, of 41 or 100 ns on
 * some machines, of 5 µs to 1 ms in browsers, which make it coarse on purpose. Of it one reading tells nothing, but the
 * mean of many does: when they begin has nothing to do with the steps, so that no mean is off in one direction.
 */
import { nowNs } from '../platform/clock.ts';
import { END, stamp } from '../stack/stamps.ts';

/** Calls, and readings, in a group. */
const GROUP = 32;
/** Groups that are timed together: the first time, and at most. */
const FIRST_GROUPS = 4;
const MOST_GROUPS = 32;
/** What all of them may take, in nanoseconds. */
const SPAN_NS = 600_000;
/** The first runs, in code that V8 has not optimised, count until the next one. */
const NEW_RUNS = 3;
/** What takes so many steps is told exactly enough; of what takes fewer, the mean of several runs counts. */
const MANY_STEPS = 16;
/** As much as a run adds to that mean at most, and how many steps it takes for as much. */
const MOST_PART = 0.5;
const PART_STEPS = 5;
/** By what share an old result is doubted where one run tells enough: machines change their speed. */
const LEAK = 0.02;

/** The means, in nanoseconds: of a call, of a reading of the clock. */
let callNs = 0;
let readingNs = 0;
/** How many runs there were, and how many those are of, older ones as parts. */
let runs = 0;
let remembered = 0;
/** The least step that was seen. */
let stepNs = Infinity;

/** What is known by now, in nanoseconds. */
export interface Stepped {
  readonly callNs: number;
  readonly readingNs: number;
  /** Infinity where none was seen yet. */
  readonly stepNs: number;
}

/** Whether the clock was seen to go by steps. */
export function isStepped(): boolean {
  return stepNs < Infinity;
}

/** Finds out more. Takes 0.6 ms at most, where V8 has optimised the code. */
export function measureByMeans(emptyCalls: (calls: number) => void): Stepped {
  const fitting = Math.floor(SPAN_NS / (GROUP * (callNs + readingNs)));
  const groups = runs === 0 ? FIRST_GROUPS : Math.max(1, Math.min(MOST_GROUPS, fitting));
  const calls = timeOf(groups, () => emptyCalls(GROUP));
  const readings = timeOf(groups, readClock);
  timeOf(GROUP, () => {});
  const steps = Math.min(calls, readings) / stepNs;
  const isNew = runs++ < NEW_RUNS;
  const isAlone = isNew || steps > MANY_STEPS;
  remembered = isAlone ? 1 : (1 - Math.min(MOST_PART, steps / PART_STEPS)) * remembered + 1;
  const moved = (old: number, found: number): number =>
    isAlone && !isNew ? Math.min(found, old * (1 + LEAK)) : old + (found - old) / remembered;
  callNs = moved(callNs, calls / (groups * GROUP));
  readingNs = moved(readingNs, readings / (groups * GROUP));
  return { callNs, readingNs, stepNs };
}

/** What so many times take together, in nanoseconds. Sees the clock's steps. */
function timeOf(times: number, action: () => void): number {
  const beginNs = nowNs();
  let atNs = beginNs;
  for (let i = 0; i < times; i++) {
    action();
    const beforeNs = atNs;
    atNs = nowNs();
    // Rounded, as such clocks are multiples of their steps in floating point.
    if (atNs > beforeNs) stepNs = Math.min(stepNs, Math.round(atNs - beforeNs));
  }
  return atNs - beginNs;
}

/** As an entry does, and an exit. */
function readClock(): void {
  for (let i = 0; i < GROUP; i++) stamp(END);
}
