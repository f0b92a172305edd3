/** Histograms as plain data. */
import { SCALE } from './buckets.ts';
import type { HistogramRecord } from './record.ts';

/** Two histograms of the same scale as one; loses nothing. */
export function mergeHistograms(a: HistogramRecord, b: HistogramRecord): HistogramRecord {
  const zeroCount = a.zeroCount + b.zeroCount;
  if (a.counts.length === 0) return { ...b, zeroCount };
  if (b.counts.length === 0) return { ...a, zeroCount };
  const offset = Math.min(a.offset, b.offset);
  const end = Math.max(a.offset + a.counts.length, b.offset + b.counts.length);
  const counts = Array.from({ length: end - offset }, () => 0);
  for (const { offset: from, counts: added } of [a, b]) {
    added.forEach((count, i) => (counts[from - offset + i] = (counts[from - offset + i] ?? 0) + count));
  }
  return trimmed(zeroCount, offset, counts);
}

function trimmed(zeroCount: number, offset: number, counts: readonly number[]): HistogramRecord {
  let start = 0;
  let end = counts.length;
  while (start < end && counts[start] === 0) start++;
  while (end > start && counts[end - 1] === 0) end--;
  return {
    scale: SCALE,
    zeroCount,
    offset: start === end ? 0 : offset + start,
    counts: counts.slice(start, end),
  };
}

/**
 * The value at a quantile, by nearest rank (the ⌈q·n⌉-th smallest), within 1.1 % of the true one.
 *
 * @param q - 0 to 1.
 * @param min - Smallest value recorded: the result is never outside of what was seen.
 * @param max - Largest value recorded.
 * @returns 0 where nothing was recorded.
 */
export function quantileOf(histogram: HistogramRecord, q: number, min: number, max: number): number {
  const { counts, offset, scale, zeroCount } = histogram;
  let total = zeroCount;
  for (let i = 0; i < counts.length; i++) total += counts[i] ?? 0;
  if (total === 0) return 0;
  const rank = Math.max(1, Math.ceil(q * total));
  let seen = zeroCount;
  if (rank <= seen) return 0;
  for (let i = 0; i < counts.length; i++) {
    seen += counts[i] ?? 0;
    if (rank <= seen) return Math.min(max, Math.max(min, middleOf(scale, offset + i)));
  }
  return max;
}

/** The variance of what was recorded, as of a sample, each value by the middle of its bucket; 0 of less than two. */
export function varianceOf({ counts, offset, scale, zeroCount }: HistogramRecord): number {
  let n = zeroCount;
  let mean = 0;
  let squares = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] ?? 0;
    if (count === 0) continue;
    // B. P. Welford, Technometrics 4, 1962, some alike at once.
    const distance = middleOf(scale, offset + i) - mean;
    n += count;
    mean += (distance * count) / n;
    squares += (distance * distance * count * (n - count)) / n;
  }
  return n < 2 ? 0 : squares / (n - 1);
}

/** The geometric middle of a bucket. */
function middleOf(scale: number, bucket: number): number {
  return 2 ** ((bucket + 0.5) / 2 ** scale);
}
