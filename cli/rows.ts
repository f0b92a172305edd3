import {
  COLUMNS,
  FIRST_COLUMN_BIT,
  HAS_ERROR,
  HAS_HISTOGRAM,
  HAS_HOURS,
  HAS_TREND,
  STOOD_FOR,
  TIMED,
  UNREPRESENTED,
} from '../runtime/layout.ts';
import { Window } from '../runtime/window.ts';
import { Cursor, Malformed } from './cursor.ts';

/** What rows of one site add up to. */
export interface RowSums {
  readonly columns: Float64Array;
  /** Of the scale that the rows have. */
  readonly buckets: Window;
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
    buckets: new Window(),
    trend: new Float64Array(6),
    hasTrend: false,
    error: undefined,
    hours: undefined,
  };
}

/** Makes them sums of nothing again. */
export function clearSums(sums: RowSums): void {
  sums.columns.fill(0);
  sums.buckets.clear();
  sums.hasTrend = false;
  sums.error = sums.hours = undefined;
}

/** Nanoseconds as powers of two lie within ±64, far beyond any clock; at 32 buckets to a doubling. */
const FARTHEST_BUCKET = 64 * 32;
const COLUMN_BITS = (1 << COLUMNS) - 1;
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
  return (columns[TIMED] as number) + (columns[STOOD_FOR] as number) + (columns[UNREPRESENTED] as number);
}

const cursor = new Cursor();

/**
 * Adds each row to the sums of its site.
 *
 * @param count sites named so far: a row of another one is malformed
 * @param sumsOf the sums that a site's row is added to
 * @param added called after each row
 * @throws Malformed
 */
export function readRows(
  rows: Rows,
  count: number,
  sumsOf: (site: number) => RowSums,
  added: (site: number, sums: RowSums) => void,
): void {
  cursor.moveTo(rows.bytes, rows.begin, rows.end);
  let site = -1;
  while (!cursor.isAtEnd) {
    site += 1 + cursor.uint();
    if (site >= count) throw new Malformed('a row of a site without a name');
    const sums = sumsOf(site);
    readRow(cursor, sums);
    added(site, sums);
  }
}

function readRow(from: Cursor, sums: RowSums): void {
  const mask = from.uint();
  const { columns } = sums;
  for (let bits = (mask / (1 << FIRST_COLUMN_BIT)) & COLUMN_BITS; bits !== 0; bits &= bits - 1) {
    const column = 31 - Math.clz32(bits & -bits);
    columns[column] = (columns[column] as number) + from.int();
  }
  // Those of a later version, by two's powers and not by shifts: there may be more than 31.
  for (let rest = Math.floor(mask / 2 ** (FIRST_COLUMN_BIT + COLUMNS)); rest > 0; rest = Math.floor(rest / 2))
    if (rest % 2 === 1) from.int();
  if ((mask & HAS_HISTOGRAM) !== 0) readBuckets(from, sums.buckets);
  if ((mask & HAS_TREND) !== 0) {
    for (let i = 0; i < 6; i++) sums.trend[i] = from.float();
    sums.hasTrend = true;
  }
  if ((mask & HAS_ERROR) !== 0) sums.error = from.text();
  if ((mask & HAS_HOURS) !== 0) sums.hours = readHours(from);
}

function readBuckets(from: Cursor, buckets: Window): void {
  let left = from.uint();
  let bucket = from.int();
  while (left-- > 0) {
    const token = from.uint();
    if ((token < 0x7fff_ffff ? token & 1 : token % 2) === 1) bucket += from.uint() + 1;
    if (bucket > FARTHEST_BUCKET || bucket < -FARTHEST_BUCKET)
      throw new Malformed('a bucket beyond any duration');
    buckets.add(bucket++, token < 0x7fff_ffff ? token >>> 1 : Math.floor(token / 2));
    if (from.at > from.end) throw new Malformed('the record ends early');
  }
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
