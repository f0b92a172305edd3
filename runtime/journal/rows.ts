/**
 * Rows: what has changed of a site since the last row of it, in some ten bytes for a quiet site and a hundred for a busy
 * one. Everything goes by index and into arrays that are there already.
 */
import { columnsOf } from './columns.ts';
import type { Encoder } from './encoder.ts';
import type { Histogram } from '../tally/histogram.ts';
import { callsBeforeHours, callsThisHour } from '../tally/hours.ts';
import {
  COLUMNS,
  HAS_ERROR,
  HAS_HISTOGRAM,
  HAS_HOURS,
  HAS_TREND,
  LAST_ERROR_AT,
  STOOD_FOR,
  TIMED,
  ZEROES,
} from '../format/layout.ts';
import type { Site } from '../call/site.ts';
import { bitsOf, changed, changes, noteBucket, writeBuckets, writeColumns, writeHours } from './row-parts.ts';
import { Slab } from './slab.ts';
import type { OngoingCalls } from '../call/ongoing.ts';

/** Behind a site's columns in {@link Written.rows}: monotonic milliseconds of its last error. */
const ERROR_MS = COLUMNS;
/** Not 0: calls were timed since the trend was written. */
const TREND_IS_OLD = COLUMNS + 1;

/** What was last written of each site; of the histograms it is told beside their counts. */
export class Written {
  readonly rows: Slab = new Slab(COLUMNS + 2);

  /** Whether calls were timed since the trend of a site was written. */
  isTrendOld(site: number): boolean {
    const place = this.rows.placeOf(site);
    return this.rows.numbers[place + TREND_IS_OLD] !== 0;
  }

  /** Nothing was written. */
  clear(sites: readonly Site[]): void {
    this.rows.numbers.fill(0);
    for (const { tally } of sites) if (tally.isOpen) tally.histogram.untell();
  }
}

/** Told what was added since the last row: nothing of it may be kept. */
export interface RowListener {
  /** There will be rows of so many sites at most. */
  reserve(sites: number): void;
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
  ongoing: OngoingCalls | undefined,
  written: Written,
  isWhole: boolean,
  hasTrend: boolean,
  listener: RowListener,
): void {
  const { tally, index } = site;
  const place = written.rows.placeOf(index);
  const known = written.rows.numbers;
  columnsOf(site, ongoing, now);
  // The same error has the same time, however the two clocks stand to each other by now.
  if (tally.lastErrorMs === known[place + ERROR_MS])
    now[LAST_ERROR_AT] = known[place + LAST_ERROR_AT] as number;
  known[place + ERROR_MS] = tally.lastErrorMs;
  const { histogram } = tally;
  const addedBits = noteColumns(known, place);
  const times = (added[TIMED] as number) + (added[STOOD_FOR] as number) - (added[ZEROES] as number);
  let count = histogram.takeAdded(changed, changes, times);
  listener.added(index, addedBits, added, changed, changes, count);
  if (isWhole) count = noteAll(histogram);

  const bits = isWhole ? bitsOf(now, COLUMNS) : addedBits;
  let mask = count > 0 ? HAS_HISTOGRAM : 0;
  if (added[TIMED] !== 0) known[place + TREND_IS_OLD] = 1;
  if (isWhole || (hasTrend && known[place + TREND_IS_OLD] !== 0)) {
    if (tally.trendInto(trend)) mask |= HAS_TREND;
    known[place + TREND_IS_OLD] = 0;
  }
  if ((isWhole || added[LAST_ERROR_AT] !== 0) && tally.lastError !== undefined) mask |= HAS_ERROR;
  if (isWhole && tally.calls !== callsThisHour(tally)) mask |= HAS_HOURS;
  writeColumns(out, gap, mask, bits, isWhole ? now : added);
  if (count > 0) writeBuckets(out, changed, changes, count);
  if ((mask & HAS_TREND) !== 0) for (let i = 0; i < 6; i++) out.float(trend[i] as number);
  if ((mask & HAS_ERROR) !== 0) out.text(tally.lastError as string);
  if ((mask & HAS_HOURS) !== 0) writeHours(out, tally.hours, callsBeforeHours(tally));
}

/** Notes what was added to the columns, and takes it over. Returns the bits of those that have changed. */
function noteColumns(known: Float64Array, place: number): number {
  let bits = 0;
  for (let i = 0; i < COLUMNS; i++) {
    const value = now[i] as number;
    const change = value - (known[place + i] as number);
    added[i] = change;
    if (change === 0) continue;
    known[place + i] = value;
    bits |= 1 << i;
  }
  return bits;
}

/** Notes all buckets that are not empty. Returns how many were noted. */
function noteAll(histogram: Histogram): number {
  let count = 0;
  histogram.visit((bucket, times) => {
    count = noteBucket(count, bucket, times);
  });
  return count;
}
