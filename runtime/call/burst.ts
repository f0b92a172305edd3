/**
 * Bursts: now and then an entry and an exit are told of every call, for some microseconds of the program's time. Between one event and
 * the next it is known which function ran, whether it is timed otherwise or not, and who was on the stack; what that comes to is
 * in bursts.ts.
 *
 * The own time of a function that is called often, and calls others that are, is the difference of two sums of draws, each of
 * which may be off by more than it. A burst has all calls, so that nothing of that is left to which ones were drawn, only which
 * moments were (M. Arnold, B. G. Ryder, A framework for reducing the cost of instrumented code, PLDI 2001, whose bursts begin
 * after so many calls; here after so much time).
 *
 * An event has two readings of the clock, so that what it costs is known, and is noted as some integers (stack/burst-events.ts);
 * only when the burst is over are they added up.
 */
import { budget } from '../budget/budget.ts';
import { EventCosts } from '../budget/event-costs.ts';
import { now, NS_PER_MS } from '../platform/clock.ts';
import { idleMs } from '../platform/idle.ts';
import { drawUniform } from '../platform/random.ts';
import { beginEvent, beginEvents, burst, EVENT_WORDS, NEXT, SPENT_NS } from '../stack/burst-events.ts';
import {
  BOTTOM,
  BURST,
  excludeTime,
  frameOverheadMs,
  HALF_STEP_NS,
  hidden,
  isRaised,
  OVERHEAD,
  pace,
  raise,
  stack,
  STOPPED,
  TIMED_FRAME,
  topPlace,
} from '../stack/frames.ts';
import { Job } from '../stack/schedule.ts';
import { resumeSkips, tellAll } from '../stack/skips.ts';
import { DONE, END, stamp, stampNs, TOLD } from '../stack/stamps.ts';
import { BURST_NS, forgetBursts, noteMissed } from '../tally/burst-estimates.ts';
import { addBurst, noteBeforeBursts, noteStack } from '../tally/bursts.ts';

/** Of what measuring may take. */
const PART = 1 / 3;
/** Milliseconds between two bursts at least. */
const LEAST_REST_MS = 5;
/** What one takes, in milliseconds, until that is known. */
const TYPICAL_COST_MS = 0.2;
/** And so many times what is known counts at most: one that has waited for a processor is no reason to have hardly any from then on. */
const MOST_LEARNT = 4;
/** What it takes beside what is read: to be run as a job, and to find nothing in a cache. */
const AROUND_MS = 0.008;
/**
 * A burst counts from a moment so many nanoseconds after its beginning: where that lies has to do with what is run just then, as only
 * some events ask whether anything is due; and the way back from there takes some microseconds.
 */
const LEAST_DELAY_NS = 8_000;
const MOST_DELAY_NS = 28_000;
/**
 * Where it was asked so many milliseconds too late whether a burst was due, the program may have waited: what comes right behind that is
 * no more likely to be in a burst than anything else. After more, it has done something in one piece, or V8 has collected garbage,
 * and what comes behind that is not like it either.
 */
const SOON_MS = 0.05;
const LATE_MS = 0.3;
/** The thread has waited if it has for more milliseconds than this. */
const LEAST_IDLE_MS = 0.05;
/** Where the stack is deeper there is none: who is on it takes too long to note. */
const MOST_DEPTH = 4096;
/** A burst that gets no events is ended after so many milliseconds. */
const MOST_MS = 20;

const costs = new EventCosts();
let costMs = TYPICAL_COST_MS;
/** Milliseconds of the program for which the next burst stands. */
let standsForMs = 0;
let dueMs = Infinity;
let isOpen = false;
/** From when on the burst counts, in nanoseconds of the program's time since its beginning. */
let fromNs = 0;

/** How long the thread had waited when the next one was drawn; NaN as long as nobody has asked for that. */
let idleBeforeMs = Number.NaN;

const job = new Job((atMs) => {
  if (isOpen) close();
  else if (isRaised(STOPPED) || !isInTime(atMs) || !open(atMs)) draw(atMs, false);
});

