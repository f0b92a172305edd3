/** What writers that have ended add up to: written as one whole state, as if one writer had measured it all. */
import type { Decoder } from './decoder.ts';
import type { EndedWriter, RowsRecord } from './ended-writer.ts';
import type { Encoder } from '../journal/encoder.ts';
import {
  COLUMNS,
  FIRST_COLUMN_BIT,
  HAS_ERROR,
  HAS_HISTOGRAM,
  HAS_HOURS,
  HAS_MORE,
  HAS_TREND,
  IN_FLIGHT,
  IS_STATE,
  LAST_ERROR_AT,
  MAX,
  MIN,
  STOOD_FOR,
  SUM_BITS,
  TIMED,
  UNREPRESENTED,
} from '../format/layout.ts';
import type { JournalSite } from '../format/record.ts';
import { nameSites } from '../journal/site-names.ts';
import {
  beginRows,
  bitsOf,
  changed,
  changes,
  noteBucket,
  writeBuckets,
  writeColumns,
  writeHours,
} from '../journal/row-parts.ts';
import { type ClosedHour, HOURS_KEPT } from '../format/hours.ts';
import { addSpreadOfOutermost, addSpreadOfTotal, tellMeanByTotal } from '../journal/total-estimates.ts';
import { addMoments } from '../tally/trend.ts';
import { Windows } from '../journal/windows.ts';

/** Those of a row's parts that are not numbers of columns, or buckets. */
interface Rest {
  readonly columns: Float64Array;
  /** Variance of the totals that bursts tell. */
  toldSpread: number;
  trend: Float64Array | undefined;
  error: string | undefined;
  /** Calls by hour since the epoch. */
  readonly hours: Map<number, number>;
}

function emptyRest(): Rest {
  return {
    columns: new Float64Array(COLUMNS),
    toldSpread: 0,
    trend: undefined,
    error: undefined,
    hours: new Map(),
  };
}

/** Sums of several writers by function. */
export class RolledSums {
  readonly #sites: JournalSite[] = [];
  readonly #numbers: Map<string, number> = new Map();
  readonly #sums: Rest[] = [];
  readonly #buckets: Windows = new Windows();
  #hour: number = 0;
  #metrics: number = 0;

  /** Adds what a writer has measured. Throws where its file holds what this version does not know: nothing of this may be used then. */
  add({ sites, records }: EndedWriter): void {
    const own: Rest[] = [];
    for (const record of records) {
      this.#metrics += record.metrics;
      this.#hour = Math.max(this.#hour, record.hour);
      this.#read(record, sites, own);
    }
    // By index, and not with `forEach`: some were never called.
    for (let i = 0; i < own.length; i++) {
      const rest = own[i];
      if (rest) this.#merge(this.#sums[this.#numberOf(sites[i] as JournalSite)] as Rest, rest);
    }
  }

