/**
 * The last durations of a function, by which its trend is judged: a ring of them in memory that others have a part of, too.
 * They are kept to seven digits, which is what their moments are told to.
 */
import { log } from '../stack/log.ts';
import { DURATION, STRIDE } from '../stack/log-entry.ts';
import { TREND_WINDOW, trendInto } from './trend.ts';

/** Durations in a ring. */
export const RING: number = TREND_WINDOW;

/**
 * Keeps the durations of the log's entries between two places, in nanoseconds.
 *
 * @param ring - Place of the ring's first duration.
 * @param cursor - Where the next one goes, from there.
 * @returns Where the one after them goes.
 */
export function keepDurations(
  into: Float32Array,
  ring: number,
  cursor: number,
  start: number,
  end: number,
): number {
  let next = cursor;
  for (let place = Math.max(start, end - RING * STRIDE); place < end; place += STRIDE) {
    into[ring + next] = log[place + DURATION] as number;
    next = next === RING - 1 ? 0 : next + 1;
  }
  return next;
}

/**
 * The durations in a ring, oldest first.
 *
 * @param kept - How many it was given so far.
 */
export function durationsOf(from: Float32Array, ring: number, kept: number, cursor: number): number[] {
  const all = [...from.subarray(ring, ring + RING)];
  return kept < RING ? all.slice(0, cursor) : [...all.slice(cursor), ...all.slice(0, cursor)];
}

/** Their moments, as {@link trendInto} gives them. */
export function momentsOf(
  into: Float64Array,
  from: Float32Array,
  ring: number,
  kept: number,
  cursor: number,
): boolean {
  const isFull = kept >= RING;
  return trendInto(into, from, isFull ? ring + cursor : ring, isFull ? RING : cursor, ring, ring + RING);
}
