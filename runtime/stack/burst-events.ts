/**
 * The events of a burst (call/burst.ts), one behind the other: {@link EVENT_WORDS} integers each. Arrays that are constants, and
 * little that is done with them, as this runs where V8 has not compiled it yet, and all else is the program's time or a reading of
 * the clock.
 */
import { NS_PER_MS, ticks } from '../platform/clock.ts';
import { OVERHEAD, pace, stack, TIMED_FRAME } from './frames.ts';
import { DONE, END, lows, stamps, TOLD } from './stamps.ts';

/** Words of an event: when it began and when it ended, in nanoseconds modulo 2^32. */
export const BEGAN = 0;
export const ENDED = 1;
/** Place of the call, complemented where it begins. */
export const PLACE = 2;
/** The tags of its frame, and of the one below it. */
export const TAG = 3;
export const TAG_BELOW = 4;
export const EVENT_WORDS = 5;
/** Events of a burst at most. */
export const MOST_EVENTS: number = 1 << 13;
/** Of the rest of it no page of memory is in use. */
export const events: Int32Array = new Int32Array((MOST_EVENTS + 1) * EVENT_WORDS);

/** Place of the next event; nanoseconds of the program's time until the burst is over; what lies between two events beside the program. */
export const burst: Int32Array = new Int32Array(4);
export const NEXT = 0;
export const LEFT_NS = 1;
export const BETWEEN_NS = 2;
/** Nanoseconds that its events have taken; one that took longer has done something else. */
export const SPENT_NS = 3;
const MOST_NS = 20_000;

/** What measuring had taken as the last event began, in milliseconds. */
const overheadMs = new Float64Array(1);

/** A burst begins that is to be so long: of its first event there is only the end. */
export function beginEvents(lengthNs: number, betweenNs: number): void {
  burst[LEFT_NS] = lengthNs;
  burst[BETWEEN_NS] = betweenNs;
  burst[SPENT_NS] = 0;
  burst[NEXT] = EVENT_WORDS;
  events[PLACE] = 0;
  stamps[DONE] = ticks();
}

/**
 * An event begins: the call at a place begins, whose place is given complemented, or it ends. When that is, was read.
 *
 * @returns Whether the burst was over before.
 */
export function beginEvent(told: number): boolean {
  const at = burst[NEXT] as number;
  const isEntry = told < 0;
  const place = isEntry ? ~told : told;
  const began = lows[2 * (isEntry ? TOLD : END)] as number;
  const ended = endLast(at - EVENT_WORDS);
  const leftNs = (burst[LEFT_NS] as number) + (burst[BETWEEN_NS] as number) - ((began - ended) >>> 0);
  burst[LEFT_NS] = leftNs;
  burst[NEXT] = at + EVENT_WORDS;
  overheadMs[0] = pace[OVERHEAD] as number;
  // Until that is read: what is to be done may be broken off, by the end of the stack or a time limit of `vm`.
  lows[2 * (isEntry ? place : DONE)] = began;
  events[at + BEGAN] = began;
  events[at + PLACE] = told;
  events[at + TAG] = stack[place] as number;
  events[at + TAG_BELOW] = stack[place - 1] as number;
  return leftNs < 0 || at >= (MOST_EVENTS - 1) * EVENT_WORDS;
}

/**
 * What the event before this one had to do was done at a moment that was read last: as a call begins, by `enter` (call/entry.ts). What the
 * beginning of a timed call took is in another account.
 */
function endLast(at: number): number {
  const told = events[at + PLACE] as number;
  const isEntry = told < 0;
  const ended = lows[2 * (isEntry ? ~told : DONE)] as number;
  events[at + ENDED] = ended;
  if (at === 0) return ended;
  const tookNs = (ended - (events[at + BEGAN] as number)) >>> 0;
  if (tookNs < MOST_NS) burst[SPENT_NS] = (burst[SPENT_NS] as number) + tookNs;
  if (isEntry && ((stack[~told] as number) & TIMED_FRAME) !== 0) return ended;
  const allMs = (overheadMs[0] as number) + (tookNs + (burst[BETWEEN_NS] as number)) / NS_PER_MS;
  if (allMs > (pace[OVERHEAD] as number)) pace[OVERHEAD] = allMs; // it may have told some of it itself
  return ended;
}
