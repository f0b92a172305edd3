/** The bars of a latency distribution: a histogram's buckets, as many together as can be seen. */
import type { HistogramRecord } from '../../runtime/format/record.ts';

/** Bars to a doubling: an eighth of the buckets. */
export const BARS_PER_DOUBLING = 4;

/** How many calls took from `2 ** (bar / BARS_PER_DOUBLING)` ns up to what the next bar begins with. */
export interface Bars {
  /** The first bar that is not empty. */
  readonly first: number;
  /** Of it and those behind it, up to the last one that is not empty. */
  readonly counts: readonly number[];
  /** Calls that took no time that the clock could tell: in no bar. */
  readonly zeroCount: number;
}

/** Adds buckets up. */
export function barsOf({ counts: buckets, offset, scale, zeroCount }: HistogramRecord): Bars {
  const perBar = 2 ** scale / BARS_PER_DOUBLING;
  const first = Math.floor(offset / perBar);
  const counts: number[] = [];
  buckets.forEach((count, index) => {
    const bar = Math.floor((offset + index) / perBar) - first;
    counts[bar] = (counts[bar] ?? 0) + count;
  });
  return { first, counts, zeroCount };
}
