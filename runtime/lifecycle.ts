/** When the runtime does what: its timers and the process's events. Nothing happens before the first call, but that the run has its id. */
import { budget } from './budget/budget.ts';
import { calibrate } from './budget/calibration.ts';
import { CLEANUP_INTERVAL_MS } from './tally/cleanup.ts';
import { now } from './platform/clock.ts';
import { every, later } from './platform/timers.ts';
import { guarded } from './platform/diagnostics.ts';
import { errorText } from './call/error-text.ts';
import { type Ending, type Extent, JournalWriter } from './journal/flush.ts';
import { hasRoom } from './stack/room.ts';
import { dropLostFrames, excludeTime, hidden, noteBrokenOff } from './stack/frames.ts';
import { lookForLongCalls } from './call/long-calls.ts';
import { isStopped } from './call/on-off.ts';
import { explainUncaught } from './call/pending.ts';
import { installProbes } from './call/probes.ts';
import { type Origin, originOf } from './journal/introduction.ts';
import { isExiting, onEnd } from './journal/process-end.ts';
import { recent } from './tally/recent.ts';
import { Job, releaseJobs, runDue } from './stack/schedule.ts';
import { settle } from './call/settle.ts';
import { allSites } from './call/sites.ts';
import { closeHours } from './journal/snapshot.ts';
import { countJournal } from './budget/usage.ts';

const MIN_FLUSH_INTERVAL_MS = 10;
/** Node's longest timer. */
const MAX_FLUSH_INTERVAL_MS = 2 ** 31 - 1;
/** The first flush comes soon: programs may be killed young. */
const FIRST_FLUSH_MS = 100;
/**
 * The time to the next flush is at least so many times what the last ones took, for each millisecond of the interval: at
 * the default interval writing takes 0.5 % of the time, half of the default budget. Of the last two the faster one counts:
 * the first of a program with thousands of functions takes long and says nothing of the next.
 */
const REST_PER_MS = 0.2;
/** And no more than so many intervals, however slow the disk was. */
const MAX_REST = 10;
let flushIntervalMs = 1000;
let dir: string | undefined;
let running = false;
/** Where the journal begins; its writer is made with the first flush. */
let origin: Origin | undefined;
let writer: JournalWriter | undefined;
let stopFlushing: () => void = () => {};
/** What the last flush took, in milliseconds. */
let lastTookMs = 0;
/** Monotonic milliseconds before which no timer flushes. */
let restUntilMs = 0;
/** What an error that nobody caught says, while it may be ending the program. */
let uncaught: string | undefined;
/** Set once the program is ending: what is measured after that is written at once. */
let ending: Ending | undefined;
/** Set while it would be no failure if the program was ended from outside. */
let idle: Ending | undefined;

/** A flush falls due inside of synchronous work too, where no timer runs. */
const flushJob = new Job(() => flush('changes'));
/** What has been counted so far belongs to the hour that is over. */
const hourJob = new Job(() => flush('changes'));

/** What is broken off, by the end of the stack or of a `vm`'s time, is done again as a later call ends. */
const beginJob = new Job(() => begin());
let triesLeft = 3;

/** Until it is tried again where the stack was about to end; from then on twice as long each time. */
let pauseMs = 0.001;

/** Begins with the first call: calibration, timers, events. Does nothing from then on. */
export function begin(): void {
  if (running || triesLeft <= 0) return;
  // A timer that is made, and then cannot be told not to keep the program alive, would keep it for good.
  if (!hasRoom()) {
    beginJob.moveTo(now() + pauseMs);
    pauseMs *= 2;
    return;
  }
  beginJob.moveTo(0);
  triesLeft--;
  hidden(() => {
    installProbes();
    calibrate(now());
    if (running) return; // a function of the program's, called by one of these in place of a built-in one, was the first
    origin = originOf(dir);
    hourJob.moveTo(closeHours(allSites()));
    setFlushTimer(Math.min(FIRST_FLUSH_MS, flushIntervalMs));
    every(CLEANUP_INTERVAL_MS, () => guarded(() => recent.clean(now())));
    onEnd({ flush: () => flush('changes'), end, uncaught: noteUncaught });
    running = true;
    beginJob.moveTo(Infinity);
    if (!isExiting()) return;
    ending = { reason: 'exit' };
    flushJob.moveTo(now());
  });
}

/** Changes what is given: the journal's directory and the time between flushes, also while running. */
export function configureLifecycle(
  newDir: string | undefined,
  newIntervalMs: number = flushIntervalMs,
): void {
  flushIntervalMs = Math.min(MAX_FLUSH_INTERVAL_MS, Math.max(MIN_FLUSH_INTERVAL_MS, newIntervalMs));
  const isMoving = newDir && newDir !== dir;
  if (isMoving) dir = newDir;
  if (!running) return;
  if (isMoving) {
    // What is in the journal that is left is whole, and nobody's to go on with.
    hidden(() => write('metrics', { reason: 'stop' }));
    writer?.close();
    writer = undefined;
    origin = guarded(() => originOf(dir));
  }
  setFlushTimer(flushIntervalMs);
}

/** Writes to the journal. Does nothing where there is none. */
export function flush(extent: Extent): void {
  if (!running) return;
  hidden(() => rest(hidden(() => write(extent)) ?? 0));
}

/** Returns what it took, in milliseconds. */
function write(extent: Extent, how: Ending | undefined = ending ?? idle): number {
  const beginMs = now();
  lookForLongCalls(beginMs);
  settle(beginMs);
  // The epoch clock may have been set anew, or stood still with the machine: no timer tells.
  hourJob.moveTo(closeHours(allSites()));
  writer ??= origin && JournalWriter.create(origin);
  writer?.flush(extent, how);
  const tookMs = now() - beginMs;
  excludeTime(tookMs);
  budget.pardon(tookMs);
  countJournal(tookMs);
  return tookMs;
}

/** Sets when the next flush falls due. */
function rest(tookMs: number): void {
  const usualMs = Math.min(tookMs, lastTookMs);
  lastTookMs = tookMs;
  const restMs = Math.min(MAX_REST * flushIntervalMs, usualMs * flushIntervalMs * REST_PER_MS);
  restUntilMs = now() + restMs;
  if (!isStopped()) flushJob.moveTo(now() + (ending ? tookMs : Math.max(flushIntervalMs, restMs)));
}

/** The program ends: everything is written, also what other listeners to its end still call. */
function end(how: Ending): void {
  noteBrokenOff();
  ending = uncaught === undefined ? how : { ...how, reason: 'error', detail: uncaught };
  flush('metrics');
}

/**
 * Whether whoever has started this process or thread may end it from outside: that is in order then, whatever it may still
 * do. All that is measured is written first.
 */
export function mayEnd(may: boolean): void {
  idle = may ? { reason: 'stop' } : undefined;
  if (may) flush('metrics');
}

function noteUncaught(error: unknown): void {
  explainUncaught(error);
  uncaught = errorText(error) ?? '';
  // Thrown by a listener to the end: it is the last that is seen.
  if (ending) end(ending);
  // If the program has a handler, it goes on.
  later(() => (uncaught = undefined));
}

function setFlushTimer(intervalMs: number): void {
  stopFlushing();
  if (!origin) return;
  flushJob.moveTo(now() + intervalMs);
  stopFlushing = every(intervalMs, () => {
    if (intervalMs !== flushIntervalMs) setFlushTimer(flushIntervalMs);
    dropLostFrames();
    releaseJobs();
    runDue(now());
    if (now() >= restUntilMs) flush('changes');
  });
}
