import { BUCKET_SHIFT, COLUMNS, ZEROES } from '../../runtime/format/layout.ts';
import type { JournalSite } from '../../runtime/format/record.ts';
import { LEVELS } from '../../runtime/format/levels.ts';
import { Window } from './window.ts';
import type { JournalFile } from './catalog.ts';
import { readJournalFile } from './read.ts';
import { callsOf, clearSums, emptySums, RowReader, type Rows, type RowSums } from './rows.ts';

/** What one site did in one interval; `sums` hold until the visitor returns, their buckets at 4 to a doubling. */
export interface Interval {
  readonly site: JournalSite;
  /** Epoch milliseconds by the writer's clock. */
  readonly startMs: number;
  readonly endMs: number;
  readonly sums: RowSums;
}

type Visit = (interval: Interval) => void;

const reader = new RowReader();
const scratch = emptySums();

/**
 * Visits everything that a writer has measured, each part once, in the finest intervals that are left of it: seconds from
 * the segment, before those minutes, hours, days. What is in no bucket any more comes as one interval without more detail.
 *
 * @param segment the writer's newest segment that holds a whole state
 * @param buckets its files of time buckets
 */
export function visitIntervals(segment: JournalFile, buckets: readonly JournalFile[], visit: Visit): void {
  const known = new KnownSums();
  const counted: Visit = (interval) => {
    known.add(interval);
    visit(interval);
  };
  const seconds = secondsFrom(segment);
  let coveredMs = -Infinity;
  for (let depth = LEVELS.length - 1; depth >= 0; depth--) {
    const finer = depth === 0 ? seconds : coverageOf(LEVELS[depth - 1], buckets);
    const files = filesOf(LEVELS[depth], buckets);
    coveredMs = visitBuckets(files, coveredMs, finer, counted);
  }
  // A writer's first segment tells of everything since it began: nothing is left.
  if (segment.name.serial === 0 && coveredMs === -Infinity) return visitSeconds(segment, coveredMs, visit);
  visitSeconds(segment, coveredMs, counted);
  known.visitRest(segment, coveredMs, visit);
}

type Level = (typeof LEVELS)[number] | undefined;

function filesOf(level: Level, buckets: readonly JournalFile[]): JournalFile[] {
  return buckets
    .filter(({ name }) => name.level === level?.letter)
    .toSorted((a, b) => a.name.serial - b.name.serial);
}

/** Epoch milliseconds from which on all buckets of the level are there; Infinity where none is. */
function coverageOf(level: Level, buckets: readonly JournalFile[]): number {
  const [oldest] = filesOf(level, buckets);
  if (oldest === undefined || level === undefined) return Infinity;
  if (oldest.name.serial === 0) return -Infinity;
  let from = Infinity;
  readJournalFile(oldest.path, (record) => {
    if (record.t !== 'bucket') return true;
    from = Math.floor(record.startMs / level.fileMs) * level.fileMs;
    return false;
  });
  return from;
}

/** Visits the buckets that no finer ones replace. Returns the end of the last one. */
function visitBuckets(
  files: readonly JournalFile[],
  coveredMs: number,
  finerMs: number,
  visit: Visit,
): number {
  let endMs = coveredMs;
  for (const { path } of files) {
    const sites: JournalSite[] = [];
    readJournalFile(path, (record) => {
      if (record.t === 'sites') sites.push(...record.sites);
      if (record.t !== 'bucket' || record.startMs < coveredMs || record.startMs >= finerMs) return;
      endMs = Math.max(endMs, record.endMs);
      visitRows(record, sites, 0, record.startMs, record.endMs, visit);
    });
  }
  return endMs;
}

/** Epoch milliseconds from which on the segment tells of each interval; -Infinity where it is the writer's first. */
function secondsFrom(segment: JournalFile): number {
  let from = Infinity;
  readJournalFile(segment.path, (record) => {
    if (record.t !== 'rows') return true;
    from = segment.name.serial === 0 ? -Infinity : record.atMs;
    return false;
  });
  return from;
}

function visitSeconds(segment: JournalFile, coveredMs: number, visit: Visit): void {
  const sites: JournalSite[] = [];
  // Of a writer's first segment the first state is an interval too; others repeat what was said before.
  let isInterval = segment.name.serial === 0;
  readJournalFile(segment.path, (record) => {
    if (record.t === 'sites') sites.push(...record.sites);
    if (record.t !== 'rows' || (record.isState && !isInterval)) return;
    isInterval &&= record.isState && record.hasMore;
    const { sinceMs, atMs } = record;
    if ((sinceMs + atMs) / 2 >= coveredMs) visitRows(record, sites, BUCKET_SHIFT, sinceMs, atMs, visit);
  });
}

