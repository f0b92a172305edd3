import type {
  ClockRecord,
  EndRecord,
  HeadRecord,
  JournalSite,
  MetricsRecord,
  SiteAggregate,
  Usage,
  UsageRecord,
} from '../../runtime/format/record.ts';
import type { FileRecord, ReadOutcome, RowsRecord } from './file-record.ts';
import { LazyMetrics } from './metrics.ts';
import { readJournalFile } from './read.ts';
import { callsOf, checkSums, clearColumns, emptySums, RowReader, type RowSums } from './rows.ts';
import { Window } from './window.ts';

/** What one process or thread has written: the last state of each of its sites. Holds until the next file is read. */
export interface WriterState {
  readonly head: HeadRecord;
  /** Of the sites that have any, by number; of version 1 none. */
  readonly sums: readonly (RowSums | undefined)[];
  /** Of version 1. */
  readonly aggregates: ReadonlyMap<number /* site id */, SiteAggregate>;
  /** Epoch milliseconds of the first record with rows. */
  readonly firstAt: number;
  /** Recent metrics; hold until the next file is read. None where a file is too large for that. */
  readonly recent: readonly MetricsRecord[];
  /** Calls by hour, of hours that were over. */
  readonly hours: readonly HourCalls[];
  /** Since the epoch: the hour that was running. */
  readonly hour: number;
  /** What was added interval by interval; hold until the next file is read. Absent in version 1 and where a file is too large for that. */
  readonly intervals: readonly RowsRecord[] | undefined;
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
  /** Its calls in the hour that was running. */
  callsThisHour(id: number): number;
}

/** Calls of one site in one hour. */
export interface HourCalls {
  readonly site: number;
  /** Since the epoch. */
  readonly hour: number;
  readonly calls: number;
}

/** Where the buckets of a site are added: to what is there of other writers already, so that nothing is copied. */
export type BucketsOf = (site: JournalSite, id: number, head: HeadRecord) => Window;

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
  intervals: RowsRecord[] | undefined = [];
  recent: MetricsRecord[] = [];
  firstAt = -1;
  /** Calls of hours that are over, by site. */
  private readonly closed = new Map<number, number>();
  hour = -1;
  private readonly sites: JournalSite[] = [];
  private readonly bucketsOf: BucketsOf;
  /** The first state is not complete yet. */
  private isBeginning = true;
  /** Version 1 numbers them as it likes. */
  private readonly oldSites: Map<number, JournalSite> = new Map();
  constructor(head: HeadRecord, bucketsOf: BucketsOf) {
    this.head = head;
    this.bucketsOf = bucketsOf;
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
      case 'metrics':
        this.recent.push(record);
        break;
      case 'bucket': // views over time read those themselves
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

  /** The file's bytes are not there any more. */
  forgetBytes(): void {
    this.intervals = undefined;
    if (this.recent.some((record) => record instanceof LazyMetrics)) this.recent = [];
  }

  private addRows(record: RowsRecord): void {
    if (this.firstAt < 0) this.firstAt = record.atMs;
    // The first state of a writer's first segment is what was added since it began; others repeat what was said before.
    if (!record.isState || this.isBeginning) this.intervals?.push(record);
    this.isBeginning &&= record.isState && record.hasMore;
    if (record.isSuperseded) return;
    this.heardAt(record.atMs);
    this.metrics += record.metrics;
    if (record.hour !== this.hour) this.closeHour(record.hour);
    for (let id = reader.begin(record, this.sites.length); id >= 0; id = reader.next()) {
      const sums = this.sumsOf(id);
      reader.addTo(sums);
      checkSums(sums);
      if (sums.hours !== undefined) this.addHours(id, sums);
    }
    if (record.isState && !record.hasMore) this.isWhole = true;
  }

  private sumsOf(id: number): RowSums {
    const known = this.sums[id];
    if (known !== undefined) return known;
    while (this.sums.length <= id) this.sums.push(undefined);
    while (pool.length <= id) pool.push(emptySums());
    const sums = pool[id] as RowSums;
    clearColumns(sums);
    sums.buckets = this.bucketsOf(this.sites[id] as JournalSite, id, this.head);
    this.sums[id] = sums;
    return sums;
  }

  private addHours(site: number, sums: RowSums): void {
    const closed = sums.hours ?? [];
    for (let i = 0; i < closed.length; i += 2) this.closeFor(site, closed[i] ?? 0, closed[i + 1] ?? 0);
    sums.hours = undefined;
  }

  /** Calls from here on count for that hour. */
  private closeHour(next: number): void {
    const { hour } = this;
    if (hour >= 0) this.sums.forEach((_, site) => this.closeFor(site, hour, this.callsThisHour(site)));
    this.hour = next;
  }

  private closeFor(site: number, hour: number, calls: number): void {
    if (calls === 0) return;
    this.hours.push({ site, hour, calls });
    this.closed.set(site, (this.closed.get(site) ?? 0) + calls);
  }

  callsThisHour(site: number): number {
    const sums = this.sums[site];
    if (sums === undefined) return 0;
    return callsOf(sums.columns) - (this.closed.size === 0 ? 0 : (this.closed.get(site) ?? 0));
  }
}

const reader = new RowReader();

/**
 * Reads the state of a file's writer.
 *
 * @param bucketsOf where the histograms go
 * @returns no state where the file has no head; `outcome.dropped` tells what was not read
 */
export function readWriter(
  path: string,
  bucketsOf: BucketsOf = () => new Window(),
): { readonly state?: WriterState; readonly outcome: ReadOutcome } {
  let fold: WriterFold | undefined;
  const visit = (record: FileRecord): void => {
    if (fold !== undefined) fold.add(record);
    else if (record.t === 'head') fold = new WriterFold(record, bucketsOf);
  };
  const outcome = readJournalFile(path, visit, 'last-state');
  if (fold === undefined) return { outcome };
  if (outcome.isHeld !== true) fold.forgetBytes();
  return { state: fold, outcome };
}
