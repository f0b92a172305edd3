/** Rows, part by part, as docs/journal-format.md has them. */
import type { Encoder } from './encoder.ts';
import { FIRST_COLUMN_BIT, ROWS_RECORD } from '../format/layout.ts';
import type { ClosedHour } from '../format/hours.ts';

/** The buckets that changed, and by how much. More than these no histogram has: doubles have 2,048 exponents. */
export const changed: Int32Array = new Int32Array(1 << 16);
export const changes: Float64Array = new Float64Array(1 << 16);

/** So many empty buckets between others are noted too: a reader is fastest where buckets lie beside each other. */
const SHORT_GAP = 4;

/** Notes a bucket behind so many others, all of them below it. Returns how many were noted. */
export function noteBucket(before: number, bucket: number, times: number): number {
  let count = before;
  const next = count > 0 ? (changed[count - 1] as number) + 1 : bucket;
  for (let gap = bucket - next <= SHORT_GAP ? next : bucket; gap < bucket; gap++) {
    changed[count] = gap;
    changes[count++] = 0;
  }
  changed[count] = bucket;
  changes[count++] = times;
  return count;
}

/** The bits of the columns that are not 0; `from` is the place of the first. */
export function bitsOf(columns: Float64Array, count: number, from: number = 0): number {
  let bits = 0;
  for (let i = 0; i < count; i++) if (columns[from + i] !== 0) bits |= 1 << i;
  return bits;
}

/** Begins a record of rows. @param metrics - Recorded since the one before. */
export function beginRows(
  out: Encoder,
  flags: number,
  sinceMs: number,
  atMs: number,
  hour: number,
  metrics: number,
): void {
  out.begin(ROWS_RECORD);
  out.byte(flags);
  out.uint(sinceMs);
  out.uint(atMs);
  out.uint(hour);
  out.int(metrics);
}

/** The head of a row: site, mask, and columns. */
export function writeColumns(
  out: Encoder,
  gap: number,
  parts: number,
  bits: number,
  columns: Float64Array,
  from: number = 0,
): void {
  out.uint(gap);
  out.uint(parts + (bits >>> 0) * (1 << FIRST_COLUMN_BIT)); // more than 32 bits
  out.columns(bits, columns, from);
}

/**
 * Buckets in rising order: how many, the first one's number, then for each its count doubled. Where it does not lie
 * beside the one before that is 1 more, and the number of buckets between them, less 1, follows.
 */
export function writeBuckets(out: Encoder, buckets: Int32Array, times: Float64Array, count: number): void {
  out.uint(count);
  let next = buckets[0] as number;
  out.int(next);
  for (let i = 0; i < count; i++) {
    const distance = (buckets[i] as number) - next;
    out.uint(2 * (times[i] as number) + (distance > 0 ? 1 : 0));
    if (distance > 0) out.uint(distance - 1);
    next = (buckets[i] as number) + 1;
  }
}

/** Closed hours, oldest first: how many, then of each the distance to the one before, and the calls. Hour 0: all sooner ones. */
export function writeHours(out: Encoder, hours: readonly ClosedHour[], sooner: number): void {
  out.uint(hours.length + (sooner > 0 ? 1 : 0));
  if (sooner > 0) {
    out.uint(0);
    out.uint(sooner);
  }
  let before = 0;
  for (let i = 0; i < hours.length; i++) {
    const pair = hours[i] as ClosedHour;
    out.uint(pair[0] - before);
    out.uint(pair[1]);
    before = pair[0];
  }
}