  /** Writes all of it: the names of the functions, and a whole state. */
  write(out: Encoder, sinceMs: number, atMs: number): void {
    nameSites(out, this.#sites, (site) => site);
    beginRows(out, IS_STATE, sinceMs, atMs, this.#hour, this.#metrics);
    for (let i = 0, gap = 0; i < this.#sites.length; i++, gap = 0) {
      if (out.isLong) {
        out.flag(HAS_MORE);
        out.end();
        beginRows(out, IS_STATE, sinceMs, atMs, this.#hour, 0);
        gap = i;
      }
      out.room();
      this.#writeRow(out, gap, i);
    }
    out.end();
  }

  #read({ rows, hour }: RowsRecord, sites: readonly JournalSite[], own: Rest[]): void {
    for (let i = -1; !rows.isAtEnd;) {
      i += 1 + rows.uint();
      const number = this.#numberOf(sites[i]);
      const rest = (own[i] ??= emptyRest());
      const mask = rows.uint();
      if (mask >= 2 ** (FIRST_COLUMN_BIT + COLUMNS)) throw new RangeError('a column of a later version');
      const before = callsOf(rest);
      for (let bits = Math.floor(mask / (1 << FIRST_COLUMN_BIT)); bits !== 0; bits &= bits - 1) {
        const column = 31 - Math.clz32(bits & -bits);
        rest.columns[column] = (rest.columns[column] as number) + rows.int();
      }
      if ((mask & HAS_HISTOGRAM) !== 0) this.#readBuckets(rows, number);
      if ((mask & HAS_TREND) !== 0) rest.trend = Float64Array.from({ length: 6 }, () => rows.float());
      if ((mask & HAS_ERROR) !== 0) rest.error = rows.text();
      let calls = callsOf(rest) - before;
      for (let left = (mask & HAS_HOURS) === 0 ? 0 : rows.uint(), at = 0; left > 0; left--) {
        at += rows.uint();
        const closed = rows.uint();
        addTo(rest.hours, at, closed);
        calls -= closed;
      }
      addTo(rest.hours, hour, calls);
    }
  }

  #readBuckets(rows: Decoder, number: number): void {
    const count = rows.uint();
    let bucket = rows.int();
    for (let i = 0; i < count; i++) {
      const token = rows.uint();
      if (token % 2 === 1) bucket += rows.uint() + 1;
      changed[i] = bucket++;
      changes[i] = Math.floor(token / 2);
    }
    this.#buckets.add(number, changed, changes, count, 0);
  }

  #numberOf(site: JournalSite | undefined): number {
    if (site === undefined) throw new RangeError('a row of a function without a name');
    const known = this.#numbers.get(site.name);
    if (known !== undefined) {
      this.#sites[known] = site; // the newest tells the place
      return known;
    }
    this.#numbers.set(site.name, this.#sites.length);
    this.#sums.push(emptyRest());
    this.#buckets.reserve(this.#sites.push(site));
    return this.#sites.length - 1;
  }

  #merge(to: Rest, { columns, trend, error, hours }: Rest): void {
    const own = to.columns;
    if ((columns[TIMED] as number) > 0) {
      if (own[TIMED] === 0 || (columns[MIN] as number) < (own[MIN] as number))
        own[MIN] = columns[MIN] as number;
      own[MAX] = Math.max(own[MAX] as number, columns[MAX] as number);
    }
    addSpreadOfOutermost(columns, own, to.toldSpread);
    for (let i = 0; i < COLUMNS; i++)
      if ((SUM_BITS & (1 << i)) !== 0) own[i] = (own[i] as number) + (columns[i] as number);
    to.toldSpread += tellMeanByTotal(columns, own);
    own[IN_FLIGHT] = 0; // what has not ended never will
    if (error !== undefined && (columns[LAST_ERROR_AT] as number) >= (own[LAST_ERROR_AT] as number)) {
      own[LAST_ERROR_AT] = columns[LAST_ERROR_AT] as number;
      to.error = error;
    }
    if (trend) addMoments((to.trend ??= new Float64Array(6)), trend);
    for (const [hour, calls] of hours) addTo(to.hours, hour, calls);
  }

  #writeRow(out: Encoder, gap: number, number: number): void {
    const { columns, toldSpread, trend, error, hours } = this.#sums[number] as Rest;
    addSpreadOfTotal(columns, toldSpread);
    let count = 0;
    this.#buckets.visit(number, (bucket, times) => {
      count = noteBucket(count, bucket, times);
    });
    const mask =
      (count > 0 ? HAS_HISTOGRAM : 0) |
      (trend ? HAS_TREND : 0) |
      (error === undefined ? 0 : HAS_ERROR) |
      HAS_HOURS;
    writeColumns(out, gap, mask, bitsOf(columns, COLUMNS), columns);
    if (count > 0) writeBuckets(out, changed, changes, count);
    trend?.forEach((moment) => out.float(moment));
    if (error !== undefined) out.text(error);
    const closed = Array.from(hours).filter(([hour, calls]) => hour !== this.#hour && calls !== 0);
    const isKept = ([hour]: ClosedHour): boolean => hour > this.#hour - HOURS_KEPT;
    const sooner = closed.reduce((sum, pair) => (isKept(pair) ? sum : sum + pair[1]), 0);
    writeHours(
      out,
      closed.filter(isKept).toSorted(([a], [b]) => a - b),
      sooner,
    );
  }
}

function callsOf({ columns }: Rest): number {
  return (columns[TIMED] as number) + (columns[STOOD_FOR] as number) + (columns[UNREPRESENTED] as number);
}

function addTo(hours: Map<number, number>, hour: number, calls: number): void {
  hours.set(hour, (hours.get(hour) ?? 0) + calls);
}
