/** What is done now and then with what was noted: into the sums with it, and a look at what measuring costs. */
import { budget, LOOKING_PART } from '../budget/budget.ts';
import { calibrate } from '../budget/calibration.ts';
import { now } from '../platform/clock.ts';
import { excludeTime, hidden } from '../stack/frames.ts';
import { watchSelfTime } from './burst.ts';
import { watchLongCalls } from './long-calls.ts';
import { recent } from '../tally/recent.ts';
import { Job } from '../stack/schedule.ts';

/**
 * While calls are sampled few are noted, and that is done after so many milliseconds at the latest: where thousands of functions
 * are called, it takes its time.
 */
const LEAST_REST_MS = 5;
const MOST_REST_MS = 250;

const samplingJob = new Job(settle);

/** Brings the sums up to date, and the costs and the budget by them. */
export function settle(atMs: number): void {
  recent.drain();
  const drainedMs = now();
  calibrate(atMs);
  budget.steer(atMs);
  watchLongCalls(budget.isSampling);
  if (budget.isSampling) watchSelfTime();
  // It takes as long where next to nothing was timed: no timed call has cost it.
  budget.setApart(now() - drainedMs);
  if (!budget.isSampling) return;
  samplingJob.moveTo(atMs + budget.restMs(now() - atMs, LOOKING_PART, LEAST_REST_MS, MOST_REST_MS));
}

/** From within a call: what that takes is not the callers' time. */
function settleInside(): void {
  const beginMs = now();
  settle(beginMs);
  excludeTime(now() - beginMs);
}

recent.full = () => hidden(settleInside);
