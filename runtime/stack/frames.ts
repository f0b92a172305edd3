/**
 * The shadow stack of instrumented synchronous code, and the few words of state that the fast path tests.
 *
 * A frame is some numbers at the same place of typed arrays, so that a call allocates nothing. The arrays are
 * constants, which V8 compiles to fixed addresses; of their size only the pages in use take memory. A call that is only
 * counted has a frame too, without times: a timed call below it must know whose child it is.
 *
 * Emitted code keeps the place of its frame and sets the top back to it, whatever has happened above.
 */

import { NS_PER_MS } from '../platform/clock.ts';
import { codeOf, countFailure } from '../platform/diagnostics.ts';
import { FRAMES, stampAt, stampNs } from './stamps.ts';

/**
 * The stack: the place of the next frame at {@link TOP}, then a tag for each frame. {@link NO_PLACE} in its stead says that
 * nothing is measured: a call that begins then leaves no trace.
 */
export const stack: Int32Array = new Int32Array(2 * FRAMES);
export const TOP = 0;
/** Place of the first frame. */
export const BOTTOM = 1;
/** Of a call that has no frame. */
export const NO_PLACE = 0;
stack[TOP] = BOTTOM;
/** Place of the next frame while {@link TOP} does not tell. */
let parkedTop = BOTTOM;

/** Place of the next frame. */
export function topPlace(): number {
  const top = stack[TOP] as number;
  return top === NO_PLACE ? parkedTop : top;
}

/** From now on calls have no frames, until one ends that has. */
export function parkStack(): void {
  parkedTop = topPlace();
  stack[TOP] = NO_PLACE;
}

/** They have frames again. */
export function resumeStack(): void {
  stack[TOP] = topPlace();
}

/**
 * The runtime's own work: nothing that it calls leaves a trace, and what it throws is counted. The program may have put
 * functions of its own, and these be instrumented, in place of built-in ones that are used here: without end, where what
 * they note is more than what is being added up. Spelled out, as near the end of the stack each call is one too many.
 */
export function hidden<T>(task: () => T): T | undefined {
  const top = stack[TOP] as number;
  if (top !== NO_PLACE) parkedTop = top;
  stack[TOP] = NO_PLACE;
  try {
    return task();
  } catch (error) {
    try {
      countFailure(codeOf(error));
    } catch {
      // no stack left for it
    }
    return undefined;
  } finally {
    stack[TOP] = top;
  }
}

/** The bits of a tag, and of a log entry, that are a site's number; the others are flags. */
export const SITE_MASK = 0xff_ffff;
/** Flag of a frame that has its times. */
export const TIMED_FRAME: number = 1 << 24;
/** Flag of a call whose end leaves the fast path: it carries more than its start. */
export const LADEN: number = 1 << 25;
/** Flag of a stretch of an async function or a generator. */
export const STRETCH: number = 1 << 26;
/** Flag of a timed call that stands for others too. */
export const WEIGHED: number = 1 << 27;
/** Flag of a counted call that was met on the stack (call/long-calls.ts). */
export const SEEN: number = 1 << 28;
/** Flag of the outermost call of a recursion, met from inside (call/outermost.ts). */
export const MET: number = 1 << 29;
/** In place of a tag: the call here has failed, and no other has begun at this place since. */
export const FAILED = -1;

/** For how many calls a weighed one stands; negative inside of a call of the same function. */
export const frameWeight: Float64Array = new Float64Array(FRAMES + 1);
/** Monotonic milliseconds at which the entry of a weighed call began: what it took is counted as the call ends. */
export const frameEnteredMs: Float64Array = new Float64Array(FRAMES + 1);
/** What `pace[OVERHEAD]` was as the call began. */
export const frameOverheadMs: Float64Array = new Float64Array(FRAMES + 1);

/** Small integers in one array of a fixed address, so that a test of them is one load and one comparison. */
export const hot: Int32Array = new Int32Array(2);
/** Place at which the next timed call is noted (log.ts). */
export const NEXT_ENTRY = 1;
/** Place of the alerts: not 0 where the next timed call must leave the fast path. */
export const ALERTS = 0;
/** Failures wait for their error to become known: the next entry or exit must be told. */
export const PENDING = 1;
/** The next timed call is asked to take a memory sample. */
export const SAMPLE = 2;
/** Nothing is measured. */
export const STOPPED = 4;
/** An entry and an exit is told of every call (call/burst.ts). */
export const BURST = 8;

