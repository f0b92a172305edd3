/** What is done now and then with what was noted: into the sums with it, and a look at what measuring costs. */
import { budget } from './budget.ts';
import { calibrate } from './calibration.ts';
import { now } from './clock.ts';
import { excludeTime } from './frames.ts';
import { recent } from './recent.ts';
import { Job } from './schedule.ts';

/** Milliseconds after which that is done at the latest while calls are sampled: few are noted then. */
const SAMPLING_MS = 5;

const samplingJob = new Job(settle);

/** Brings the sums up to date, and the costs and the budget by them. */
export function settle(atMs: number): void {
  recent.drain();
  calibrate(atMs);
  budget.steer(atMs);
  if (budget.isSampling) samplingJob.moveTo(atMs + SAMPLING_MS);
}

// From within a call: what that takes is not the callers' time.
recent.full = () => {
  const beginMs = now();
  settle(beginMs);
  excludeTime(now() - beginMs);
};