function visitRows(
  rows: Rows,
  sites: readonly JournalSite[],
  shift: number,
  startMs: number,
  endMs: number,
  visit: Visit,
): void {
  for (let id = reader.begin(rows, sites.length); id >= 0; id = reader.next()) {
    clearSums(scratch);
    reader.addTo(scratch);
    const site = sites[id] as JournalSite; // rows of others are malformed
    visit({ site, startMs, endMs, sums: shift === 0 ? scratch : coarse.of(scratch) });
  }
}

/** The columns of sums, with the buckets of time buckets: these are added up when they are asked for, which time lines do not. */
class CoarseSums implements RowSums {
  columns: Float64Array = new Float64Array(COLUMNS);
  bits = 0;
  readonly trend: Float64Array = new Float64Array(6);
  hasTrend = false;
  error: undefined;
  hours: undefined;
  private readonly window: Window = new Window();
  private fine: RowSums | undefined;

  /** Those of `sums`, until the next call. */
  of(sums: RowSums): this {
    this.columns = sums.columns;
    this.bits = sums.bits;
    this.fine = sums;
    return this;
  }

  get buckets(): Window {
    const { fine, window } = this;
    if (fine === undefined) return window;
    this.fine = undefined;
    window.clear();
    const { counts, offset } = fine.buckets;
    for (let i = 0; i < counts.length; i++) {
      const times = counts[i] as number;
      if (times !== 0) window.add((offset + i) >> BUCKET_SHIFT, times);
    }
    return window;
  }
}

const coarse = new CoarseSums();

/** What was visited of each site, to find what was not. */
class KnownSums {
  private readonly bySite = new Map<string /* reported name */, RowSums>();
  private endMs = -Infinity;

  add({ site, sums, endMs }: Interval): void {
    let known = this.bySite.get(site.name);
    if (known === undefined) this.bySite.set(site.name, (known = emptySums()));
    for (let i = 0; i < COLUMNS; i++)
      known.columns[i] = (known.columns[i] as number) + (sums.columns[i] as number);
    known.buckets.addAll(sums.buckets);
    this.endMs = Math.max(this.endMs, endMs);
  }

  /** Visits what the segment's sums have and no interval had: of buckets that were lost, or too old to be kept. */
  visitRest(segment: JournalFile, coveredMs: number, visit: Visit): void {
    const all = new Map<JournalSite, RowSums>();
    const sites: JournalSite[] = [];
    let startMs = 0;
    let endMs = Infinity;
    let isContinued = false;
    readJournalFile(segment.path, (record) => {
      if (record.t === 'head') startMs = record.startedAt;
      if (record.t === 'sites') sites.push(...record.sites);
      if (record.t !== 'rows') return;
      if (endMs === Infinity) endMs = record.atMs;
      if (record.isState && !isContinued) all.clear();
      isContinued = record.isState && record.hasMore;
      for (let id = reader.begin(record, sites.length); id >= 0; id = reader.next())
        reader.addTo(sumsIn(all, sites[id] as JournalSite));
    });
    for (const [site, sums] of all) {
      const rest = this.subtracted(coarse.of(sums), this.bySite.get(site.name));
      if (callsOf(rest.columns) > 0)
        visit({ site, startMs: Math.min(endMs, Math.max(startMs, coveredMs)), endMs, sums: rest });
    }
  }

  private subtracted(all: RowSums, known: RowSums | undefined): RowSums {
    if (known === undefined) return all;
    for (let i = 0; i < COLUMNS; i++)
      all.columns[i] = (all.columns[i] as number) - (known.columns[i] as number);
    const { counts, offset } = known.buckets;
    for (let i = 0; i < counts.length; i++) all.buckets.add(offset + i, -(counts[i] as number));
    all.columns[ZEROES] = Math.max(0, all.columns[ZEROES] as number);
    return all;
  }
}

function sumsIn(all: Map<JournalSite, RowSums>, site: JournalSite): RowSums {
  let sums = all.get(site);
  if (sums === undefined) all.set(site, (sums = emptySums()));
  return sums;
}