/** Whether there is this alert. */
export function isRaised(alert: number): boolean {
  return ((hot[ALERTS] as number) & alert) !== 0;
}

/** Raises an alert, or lowers it. */
export function raise(alert: number, raised: boolean = true): void {
  const others = (hot[ALERTS] as number) & ~alert;
  hot[ALERTS] = raised ? others | alert : others;
}

/** Times that the fast path reads, in one array. */
export const pace: Float64Array = new Float64Array([Infinity, 0, 0, 0, 0, 0, -Infinity]);
/** Monotonic nanoseconds from which on an exit leaves the fast path to do what has become due. */
export const DUE = 0;
/** Milliseconds that measuring has taken in this thread so far: no call's own time. */
export const OVERHEAD = 1;
/** What a timed call adds to that, in milliseconds. */
export const COST = 2;
/** The part of it that lies between the call's own two readings of the clock, in nanoseconds. */
export const INNER_NS = 3;
/** The same of a call that is timed among others that are not: V8 and the processor are slower at what they seldom do. */
export const SAMPLED_INNER_NS = 4;
/** Half a step of the clock, in nanoseconds; 0 where it goes by none. */
export const HALF_STEP_NS = 5;
/** Monotonic milliseconds: a call is long that began before. */
export const LONG_SINCE = 6;

/** Takes time that the runtime spent on itself off every call that is going on. */
export function excludeTime(durationMs: number): void {
  pace[OVERHEAD] = (pace[OVERHEAD] as number) + durationMs;
}

/**
 * The same of a stretch that is over, in which other stretches may have been taken off already.
 *
 * @param overheadMs - What `pace[OVERHEAD]` was as it began.
 */
export function excludeStretch(overheadMs: number, durationMs: number): void {
  pace[OVERHEAD] = overheadMs + durationMs;
}

/** Pushes a frame of which no time is asked. Returns its place. */
export function pushCounted(tag: number): number {
  const place = topPlace();
  stack[place] = tag;
  stack[TOP] = place + 1;
  return place;
}

/** The frame at a place, which has been pushed without times, gets them: it begins with the stamp that comes next. */
export function timeFrame(place: number, tag: number): void {
  stack[place] = tag | TIMED_FRAME;
  frameOverheadMs[place] = pace[OVERHEAD] as number;
}

/** Pushes a frame that begins at a moment, where there is room for its times. Returns its place. */
export function pushTimed(tag: number, atNs: number): number {
  const place = pushCounted(tag);
  if (place >= FRAMES) return place;
  timeFrame(place, tag);
  stampAt(place, atNs);
  return place;
}

/** Nanoseconds of program time since the frame's beginning. */
export function elapsedNs(place: number, atNs: number): number {
  const overheadMs = (pace[OVERHEAD] as number) - (frameOverheadMs[place] as number);
  return atNs - stampNs(place) - overheadMs * NS_PER_MS;
}

/** Number of the site below a frame, -1 at the bottom: it is the caller. */
export function callerOf(place: number): number {
  return place > BOTTOM ? (stack[place - 1] as number) & SITE_MASK : -1;
}

/** Place of the nearest frame of the site below a place; below {@link BOTTOM} where there is none. */
export function nearestBelow(site: number, place: number): number {
  let below = (place < stack.length ? place : stack.length) - 1;
  while (below >= BOTTOM && ((stack[below] as number) & SITE_MASK) !== site) below--;
  return below;
}

/** Whether a frame below the place is one of the site. */
export function isBelow(site: number, place: number): boolean {
  return nearestBelow(site, place) >= BOTTOM;
}

/**
 * Drops frames whose exit never came (a `RangeError` for want of stack can strike inside of an entry or exit). Called
 * where no synchronous call can be alive: from a timer.
 */
export function dropLostFrames(): void {
  const isParked = isRaised(STOPPED);
  noteBrokenOff();
  stack[TOP] = BOTTOM;
  if (isParked) parkStack();
}

/** A time limit of `vm` has broken off {@link hidden} work, in which V8 runs no `finally`: calls since then have left no trace. */
export function noteBrokenOff(): void {
  if (stack[TOP] === NO_PLACE && !isRaised(STOPPED)) countFailure('broken-off');
}
