import {
  BELOW_THRESHOLD,
  COLUMNS,
  CPU_SAMPLES,
  ERRORS,
  FIRST_COLUMN_BIT,
  HAS_ERROR,
  HAS_HISTOGRAM,
  HAS_HOURS,
  HAS_TREND,
  HEAP_SAMPLES,
  OVERLAPPING,
  RSS_SAMPLES,
  SPREAD,
  STOOD_FOR,
  TIMED,
  TOTAL,
  UNREPRESENTED,
} from '../../runtime/format/layout.ts';
import { Window } from './window.ts';
import { Cursor, Malformed } from './cursor.ts';

/** What rows of one site add up to. */
export interface RowSums {
  readonly columns: Float64Array;
  /** Bits of the columns that were added to: all others are 0. */
  bits: number;
  /** Of the scale that the rows have. */
  buckets: Window;
  readonly trend: Float64Array;
  hasTrend: boolean;
  error: string | undefined;
  /** Closed hours and their calls, one behind the other: only of rows that hold the whole state. */
  hours: number[] | undefined;
}

/** Sums of nothing. */
export function emptySums(): RowSums {
  return {
    columns: new Float64Array(COLUMNS),
    bits: 0,
    buckets: new Window(),
    trend: new Float64Array(6),
    hasTrend: false,
    error: undefined,
    hours: undefined,
  };
}

/** Makes them sums of nothing again, the buckets apart. */
export function clearColumns(sums: RowSums): void {
  const { columns } = sums;
  for (let bits = sums.bits; bits !== 0; bits &= bits - 1) columns[31 - Math.clz32(bits & -bits)] = 0;
  sums.bits = 0;
  sums.hasTrend = false;
  sums.error = sums.hours = undefined;
}

/** Makes them sums of nothing again. */
export function clearSums(sums: RowSums): void {
  clearColumns(sums);
  sums.buckets.clear();
}

/** Nanoseconds as powers of two lie within ±64, far beyond any clock; at 32 buckets to a doubling. */
const FARTHEST_BUCKET = 64 * 32;
/** No more than these lie between the farthest ones. */
const MOST_BUCKETS = 2 * FARTHEST_BUCKET + 1;
const TOO_FAR = 'a bucket beyond any duration';
/** Hours that a site's calls are kept by, with room to spare. */
const MOST_HOURS = 64;

/** The rows of a record: where they stand in the buffer that is being read, so only until the next record. */
export interface Rows {
  readonly bytes: Buffer;
  readonly begin: number;
  readonly end: number;
}

/** Calls that columns tell of. */
export function callsOf(columns: Float64Array): number {
  return representedIn(columns) + (columns[UNREPRESENTED] as number);
}

/** Those of them that the timed ones stand for. */
export function representedIn(columns: Float64Array): number {
  return (columns[TIMED] as number) + (columns[STOOD_FOR] as number);
}

/** Columns that are sums of what is never negative. @throws Malformed where one is */
export function checkSums({ columns }: RowSums): void {
  for (const column of NEVER_NEGATIVE) {
    if ((columns[column] as number) < 0) throw new Malformed('less than none');
  }
}

const NEVER_NEGATIVE = [
  TIMED,
  ERRORS,
  BELOW_THRESHOLD,
  RSS_SAMPLES,
  HEAP_SAMPLES,
  CPU_SAMPLES,
  OVERLAPPING,
  SPREAD,
] as const;

/**
 * The rows of a record, one after the other:
 *
 * @example
 *   for (let site = reader.begin(rows, count); site >= 0; site = reader.next()) reader.addTo(sums[site]);
 */
export class RowReader {
  private readonly from = new Cursor();
  private site = -1;
  private count = 0;

  /**
   * Begins with the first row. Returns its site, -1 where there is none.
   *
   * @param count sites named so far: a row of another one is malformed
   * @throws Malformed
   */
  begin({ bytes, begin, end }: Rows, count: number): number {
    this.from.moveTo(bytes, begin, end);
    this.site = -1;
    this.count = count;
    return this.next();
  }

  /** Goes on to the next row, after one of the methods below. Returns its site, -1 at the end. @throws Malformed */
  next(): number {
    if (this.from.isAtEnd) return -1;
    this.site += 1 + this.from.uint();
    if (this.site >= this.count) throw new Malformed('a row of a site without a name');
    return this.site;
  }

  /**
   * Reads how many calls the row tells of and how long they took. Passes over the rest.
   *
   * @param columns of these `TIMED`, `TOTAL`, `STOOD_FOR` and `UNREPRESENTED` hold then; the others are rubbish
   * @throws Malformed
   */
  readCalls(columns: Float64Array): void {
    const { from } = this;
    columns[TIMED] = columns[TOTAL] = columns[STOOD_FOR] = columns[UNREPRESENTED] = 0;
    const mask = from.uint();
    from.addColumns(bitsIn(mask), columns);
    if (mask >= FIRST_UNKNOWN_MASK) passUnknown(from, mask);
    if ((mask & HAS_HISTOGRAM) !== 0) passBuckets(from);
    if ((mask & HAS_TREND) !== 0) from.at += TREND_BYTES;
    if ((mask & HAS_ERROR) !== 0) from.passText();
    if ((mask & HAS_HOURS) !== 0) readHours(from);
  }

