/** The steps of a time line by which a function's becoming slower is told, and how much slower is worth a word. */
import type { Timeline } from './timeline.ts';

/** Steps looked at, at most: of more, neighbours are taken together. */
const MOST_STEPS = 16;
/** Calls without which nothing is said. */
const LEAST_CALLS = 50;
/** It takes so many times as long in the end. */
const LEAST_GROWTH = 1.25;
/** What that comes to is so much of the time at least: who grows by nanoseconds is nobody's concern. */
const LEAST_SHARE = 0.001;
/** Where a writer has told of two steps at once, their means are the same but for rounding. */
const SAME = 1e-9;

export interface Step {
  /** Epoch milliseconds of its begin. */
  readonly startMs: number;
  readonly calls: number;
  readonly avgMs: number;
}

/** Those in which calls were timed, and of which one was told apart from the one before; none of too few calls. */
export function knownSteps({ startMs, stepMs, calls, avgMs }: Timeline): Step[] {
  const together = Math.ceil(avgMs.length / MOST_STEPS);
  const steps: Step[] = [];
  for (let from = 0; from < avgMs.length; from += together) {
    const joined: Step[] = [];
    for (let i = from; i < Math.min(avgMs.length, from + together); i++) {
      const mean = avgMs[i];
      if (mean !== undefined)
        joined.push({ startMs: startMs + i * stepMs, calls: calls[i] ?? 0, avgMs: mean });
    }
    const [first] = joined;
    if (first === undefined) continue;
    const step = { startMs: first.startMs, calls: callsOf(joined), avgMs: meanOf(joined) };
    const last = steps.at(-1);
    if (last === undefined || Math.abs(step.avgMs - last.avgMs) > SAME * last.avgMs) steps.push(step);
    else steps[steps.length - 1] = { ...last, calls: last.calls + step.calls };
  }
  return callsOf(steps) < LEAST_CALLS ? [] : steps;
}

/** What a function's calls took before and afterwards, in milliseconds. */
export interface Growth {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Whether so many calls that have become slower matter in the time that they were made in. */
export function isWorthTelling({ fromMs, toMs }: Growth, calls: number, inMs: number): boolean {
  return toMs >= LEAST_GROWTH * fromMs && calls * (toMs - fromMs) >= LEAST_SHARE * inMs;
}

/** Milliseconds of all steps of a time line. */
export function lengthOf({ avgMs, stepMs }: Timeline): number {
  return avgMs.length * stepMs;
}

export function callsOf(steps: readonly Step[]): number {
  return steps.reduce((sum, { calls }) => sum + calls, 0);
}

/** The mean duration of their calls, in milliseconds. */
export function meanOf(steps: readonly Step[]): number {
  const calls = callsOf(steps);
  const total = steps.reduce((sum, step) => sum + step.calls * step.avgMs, 0);
  return calls > 0 ? total / calls : 0;
}
