/** When the runtime does what: its timers and the process's events. Nothing happens before the first site exists. */
import { budget } from './budget.ts';
import { calibrate } from './calibration.ts';
import { CLEANUP_INTERVAL_MS } from './cleanup.ts';
import { every, now } from './clock.ts';
import { guarded } from './diagnostics.ts';
import { type Extent, JournalWriter } from './flush.ts';
import { dropLostFrames, excludeTime } from './frames.ts';
import { isStopped } from './on-off.ts';
import { explainUncaught } from './pending.ts';
import { nodeProcess } from './platform.ts';
import { recent } from './recent.ts';
import { Job, runDue } from './schedule.ts';
import { settle } from './settle.ts';
import { allSites } from './sites.ts';
import { closeHours } from './snapshot.ts';

const MIN_FLUSH_INTERVAL_MS = 10;
/**
 * Inside of synchronous work the time to the next flush is at least so many times what the last one took, for each
 * millisecond of the interval: at the default interval writing takes 1 % of the time at most.
 */
const REST_PER_MS = 0.1;
let flushIntervalMs = 1000;
let dir: string | undefined;
let running = false;
let writer: JournalWriter | undefined;
let stopFlushing: () => void = () => {};

/** A flush falls due inside of synchronous work too, where no timer runs. */
const flushJob = new Job(() => flush('changes'));
const hourJob = new Job(() => hourJob.moveTo(closeHours(allSites())));

/** Begins with the first site: run id, timers, events. Later calls do nothing. */
export function begin(): void {
  if (running) return;
  running = true;
  guarded(() => {
    calibrate(now());
    writer = JournalWriter.create(dir);
    hourJob.moveTo(closeHours(allSites()));
    setFlushTimer();
    every(CLEANUP_INTERVAL_MS, () => guarded(() => recent.clean(now())));
    nodeProcess?.on('exit', () => flush('exit'));
    nodeProcess?.on('uncaughtExceptionMonitor', (error) => guarded(() => explainUncaught(error)));
  });
}

/** Changes what is given: the journal's directory and the time between flushes, also while running. */
export function configureLifecycle(
  newDir: string | undefined,
  newIntervalMs: number = flushIntervalMs,
): void {
  if (newIntervalMs > 0) flushIntervalMs = Math.max(MIN_FLUSH_INTERVAL_MS, newIntervalMs);
  const isMoving = newDir && newDir !== dir;
  if (isMoving) dir = newDir;
  if (!running) return;
  if (isMoving) {
    flush('metrics');
    writer?.close();
    writer = guarded(() => JournalWriter.create(dir));
  }
  setFlushTimer();
}

/** Writes to the journal. Does nothing where there is none. */
export function flush(extent: Extent): void {
  if (!running) return;
  let tookMs = 0;
  guarded(() => {
    const beginMs = now();
    settle(beginMs);
    writer?.flush(extent);
    tookMs = now() - beginMs;
    excludeTime(tookMs);
    budget.pardon(tookMs);
  });
  if (!isStopped())
    flushJob.moveTo(now() + Math.max(flushIntervalMs, tookMs * flushIntervalMs * REST_PER_MS));
}

function setFlushTimer(): void {
  stopFlushing();
  if (!writer) return;
  flushJob.moveTo(now() + flushIntervalMs);
  stopFlushing = every(flushIntervalMs, () => {
    dropLostFrames();
    runDue(now());
    flush('changes');
  });
}
