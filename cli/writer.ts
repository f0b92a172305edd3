import type {
  ClockRecord,
  EndRecord,
  HeadRecord,
  JournalSite,
  SiteAggregate,
  Usage,
  UsageRecord,
} from '../runtime/record.ts';
import type { FileRecord, ReadOutcome, RowsRecord } from './file-record.ts';
import { readJournalFile } from './read.ts';
import { callsOf, clearSums, emptySums, readRows, type RowSums } from './rows.ts';

/** What one process or thread has written: the last state of each of its sites. Holds until the next file is read. */
export interface WriterState {
  readonly head: HeadRecord;
  /** Of the sites that have any, by number; of version 1 none. */
  readonly sums: readonly (RowSums | undefined)[];
  /** Of version 1. */
  readonly aggregates: ReadonlyMap<number /* site id */, SiteAggregate>;
  /** Calls by hour. */
  readonly hours: readonly HourCalls[];
  /** Metrics recorded. */
  readonly metrics: number;
  /** What the runtime could not do: code to number of times. */
  readonly diagnostics: ReadonlyMap<string, number>;
  /** Epoch milliseconds of the last record that carries a time. */
  readonly lastAt: number;
  readonly end: EndRecord | undefined;
  readonly clock: ClockRecord | undefined;
  /** What measuring took. */
  readonly usage: Usage | undefined;
  /** Whether a whole state was read; a segment without one supersedes nothing. */
  readonly isWhole: boolean;
  /** The site of that number, if it was named. */
  siteOf(id: number): JournalSite | undefined;
}

/** Calls of one site in one hour. */
export interface HourCalls {
  readonly site: number;
  /** Since the epoch. */
  readonly hour: number;
  readonly calls: number;
}

/** Sums by site number, used again for each file: their number is that of the sites of the largest file. */
const pool: RowSums[] = [];

/** The state under construction; one object for all records of a file. */
class WriterFold implements WriterState {
  readonly head: HeadRecord;
  readonly sums: (RowSums | undefined)[] = [];
  readonly aggregates: Map<number, SiteAggregate> = new Map();
  readonly hours: HourCalls[] = [];
  diagnostics: ReadonlyMap<string, number> = new Map();
  metrics = 0;
  isWhole = false;
  lastAt: number;
  end: EndRecord | undefined = undefined;
  clock: ClockRecord | undefined = undefined;
  usage: UsageRecord | undefined = undefined;
  private readonly sites: JournalSite[] = [];
  /** Version 1 numbers them as it likes. */
  private readonly oldSites: Map<number, JournalSite> = new Map();
  /** Calls of the hour that is running, by site. */
  private thisHour: number[] = [];
  private hour = -1;
  /** More of a state is to come. */
  private isContinued = false;

  constructor(head: HeadRecord) {
    this.head = head;
    this.lastAt = head.startedAt;
  }

  add(record: FileRecord): void {
    switch (record.t) {
      case 'site':
        this.oldSites.set(record.id, record);
        break;
      case 'sites':
        for (const site of record.sites) this.sites.push(site);
        break;
      case 'rows':
        this.addRows(record);
        break;
      case 'agg':
        this.isWhole = true;
        // Cumulative: the last one of a site says all.
        for (const aggregate of record.sites) this.aggregates.set(aggregate.id, aggregate);
        this.metrics = record.metrics;
        this.heardAt(record.at);
        break;
      case 'diag':
        this.diagnostics = new Map(Object.entries(record.counts));
        break;
      case 'clock':
        this.clock = record;
        break;
      case 'usage':
        this.usage = record;
        break;
      case 'end':
        this.heardAt(record.at);
        this.end = record;
        break;
      case 'metrics': // exporters of single calls read them themselves
      case 'bucket': // and views over time, those
      case 'head':
        break;
    }
  }

  siteOf(id: number): JournalSite | undefined {
    return this.sites[id] ?? this.oldSites.get(id);
  }

  /** What comes after an end was measured by a program that stopped and started again. */
  private heardAt(atMs: number): void {
    this.end = undefined;
    this.lastAt = Math.max(this.lastAt, atMs);
  }

  private addRows(record: RowsRecord): void {
    this.heardAt(record.atMs);
    if (record.isState && !this.isContinued) this.forget();
    this.isContinued = record.isState && record.hasMore;
    this.metrics += record.metrics;
    if (record.hour !== this.hour) this.closeHour(record.hour);
    let calls = 0;
    readRows(
      record,
      this.sites.length,
      (site) => {
        const sums = this.sumsOf(site);
        calls = callsOf(sums.columns);
        return sums;
      },
      (site, sums) => this.addHours(site, sums, callsOf(sums.columns) - calls),
    );
    if (record.isState && !record.hasMore) this.isWhole = true;
  }

  /** A whole state follows: it says everything again. */
  private forget(): void {
    this.sums.length = this.hours.length = this.thisHour.length = 0;
    this.metrics = 0;
    this.hour = -1;
  }

  private sumsOf(site: number): RowSums {
    const known = this.sums[site];
    if (known !== undefined) return known;
    while (this.sums.length <= site) this.sums.push(undefined);
    while (pool.length <= site) pool.push(emptySums());
    const sums = pool[site] as RowSums;
    clearSums(sums);
    this.sums[site] = sums;
    return sums;
  }

  private addHours(site: number, sums: RowSums, added: number): void {
    let calls = added;
    const closed = sums.hours;
    if (closed !== undefined) {
      for (let i = 0; i < closed.length; i += 2) {
        const pair = { site, hour: closed[i] ?? 0, calls: closed[i + 1] ?? 0 };
        this.hours.push(pair);
        calls -= pair.calls;
      }
      sums.hours = undefined;
    }
    while (this.thisHour.length <= site) this.thisHour.push(0);
    this.thisHour[site] = (this.thisHour[site] ?? 0) + calls;
  }

  /** Calls from here on count for that hour. */
  closeHour(next: number): void {
    const { hour } = this;
    if (hour >= 0) {
      this.thisHour.forEach((calls, site) => {
        if (calls !== 0) this.hours.push({ site, hour, calls });
      });
    }
    this.thisHour.fill(0);
    this.hour = next;
  }
}

/**
 * Reads the state of a file's writer.
 *
 * @returns no state where the file has no head; `outcome.dropped` tells what was not read
 */
export function readWriter(path: string): { readonly state?: WriterState; readonly outcome: ReadOutcome } {
  let fold: WriterFold | undefined;
  const visit = (record: FileRecord): void => {
    if (fold !== undefined) fold.add(record);
    else if (record.t === 'head') fold = new WriterFold(record);
  };
  const outcome = readJournalFile(path, visit, 'last-state');
  fold?.closeHour(-1);
  return fold === undefined ? { outcome } : { state: fold, outcome };
}
