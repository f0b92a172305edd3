/**
 * What must happen at a certain time even if the program never returns to its event loop: an exit compares the clock,
 * which it has read anyway, with the earliest of these times.
 */
import { now, NS_PER_MS } from '../platform/clock.ts';
import { guarded } from '../platform/diagnostics.ts';
import { DUE, excludeStretch, hidden, isRaised, OVERHEAD, pace, PENDING } from './frames.ts';

/** One thing to do when its time has come. */
export class Job {
  /** Monotonic milliseconds. */
  atMs: number = Infinity;
  readonly run: (nowMs: number) => void;

  constructor(run: (nowMs: number) => void) {
    this.run = run;
    jobs.push(this);
  }

  /** Sets the time of the next run; `Infinity` for none. */
  moveTo(atMs: number): void {
    this.atMs = atMs;
    updateDue();
  }
}

const jobs: Job[] = [];

/** What was broken off, by the end of the stack perhaps, is done again so many milliseconds later: as a later call ends. */
const AGAIN_MS = 0.001;

let isHeld = false;

/** Recomputes the time at which an exit leaves the fast path; the next exit does while a failure is unexplained. */
export function updateDue(): void {
  let earliest = Infinity;
  for (let i = 0; i < jobs.length; i++) {
    const { atMs } = jobs[i] as Job;
    if (atMs < earliest) earliest = atMs;
  }
  if (isHeld) pace[DUE] = Infinity;
  else pace[DUE] = isRaised(PENDING) ? -Infinity : earliest * NS_PER_MS;
}

/** Nothing falls due meanwhile: what is done inside may set the time of a job, and must not run another for it. */
export function holdJobs(meanwhile: () => void): void {
  const wasHeld = isHeld;
  isHeld = true;
  updateDue();
  try {
    meanwhile();
  } finally {
    isHeld = wasHeld;
    updateDue();
  }
}

/** Where nothing can be held, from a timer: a time limit of `vm` ends what {@link holdJobs} does without its `finally`. */
export function releaseJobs(): void {
  isHeld = false;
  updateDue();
}

/** At the end of a call: what is due is done, and none of that is a caller's time. */
export function doWhatIsDue(endNs: number): void {
  if (endNs < (pace[DUE] as number)) return;
  const overheadMs = pace[OVERHEAD] as number;
  const beginMs = now();
  guarded(() => runDue(endNs / NS_PER_MS));
  excludeStretch(overheadMs, now() - beginMs);
}

/** Runs the jobs whose time has come. A job that does not move itself on is done. */
export function runDue(nowMs: number): void {
  for (let i = 0; i < jobs.length; i++) {
    const job = jobs[i] as Job;
    if (job.atMs > nowMs) continue;
    let isDone = false;
    hidden(() => {
      job.atMs = Infinity;
      job.run(nowMs);
      isDone = true;
    });
    if (!isDone && job.atMs === Infinity) job.atMs = nowMs + AGAIN_MS;
  }
  updateDue();
}
