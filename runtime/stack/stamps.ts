/**
 * When calls began: readings of the clock (clock.ts) in one array of fixed address. A frame's is at its place on the shadow
 * stack (frames.ts), that of a call in flight behind those, by its slot (in-flight.ts).
 */
import { highOf, nsOfHalves, roomForTicks, ticks } from '../platform/clock.ts';

/** Frames there is room for; V8's default stack ends at some 11,000 calls. Calls deeper than that are counted only. */
export const FRAMES: number = 1 << 16;
/** Calls in flight there is room for. */
export const SLOTS: number = 1 << 16;
/** Place at which the end of a call is read, to be taken off at once. */
export const END: number = FRAMES + 1;
/** Places at which is read when an entry was told of a call in a burst, and when the last exit was done (burst-events.ts). */
export const TOLD: number = FRAMES + 2;
export const DONE: number = FRAMES + 3;
/** Place of the first slot's stamp. */
export const FIRST_SLOT: number = FRAMES + 4;

/** Of an array of that size only the pages in use take memory. */
export const stamps: BigInt64Array = roomForTicks(FIRST_SLOT + SLOTS);
const halves = new Uint32Array(stamps.buffer);
/** The same memory: twice the place of a stamp is that of its lower half, nanoseconds modulo 2^32. */
export const lows: Int32Array = new Int32Array(stamps.buffer);

/** Reads the clock for a place. */
export function stamp(place: number): void {
  stamps[place] = ticks();
}

/** What was read is to be this moment. */
export function stampAt(place: number, ns: number): void {
  halves[2 * place + 1] = highOf(ns);
  halves[2 * place] = ns;
}

/** What was read, in monotonic nanoseconds. */
export function stampNs(place: number): number {
  return nsOfHalves(halves[2 * place + 1] as number, halves[2 * place] as number);
}
