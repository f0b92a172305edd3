import {
  ACTIVE,
  BUCKET_SHIFT,
  COLUMNS,
  ERRORS,
  IN_FLIGHT,
  LAST_ERROR_AT,
  LONG,
  LONG_TOTAL,
  MAX,
  MIN,
  NESTED,
  NOT_SELF,
  OUTERMOST_SPREAD,
  SELF_SPREAD,
  SPREAD,
  STOOD_FOR,
  TIMED,
  TOTAL,
  SUMS,
  UNFOLLOWED,
  WAIT,
} from '../../runtime/format/layout.ts';
import { upperBound } from '../../runtime/format/buckets.ts';
import type { JournalSite } from '../../runtime/format/record.ts';
import type { JournalFile } from '../journal/catalog.ts';
import type { Visit } from '../journal/interval.ts';
import { visitIntervals } from '../journal/intervals.ts';
import { callsOf, emptySums, type RowSums } from '../journal/rows.ts';
import { since } from '../journal/window-cut.ts';

/** What is told either by the calls that were drawn or by bursts, as the total less a column, and its variance. */
const TOLD_LESS = [
  [NOT_SELF, SELF_SPREAD],
  [NESTED, OUTERMOST_SPREAD],
] as const;
/** An interval that takes back so much of what there is in the end, or more, tells that it was not there. */
const TAKEN_BACK = 0.1;

/** The middle of the fine buckets that a coarse one stands for. */
const MIDDLE = (1 << BUCKET_SHIFT) >> 1;

/**
 * What a writer has measured since a moment, to the interval: each duration is known to 9.1 % there, the least and the
 * largest to a fifth. Of calls in flight, the last error and the trend, which belong to no interval, what its whole state says.
 *
 * @param whole the writer's sums since it began, by reported name
 */
export function sumsSince(
  sinceMs: number,
  segment: JournalFile,
  buckets: readonly JournalFile[],
  whole: ReadonlyMap<string, RowSums>,
): Map<JournalSite, RowSums> {
  const bySite = new Map<JournalSite, RowSums>();
  // Each file names its sites for itself.
  const sites = new Map<string /* reported name */, JournalSite>();
  const toldAnew = TOLD_LESS.map(() => new Set<string>());
  const add: Visit = ({ site: named, sums }) => {
    const all = whole.get(named.name);
    TOLD_LESS.forEach(([less, spread], i) => {
      if (all && isTakenBack(sums, all, less, spread)) toldAnew[i]?.add(named.name);
    });
    const site = sites.get(named.name) ?? named;
    let known = bySite.get(site);
    if (known === undefined) {
      sites.set(site.name, site);
      bySite.set(site, (known = emptySums()));
    }
    known.bits |= sums.bits;
    for (let i = 0; i < SUMS; i++)
      known.columns[i] = (known.columns[i] as number) + (sums.columns[i] as number);
    const { counts, offset } = sums.buckets;
    for (let i = 0; i < counts.length; i++) {
      const times = counts[i] as number;
      if (times > 0) known.buckets.add(((offset + i) << BUCKET_SHIFT) + MIDDLE, times);
    }
  };
  visitIntervals(segment, buckets, since(sinceMs, add));
  for (const [{ name }, sums] of bySite) {
    const all = whole.get(name);
    if (all === undefined) continue;
    TOLD_LESS.forEach(([less], i) => {
      if (toldAnew[i]?.has(name)) takeShare(sums, all, less);
    });
    complete(sums, all);
  }
  return bySite;
}

function restOf({ columns }: RowSums, less: number): number {
  return (columns[TOTAL] as number) - (columns[less] as number);
}

/**
 * Whether the writer found in an interval that what it had told of a function by then was too much: it knew little of it, and knows
 * more now. What it had told too little of cannot be told from what the program did.
 */
function isTakenBack(interval: RowSums, whole: RowSums, less: number, spread: number): boolean {
  const isEstimated = (whole.columns[spread] as number) > 0;
  return isEstimated && restOf(interval, less) < -TAKEN_BACK * Math.max(0, restOf(whole, less));
}

/** Differences say nothing then: each call had as much as those of the whole. */
function takeShare(sums: RowSums, whole: RowSums, less: number): void {
  const { columns } = sums;
  const share = callsOf(columns) / Math.max(1, callsOf(whole.columns));
  columns[less] = (columns[TOTAL] as number) - Math.round(share * restOf(whole, less));
}

function representedBy(columns: ArrayLike<number>): number {
  return (columns[TIMED] as number) + (columns[STOOD_FOR] as number);
}

function waitedOrRan(columns: ArrayLike<number>): number {
  return (columns[ACTIVE] as number) + (columns[WAIT] as number);
}

function complete(sums: RowSums, whole: RowSums): void {
  const { columns } = sums;
  sums.bits |= whole.bits;
  const isOpen = waitedOrRan(columns) > 0;
  for (let i = IN_FLIGHT; i < COLUMNS; i++) columns[i] = whole.columns[i] as number;
  // Of calls that outlive their stack, where there are none, it says something else.
  if (!isOpen && waitedOrRan(whole.columns) > 0) columns[UNFOLLOWED] = 0;
  // Calls vary as they do in the whole.
  const represented = representedBy(whole.columns);
  if (represented > 0)
    for (const column of [SPREAD, SELF_SPREAD, OUTERMOST_SPREAD, LONG, LONG_TOTAL])
      columns[column] = ((columns[column] as number) * representedBy(columns)) / represented;
  columns[LONG] = Math.round(columns[LONG] as number);
  columns[LONG_TOTAL] = Math.min(columns[TOTAL] as number, Math.round(columns[LONG_TOTAL] as number));
  const { counts, offset } = sums.buckets;
  const first = counts.findIndex((times) => times > 0);
  const last = counts.findLastIndex((times) => times > 0);
  if (first >= 0) {
    columns[MIN] = Math.max(columns[MIN] as number, upperBound(offset + first - MIDDLE - 1));
    columns[MAX] = Math.min(columns[MAX] as number, upperBound(offset + last + MIDDLE - 1));
  }
  sums.trend.set(whole.trend);
  sums.hasTrend = whole.hasTrend;
  // One of before is none of these calls'.
  if ((columns[ERRORS] as number) > 0) sums.error = whole.error;
  else columns[LAST_ERROR_AT] = 0;
}
