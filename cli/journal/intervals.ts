import { BUCKET_SHIFT } from '../../runtime/format/layout.ts';
import type { JournalSite } from '../../runtime/format/record.ts';
import { LEVELS } from '../../runtime/format/levels.ts';
import type { JournalFile } from './catalog.ts';
import { coarse } from './coarse-sums.ts';
import type { Visit } from './interval.ts';
import { readJournalFile } from './read.ts';
import { clearSums, emptySums, RowReader, type Rows, type RowSums } from './rows.ts';
import { Seam } from './seam.ts';
import { SiteSums } from './site-sums.ts';

const reader = new RowReader();
const scratch = emptySums();

/**
 * Visits everything that a writer has measured, each part once, in the finest intervals that are left of it: seconds from
 * the segment, before those minutes, hours, days. Of a bucket of which finer ones tell the end, what they do not tell comes
 * as an interval up to there. What is in no bucket any more comes as one interval without more detail.
 *
 * @param segment the writer's newest segment that holds a whole state
 * @param buckets its files of time buckets
 */
export function visitIntervals(segment: JournalFile, buckets: readonly JournalFile[], visit: Visit): void {
  const secondsMs = secondsFrom(segment);
  // A writer's first segment tells of everything since it began: nothing is left.
  if (secondsMs === -Infinity) return visitSeconds(segment, secondsMs, visit);
  const known = new SiteSums();
  const seams: Seam[] = [];
  const counted: Visit = (interval) => {
    known.add(interval);
    for (const seam of seams) seam.addFiner(interval);
    visit(interval);
  };
  let coveredMs = -Infinity;
  for (const { files, finerMs } of levelsBefore(secondsMs, buckets)) {
    const seam = new Seam(finerMs);
    coveredMs = Math.max(coveredMs, visitBuckets(files, seam, counted));
    seams.push(seam);
  }
  visitSeconds(segment, secondsMs, counted);
  // The finest first: what is left of it is finer than the others.
  for (let seam = seams.pop(); seam !== undefined; seam = seams.pop()) seam.visitRest(counted);
  visitRest(segment, known, coveredMs, visit);
}

/** Files of time buckets that are as long, and the epoch milliseconds from which on finer ones tell everything. */
interface LevelFiles {
  readonly files: readonly JournalFile[];
  readonly finerMs: number;
}

/** The levels, days first. */
function levelsBefore(secondsMs: number, buckets: readonly JournalFile[]): LevelFiles[] {
  let finerMs = secondsMs;
  const levels = LEVELS.map((level) => {
    const files = filesOf(level, buckets);
    const found = { files, finerMs };
    finerMs = Math.min(finerMs, coverageOf(level, files));
    return found;
  });
  return levels.toReversed();
}

type Level = (typeof LEVELS)[number];

function filesOf({ letter }: Level, buckets: readonly JournalFile[]): JournalFile[] {
  return buckets
    .filter(({ name }) => name.level === letter)
    .toSorted((a, b) => a.name.serial - b.name.serial);
}

/** Epoch milliseconds from which on all buckets of the level are there; Infinity where none is. */
function coverageOf({ fileMs }: Level, [oldest]: readonly JournalFile[]): number {
  if (oldest === undefined) return Infinity;
  if (oldest.name.serial === 0) return -Infinity;
  let from = Infinity;
  readJournalFile(oldest.path, (record) => {
    if (record.t !== 'bucket') return true;
    from = Math.floor(record.startMs / fileMs) * fileMs;
    return false;
  });
  return from;
}

/** Visits the buckets that no finer ones replace; of the one that they cut, the seam is told. Returns how far they tell all. */
function visitBuckets(files: readonly JournalFile[], seam: Seam, visit: Visit): number {
  const { finerMs } = seam;
  let endMs = -Infinity;
  for (const { path } of files) {
    const sites: JournalSite[] = [];
    readJournalFile(path, (record) => {
      if (record.t === 'sites') sites.push(...record.sites);
      if (record.t !== 'bucket' || record.startMs >= finerMs) return;
      endMs = Math.max(endMs, Math.min(finerMs, record.endMs));
      const isCut = record.endMs > finerMs;
      visitRows(record, sites, 0, record.startMs, record.endMs, isCut ? seam.addCut : visit);
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

/** Visits the segment's intervals. Sooner ones, of a clock that was set back, are in minutes. */
function visitSeconds(segment: JournalFile, secondsMs: number, visit: Visit): void {
  const sites: JournalSite[] = [];
  // Of a writer's first segment the first state is an interval too; others repeat what was said before.
  let isInterval = segment.name.serial === 0;
  readJournalFile(segment.path, (record) => {
    if (record.t === 'sites') sites.push(...record.sites);
    if (record.t !== 'rows' || (record.isState && !isInterval)) return;
    isInterval &&= record.isState && record.hasMore;
    const { sinceMs, atMs } = record;
    if ((sinceMs + atMs) / 2 >= secondsMs) visitRows(record, sites, BUCKET_SHIFT, sinceMs, atMs, visit);
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

/** Visits what the segment's sums have and no interval had: of buckets that were lost, too old to be kept, or not over yet. */
function visitRest(segment: JournalFile, known: SiteSums, coveredMs: number, visit: Visit): void {
  const states = new Map<JournalSite, RowSums>();
  const sites: JournalSite[] = [];
  let startMs = 0;
  let endMs = Infinity;
  let isContinued = false;
  readJournalFile(segment.path, (record) => {
    if (record.t === 'head') startMs = record.startedAt;
    if (record.t === 'sites') sites.push(...record.sites);
    if (record.t !== 'rows') return;
    if (endMs === Infinity) endMs = record.atMs;
    if (record.isState && !isContinued) states.clear();
    isContinued = record.isState && record.hasMore;
    for (let id = reader.begin(record, sites.length); id >= 0; id = reader.next())
      reader.addTo(sumsIn(states, sites[id] as JournalSite));
  });
  const all = new SiteSums();
  for (const [site, sums] of states) all.add({ site, sums: coarse.of(sums) });
  const fromMs = Math.min(endMs, Math.max(startMs, coveredMs));
  all.visitBeyond(known, (site, sums) => visit({ site, startMs: fromMs, endMs, sums }));
}

function sumsIn(all: Map<JournalSite, RowSums>, site: JournalSite): RowSums {
  let sums = all.get(site);
  if (sums === undefined) all.set(site, (sums = emptySums()));
  return sums;
}