/** Whether a burst that was due may begin now. */
function isInTime(atMs: number): boolean {
  const lateMs = atMs - dueMs;
  if (lateMs < SOON_MS) return true;
  const isTimed = topPlace() > BOTTOM && ((stack[BOTTOM] as number) & TIMED_FRAME) !== 0;
  const wasBusy = isTimed && stampNs(BOTTOM) < dueMs * NS_PER_MS;
  const wasIdle = !wasBusy && !(idleMs() - idleBeforeMs < LEAST_IDLE_MS);
  if (wasIdle) idleBeforeMs = 0;
  else if (lateMs > LATE_MS) noteMissed(standsForMs);
  return !wasIdle && lateMs <= LATE_MS;
}

/** From here on there are bursts: calls are sampled. Where the clock goes by steps no single event can be told. */
export function watchSelfTime(): void {
  if (dueMs < Infinity) {
    // A time limit of `vm` has broken off what was due.
    if (job.atMs === Infinity) startAnew();
  } else if ((pace[HALF_STEP_NS] as number) === 0) {
    noteBeforeBursts();
    draw(now(), false);
  }
}

/**
 * Draws when the next burst is. After one that was, evenly; where nobody asked, so that each moment is as likely as any other,
 * whatever was before.
 */
function draw(atMs: number, wasBurst: boolean): void {
  standsForMs = budget.restMs(costMs, PART, LEAST_REST_MS);
  dueMs = atMs + standsForMs * (wasBurst ? 0.5 + drawUniform() : -Math.log(drawUniform()));
  if (idleBeforeMs >= 0) idleBeforeMs = idleMs();
  job.moveTo(dueMs);
}

/** A burst begins. Returns whether it does: not inside of a recursion of thousands of calls. */
function open(atMs: number): boolean {
  if (topPlace() > MOST_DEPTH) return false;
  isOpen = true;
  // Nobody has asked any sooner.
  standsForMs += atMs - dueMs;
  fromNs = LEAST_DELAY_NS + Math.floor(drawUniform() * (MOST_DELAY_NS - LEAST_DELAY_NS));
  noteStack();
  tellAll();
  raise(BURST);
  job.moveTo(now() + MOST_MS);
  beginEvents(fromNs + BURST_NS, costs.meanNs);
  return true;
}

/** All is measured anew from here on. */
export function resetBursts(): void {
  dropBurst();
  forgetBursts();
}

/** What is under way counts nothing. */
export function dropBurst(): void {
  if (isOpen) startAnew();
}

function startAnew(): void {
  if (isOpen) end();
  draw(now(), true);
}

function end(): void {
  resumeSkips();
  raise(BURST, false);
  isOpen = false;
}

function close(): void {
  const beginMs = now();
  end();
  const count = (burst[NEXT] as number) / EVENT_WORDS;
  const eventsMs = ((burst[SPENT_NS] as number) + count * costs.meanNs) / NS_PER_MS;
  addBurst(count, fromNs, standsForMs, costs);
  costs.learn(count);
  const endMs = now();
  const tookMs = endMs - beginMs;
  costMs += (Math.min(MOST_LEARNT * costMs, eventsMs + tookMs + AROUND_MS) - costMs) / 8;
  excludeTime(tookMs);
  budget.setApart(eventsMs + tookMs);
  draw(endMs, true);
}

/** What an event had to do is done: the next one is told, if the burst is not over. */
export function goOn(): void {
  if (isOpen) raise(BURST);
}

/** It is over. */
export function closeBurst(): void {
  if (isOpen) hidden(close);
}

/** The frame of a stretch of a call was pushed, or taken off the stack. */
export function noteStretch(place: number, begins: boolean): void {
  stamp(begins ? TOLD : END);
  if (beginEvent(begins ? ~place : place)) closeBurst();
  if (begins) frameOverheadMs[place] = pace[OVERHEAD] as number;
  stamp(begins ? place : DONE);
}