  /** Adds the row to the sums of its site. @throws Malformed */
  addTo(sums: RowSums): void {
    const { from } = this;
    const mask = from.uint();
    const bits = bitsIn(mask);
    sums.bits |= bits;
    from.addColumns(bits, sums.columns);
    if (mask >= FIRST_UNKNOWN_MASK) passUnknown(from, mask);
    if ((mask & HAS_HISTOGRAM) !== 0) readBuckets(from, sums.buckets);
    if ((mask & HAS_TREND) !== 0) {
      from.floats(sums.trend);
      sums.hasTrend = true;
    }
    if ((mask & HAS_ERROR) !== 0) sums.error = from.text();
    if ((mask & HAS_HOURS) !== 0) sums.hours = readHours(from);
  }
}

/** Those of the columns that are known: an integer has no more. */
function bitsIn(mask: number): number {
  return Math.floor(mask / (1 << FIRST_COLUMN_BIT)) | 0;
}

/** Masks from here on name columns of a later version. */
const FIRST_UNKNOWN_MASK = 2 ** (FIRST_COLUMN_BIT + COLUMNS);

/** Six floats. */
const TREND_BYTES = 24;

function passUnknown(from: Cursor, mask: number): void {
  // By two's powers and not by shifts: there may be more than 31.
  for (let rest = Math.floor(mask / FIRST_UNKNOWN_MASK); rest > 0; rest = Math.floor(rest / 2))
    if (rest % 2 === 1) from.int();
}

/** Bits of a token that say that more follows: a longer count, or a distance. */
const HAS_MORE_BYTES = 0x81;

/**
 * Adds buckets to a window. A large part of the time that a report takes is spent here. So nothing but small integers is
 * in the loop; four buckets beside each other are added at once, as the place of each would otherwise have to wait for the
 * one before; and there is no branch on whether a single bucket lies beside the one before, which is anybody's guess.
 */
function readBuckets(from: Cursor, buckets: Window): void {
  const { bytes } = from;
  const count = from.uint();
  const first = from.int();
  if (count > MOST_BUCKETS || first < -FARTHEST_BUCKET) throw new Malformed(TOO_FAR);
  if (count === 0) return;
  let left = count | 0;
  let i = roomFor(buckets, first, left);
  let { counts } = buckets;
  let at = from.at;
  for (; left > 0; left--) {
    while (left > 4 && i + left <= counts.length) {
      const a = bytes[at] as number;
      const b = bytes[at + 1] as number;
      const c = bytes[at + 2] as number;
      const d = bytes[at + 3] as number;
      if (((a | b | c | d) & HAS_MORE_BYTES) !== 0) break;
      counts[i] = (counts[i] as number) + (a >> 1);
      counts[i + 1] = (counts[i + 1] as number) + (b >> 1);
      counts[i + 2] = (counts[i + 2] as number) + (c >> 1);
      counts[i + 3] = (counts[i + 3] as number) + (d >> 1);
      i += 4;
      at += 4;
      left -= 4;
    }
    // Behind the buffer there is nothing, which counts as 0; behind the record something, which its reader finds.
    const token = bytes[at] as number;
    const isApart = token & 1;
    const gap = (bytes[at + 1] as number) & -isApart;
    i += gap + isApart;
    if ((token | gap) >= 128 || i + left > counts.length) {
      from.at = at;
      i = readLongBucket(from, buckets, i - gap - isApart, left);
      ({ at } = from);
      ({ counts } = buckets);
      continue;
    }
    at += 1 + isApart;
    counts[i] = (counts[i] as number) + (token >> 1);
    i++;
  }
  from.at = at;
}

/** Passes over buckets, as {@link readBuckets} reads them. */
function passBuckets(from: Cursor): void {
  const { bytes } = from;
  let left = from.uint();
  from.int();
  if (left > MOST_BUCKETS) throw new Malformed(TOO_FAR);
  let at = from.at;
  for (; left > 0; left--) {
    const token = bytes[at] as number;
    const isApart = token & 1;
    const gap = (bytes[at + 1] as number) & -isApart;
    at += 1 + isApart;
    if ((token | gap) < 128) continue;
    from.at = at - 1 - isApart;
    if (from.uint() % 2 === 1) from.uint();
    ({ at } = from);
  }
  from.at = at;
}

/** One whose count or distance takes several bytes, or for which there is no room yet. Returns the place behind it. */
function readLongBucket(from: Cursor, buckets: Window, place: number, left: number): number {
  const token = from.uint();
  let i = place;
  if (token % 2 === 1) i = roomFor(buckets, buckets.offset + i + from.uint() + 1, left);
  const { counts } = buckets;
  counts[i] = (counts[i] as number) + Math.floor(token / 2);
  return i + 1;
}

/** Makes room for so many buckets from one on. Returns the place of the first. */
function roomFor(buckets: Window, bucket: number, count: number): number {
  const place = bucket - buckets.offset;
  if (place >= 0 && place + count <= buckets.counts.length) return place | 0;
  if (bucket + count > FARTHEST_BUCKET + 1) throw new Malformed(TOO_FAR);
  buckets.add(bucket, 0);
  buckets.add(bucket + count - 1, 0);
  return (bucket - buckets.offset) | 0;
}

function readHours(from: Cursor): number[] {
  const count = from.uint();
  if (count > MOST_HOURS) throw new Malformed('too many hours');
  const hours: number[] = [];
  for (let i = 0, hour = 0; i < count; i++) {
    hour += from.uint();
    hours.push(hour, from.uint());
  }
  return hours;
}
