/**
 * Exponential histogram in OpenTelemetry's bucket layout, scale 5: 32 buckets to a doubling.
 *
 * Bucket `i` holds the values in (2^(i/32), 2^((i+1)/32)]. Reporting a bucket by its geometric middle is off by at
 * most 2^(1/64) − 1 = 1.09 %. Sources: OpenTelemetry metrics data model, "ExponentialHistogram"; the same bound and
 * lossless merge as DDSketch (Masson, Rim, Lee, VLDB 2019).
 */
import type { HistogramRecord } from './record.ts';

/** log2 of the buckets in a doubling. */
export const SCALE = 5;
const PER_DOUBLING = 1 << SCALE;

// A double's bits: sign 1, exponent 11, mantissa 52. Little-endian is certain on every platform JavaScript runs on.
const double = new Float64Array(1);
const words = new Int32Array(double.buffer);

/** Cells to a doubling: so narrow that each holds one boundary 2^(j/32) at most. */
const CELLS = 64;
/** For each cell the mantissa of the boundary in it, or of the next one: the upper 20 bits and the lower 32. */
const cellBound = new Int32Array(CELLS);
const cellBoundLow = new Int32Array(CELLS);
/** For each cell the bucket below that boundary, for exponent bits of 0. */
const cellBucket = new Int32Array(CELLS);

for (let cell = 0, j = 0; cell < CELLS; cell++) {
  for (; ; j++) {
    double[0] = 2 ** (j / PER_DOUBLING);
    const bound = j === PER_DOUBLING ? 0x100000 : (words[1] ?? 0) & 0xfffff; // 2: above every mantissa
    if (bound < cell << 14) continue;
    cellBound[cell] = bound;
    cellBoundLow[cell] = words[0] ?? 0;
    cellBucket[cell] = j - 1 - 1023 * PER_DOUBLING;
    break;
  }
}

/** Counts a value, in nanoseconds. */
export function recordInto(histogram: Histogram, value: number, times: number = 1): void {
  double[0] = value;
  histogram.recordWords(words[1] as number, words[0] as number, times);
}

/** The bucket of a positive finite value. */
export function bucketOf(value: number): number {
  double[0] = value;
  return bucketOfWords(words[1] as number, words[0] as number);
}

/**
 * The bucket of the double with these upper and lower 32 bits. No logarithm: the exponent's bits are the doubling, and a
 * 64th of a doubling holds one boundary at most, with which the mantissa is compared.
 */
export function bucketOfWords(high: number, low: number): number {
  const mantissa = high & 0xfffff;
  const cell = mantissa >>> 14;
  const bound = cellBound[cell] as number;
  const bucket = (((high >>> 20) << SCALE) + (cellBucket[cell] as number)) | 0;
  if (mantissa === bound) return low >>> 0 > (cellBoundLow[cell] as number) >>> 0 ? bucket + 1 : bucket;
  return (bucket - ((bound - mantissa) >> 31)) | 0; // the sign, not a branch: which side of a bound is anybody's guess
}

/** The upper, inclusive bound of a bucket. */
export function upperBound(bucket: number): number {
  return 2 ** ((bucket + 1) / PER_DOUBLING);
}

/** Buckets kept free on either side when the window grows. */
const MARGIN = 8;
const NO_COUNTS = new Int32Array(0);
/** A hot one-line function comes there within minutes. */
export const MOST_COUNTED = 0x7fff_ffff;

/** Counts of a histogram: 32 bits wide, until one of them does not fit any more. */
export type Counts = Int32Array | Float64Array;

function isNarrow(counts: Counts): boolean {
  return counts.BYTES_PER_ELEMENT === Int32Array.BYTES_PER_ELEMENT;
}

/** The same counts in an array of another kind or length, from place `at` on. */
function resized(
  counts: Counts,
  kind: new (length: number) => Counts,
  length: number = counts.length,
  at: number = 0,
): Counts {
  const other = new kind(length);
  other.set(counts, at);
  return other;
}

/** A histogram that is written to. Its window of buckets grows to what was seen. */
export class Histogram {
  zeroCount: number = 0;
  /** Number of the bucket that `counts[0]` counts. */
  offset: number = 0;
  counts: Counts = NO_COUNTS;

  /** Counts the value that is the double with these upper and lower 32 bits; what is below 0 as 0. */
  recordWords(high: number, low: number, times: number): void {
    if (high > 0 || (high === 0 && low !== 0)) {
      const i = bucketOfWords(high, low) - this.offset;
      const { counts } = this;
      if (i >= 0 && i < counts.length) this.recordAt(i, times);
      else this.widen(i, times);
    } else this.zeroCount += times;
  }

  private recordAt(i: number, times: number): void {
    const { counts } = this;
    const count = (counts[i] as number) + times;
    if (count > MOST_COUNTED && isNarrow(counts)) this.counts = resized(counts, Float64Array);
    this.counts[i] = count;
  }

  /** Makes room for the bucket at place `i` of the window, outside of it, and counts it. */
  private widen(i: number, times: number): void {
    const { counts } = this;
    if (counts.length === 0) {
      this.offset += i - MARGIN;
      this.counts = new Int32Array(2 * MARGIN + 1);
      this.recordAt(MARGIN, times);
      return;
    }
    const before = i < 0 ? MARGIN - i : 0;
    const after = i < 0 ? 0 : i - counts.length + 1 + MARGIN;
    const length = before + counts.length + after;
    this.counts = resized(counts, isNarrow(counts) ? Int32Array : Float64Array, length, before);
    this.offset -= before;
    this.recordAt(before + i, times);
  }

  /** The state as plain data, empty buckets at both ends left off. */
  toRecord(): HistogramRecord {
    return trimmed(this.zeroCount, this.offset, [...this.counts]);
  }
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
    if (rank <= seen) return Math.min(max, Math.max(min, 2 ** ((offset + i + 0.5) / 2 ** scale)));
  }
  return max;
}
