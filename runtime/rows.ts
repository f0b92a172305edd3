/**
 * Rows: what has changed of a site since the last row of it, in some ten bytes for a quiet site and a hundred for a busy
 * one. Everything goes by index and into arrays that are there already.
 */
import { columnsOf } from './columns.ts';
import type { Encoder } from './encoder.ts';
import {
  COLUMNS,
  FIRST_COLUMN_BIT,
  HAS_ERROR,
  HAS_HISTOGRAM,
  HAS_HOURS,
  HAS_TREND,
  LAST_ERROR_AT,
  TIMED,
} from './layout.ts';
import type { Site } from './site.ts';
import type { StackedCalls } from './snapshot.ts';

/** What was last written of a site. */
export interface Written {
  readonly columns: Float64Array;
  /** The histogram's counts, over the same window of buckets. */
  counts: Float64Array;
  offset: number;
  /** Monotonic milliseconds of the last error. */
  errorMs: number;
  /** Calls were timed since the trend was written. */
  isTrendOld: boolean;
}

/** Told what was added since the last row: nothing of it may be kept. */
export interface RowListener {
  /** @param bits - Which columns are not 0. */
  added(
    site: number,
    bits: number,
    columns: Float64Array,
    buckets: Int32Array,
    times: Float64Array,
    count: number,
  ): void;
}

const now = new Float64Array(COLUMNS);
const added = new Float64Array(COLUMNS);
const trend = new Float64Array(6);
/** The buckets that changed, and by how much. More than these no histogram has: doubles have 2,048 exponents. */
const changed = new Int32Array(1 << 16);
const changes = new Float64Array(1 << 16);

/** Nothing written of a site yet. */
export function nothingWritten(): Written {
  return {
    columns: new Float64Array(COLUMNS),
    counts: new Float64Array(0),
    offset: 0,
    errorMs: 0.5,
    isTrendOld: false,
  };
}

/**
 * Writes the row of a site and notes it as written.
 *
 * @param gap - Its number less that of the row before, less 1.
 * @param isWhole - The row holds all, not what was added since the last one.
 * @param hasTrend - The row may hold the trend, which takes as long to find as all the rest.
 */
export function writeRow(
  out: Encoder,
  gap: number,
  site: Site,
  stacked: StackedCalls | undefined,
  written: Written,
  isWhole: boolean,
  hasTrend: boolean,
  listener: RowListener,
): void {
  const { tally } = site;
  columnsOf(site, stacked, now);
  // The same error has the same time, however the two clocks stand to each other by now.
  if (tally.lastErrorMs === written.errorMs) now[LAST_ERROR_AT] = written.columns[LAST_ERROR_AT] as number;
  written.errorMs = tally.lastErrorMs;
  const { counts, offset } = tally.histogram;
  let count = noteChanges(counts, offset, written);
  const addedBits = noteColumns(written.columns);
  listener.added(site.index, addedBits, added, changed, changes, count);
  if (isWhole) count = noteAll(counts, offset);

  const bits = isWhole ? bitsOf(now, COLUMNS) : addedBits;
  let mask = count > 0 ? HAS_HISTOGRAM : 0;
  if (added[TIMED] !== 0) written.isTrendOld = true;
  if (isWhole || (hasTrend && written.isTrendOld)) {
    if (tally.trendInto(trend)) mask |= HAS_TREND;
    written.isTrendOld = false;
  }
  if ((isWhole || added[LAST_ERROR_AT] !== 0) && tally.lastError !== undefined) mask |= HAS_ERROR;
  if (isWhole && tally.hours.length > 0) mask |= HAS_HOURS;
  writeColumns(out, gap, mask, bits, isWhole ? now : added);
  if (count > 0) writeBuckets(out, changed, changes, count);
  if ((mask & HAS_TREND) !== 0) for (let i = 0; i < 6; i++) out.float(trend[i] as number);
  if ((mask & HAS_ERROR) !== 0) out.text(tally.lastError as string);
  if ((mask & HAS_HOURS) !== 0) writeHours(out, tally.hours);
}

/** Notes what was added to the columns, and takes it over. Returns the bits of those that have changed. */
function noteColumns(known: Float64Array): number {
  let bits = 0;
  for (let i = 0; i < COLUMNS; i++) {
    const value = now[i] as number;
    const change = value - (known[i] as number);
    added[i] = change;
    if (change === 0) continue;
    known[i] = value;
    bits |= 1 << i;
  }
  return bits;
}

/** Notes by how much buckets have grown, and takes that over. Returns how many there are. */
function noteChanges(counts: Float64Array, offset: number, written: Written): number {
  if (written.counts.length !== counts.length || written.offset !== offset)
    align(written, counts.length, offset);
  const known = written.counts;
  let count = 0;
  for (let i = 0; i < counts.length; i++) {
    const all = counts[i] as number;
    const before = known[i] as number;
    if (all === before) continue;
    known[i] = all;
    changed[count] = offset + i;
    changes[count++] = all - before;
  }
  return count;
}

/** The histogram's window has grown. */
function align(written: Written, length: number, offset: number): void {
  const larger = new Float64Array(length);
  if (written.counts.length > 0) larger.set(written.counts, written.offset - offset);
  written.counts = larger;
  written.offset = offset;
}

function noteAll(counts: Float64Array, offset: number): number {
  let count = 0;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] === 0) continue;
    changed[count] = offset + i;
    changes[count++] = counts[i] as number;
  }
  return count;
}

/** The bits of the columns that are not 0. */
export function bitsOf(columns: Float64Array, count: number): number {
  let bits = 0;
  for (let i = 0; i < count; i++) if (columns[i] !== 0) bits |= 1 << i;
  return bits;
}

/** The head of a row: site, mask, and columns. */
export function writeColumns(
  out: Encoder,
  gap: number,
  parts: number,
  bits: number,
  columns: Float64Array,
): void {
  out.uint(gap);
  out.uint(parts | (bits << FIRST_COLUMN_BIT));
  out.columns(bits, columns);
}

/**
 * Buckets in rising order: how many, the first one's number, then for each its count doubled. Where it does not lie
 * beside the one before that is 1 more, and the number of buckets between them, less 1, follows.
 */
export function writeBuckets(
  out: Encoder,
  buckets: ArrayLike<number>,
  times: ArrayLike<number>,
  count: number,
): void {
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

/** Closed hours, oldest first: how many, then of each the distance to the one before, and the calls. */
function writeHours(out: Encoder, hours: readonly (readonly [hour: number, calls: number])[]): void {
  out.uint(hours.length);
  let before = 0;
  for (let i = 0; i < hours.length; i++) {
    const pair = hours[i] as readonly [number, number];
    out.uint(pair[0] - before);
    out.uint(pair[1]);
    before = pair[0];
  }
}
