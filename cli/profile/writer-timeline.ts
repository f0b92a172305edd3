/*
 * How the calls of one writer spread over time: what its journal holds of an interval is spread evenly over it. Where it
 * has written few of them, calls stand where they ended in intervals of which its recent calls are all.
 */
import type { AggregateRecord, SiteAggregate } from '../../runtime/format/record.ts';
import { COLUMNS, TOTAL } from '../../runtime/format/layout.ts';
import type { JournalFile } from '../journal/catalog.ts';
import type { RowsRecord } from '../journal/file-record.ts';
import { Malformed } from '../journal/cursor.ts';
import type { Visit } from '../journal/interval.ts';
import { visitIntervals } from '../journal/intervals.ts';
import { readJournalFile } from '../journal/read.ts';
import { callsOf, representedIn, RowReader } from '../journal/rows.ts';
import { since } from '../journal/window-cut.ts';
import { type Piece, SingleCalls } from './single-calls.ts';
import { addToStep, type Line, type Timelines } from './timeline.ts';
import type { WriterState } from '../journal/writer.ts';

/** With fewer states of a process than this, and intervals that are a larger part of the run, single calls are asked. */
const FEWEST_FLUSHES = 8;

/**
 * Adds what one writer has measured, while its state holds.
 *
 * @param sinceMs epoch milliseconds: what was measured before does not count
 * @param lineOf lines of `all` by number of the site, of those that the state has
 */
export function addWriter(
  all: Timelines,
  state: WriterState,
  segment: JournalFile,
  buckets: readonly JournalFile[],
  sinceMs: number,
  lineOf: (id: number) => Line,
): void {
  all.cover(state.lastAt);
  const { intervals, head } = state;
  const isOnly = segment.name.serial === 0 && buckets.length === 0 && sinceMs <= head.startedAt;
  if (intervals !== undefined && isOnly && state.aggregates.size === 0) {
    const longestMs = (all.stepMs * all.most) / FEWEST_FLUSHES;
    const isFine = intervals.every(({ sinceMs: from, atMs }) => atMs - from <= longestMs);
    const single = isFine || intervals.length >= FEWEST_FLUSHES ? undefined : new SingleCalls(state);
    return addSegment(all, state, intervals, lineOf, single);
  }
  const few: Piece[] = [];
  let flushes = 0;
  let lastMs = Number.NaN;
  const addPiece = (piece: Piece): void => {
    if (piece.endMs !== lastMs) flushes++;
    lastMs = piece.endMs;
    if (flushes < FEWEST_FLUSHES) few.push(piece);
    else addEvenly(all, piece);
  };
  if (state.aggregates.size > 0) visitStates(segment, addPiece);
  const add: Visit = ({ site: { name }, startMs, endMs, sums: { columns } }) => {
    const totalNs = columns[TOTAL] ?? 0;
    addPiece({ name, startMs, endMs, calls: callsOf(columns), represented: representedIn(columns), totalNs });
  };
  visitIntervals(segment, buckets, since(sinceMs, add));
  const single = flushes < FEWEST_FLUSHES ? new SingleCalls(state) : undefined;
  for (const piece of few)
    if (single?.add(all, all.lineOf(piece.name), piece) !== true) addEvenly(all, piece);
}

function addEvenly(all: Timelines, { name, startMs, endMs, calls, represented, totalNs }: Piece): void {
  all.add(all.lineOf(name), startMs, endMs, calls, represented, totalNs);
}

/** What cannot be decoded does not count: no state holds it either, or the file's valid prefix ends there. */
function unlessMalformed(task: () => void): void {
  try {
    task();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
  }
}

const reader = new RowReader();
const row = new Float64Array(COLUMNS);
/** Of each site: calls, calls represented, total of the intervals that were decoded. */
let rest = new Float64Array(0);

/**
 * Adds a writer whose only segment holds everything. The step with the largest part of it is not decoded: what no other
 * one has, of all that the state holds, belongs there.
 */
function addSegment(
  to: Timelines,
  state: WriterState,
  intervals: readonly RowsRecord[],
  lineOf: (id: number) => Line,
  single: SingleCalls | undefined,
): void {
  const { head, firstAt, sums } = state;
  const home = largestStep(to, intervals);
  if (rest.length < 3 * sums.length) rest = new Float64Array(6 * sums.length);
  rest.fill(0);
  const lines: (Line | undefined)[] = Array.from({ length: sums.length });
  for (const record of intervals) {
    if (home >= 0 && to.stepOf(record.sinceMs, record.atMs) === home) continue;
    unlessMalformed(() => addRows(to, record, lines, lineOf, single));
  }
  const fromMs = home < 0 ? head.startedAt : to.startMs + (home + 0.5) * to.stepMs;
  const toMs = home < 0 ? firstAt : fromMs;
  const step = to.stepOf(fromMs, toMs);
  for (let id = 0; id < sums.length; id++) {
    const columns = sums[id]?.columns;
    if (columns === undefined) continue;
    const calls = callsOf(columns) - (rest[3 * id] as number);
    const represented = representedIn(columns) - (rest[3 * id + 1] as number);
    const totalNs = (columns[TOTAL] as number) - (rest[3 * id + 2] as number);
    const line = lines[id] ?? lineOf(id);
    if (step >= 0) addToStep(line, step, calls, represented, totalNs);
    else to.add(line, fromMs, toMs, calls, represented, totalNs);
  }
}

/** Adds the rows of an interval, to {@link rest} too. @throws Malformed */
function addRows(
  to: Timelines,
  record: RowsRecord,
  lines: (Line | undefined)[],
  lineOf: (id: number) => Line,
  single: SingleCalls | undefined,
): void {
  const { sinceMs, atMs } = record;
  const added = rest;
  const step = to.stepOf(sinceMs, atMs);
  for (let id = reader.begin(record, lines.length); id >= 0; id = reader.next()) {
    reader.readCalls(row);
    const calls = callsOf(row);
    const represented = representedIn(row);
    const totalNs = row[TOTAL] as number;
    added[3 * id] = (added[3 * id] as number) + calls;
    added[3 * id + 1] = (added[3 * id + 1] as number) + represented;
    added[3 * id + 2] = (added[3 * id + 2] as number) + totalNs;
    const line = (lines[id] ??= lineOf(id));
    if (step >= 0) addToStep(line, step, calls, represented, totalNs);
    else if (single?.add(to, line, single.pieceOf(id, record, calls, represented, totalNs)) !== true)
      to.add(line, sinceMs, atMs, calls, represented, totalNs);
  }
}

/** The step with most bytes of rows; -1 where all intervals are longer than a step. */
function largestStep(to: Timelines, intervals: readonly RowsRecord[]): number {
  const bytes = new Map<number /* step */, number>();
  for (const { sinceMs, atMs, begin, end } of intervals) {
    const step = to.stepOf(sinceMs, atMs);
    if (step >= 0) bytes.set(step, (bytes.get(step) ?? 0) + end - begin);
  }
  let largest = -1;
  for (const [step, size] of bytes) if (size > (bytes.get(largest) ?? 0)) largest = step;
  return largest;
}

/** Visits what came between the states of a journal of version 1. */
function visitStates({ path, startedAt }: JournalFile, visit: (piece: Piece) => void): void {
  const names = new Map<number /* site id */, string>();
  const last = new Map<number /* site id */, SiteAggregate>();
  let startMs = startedAt;
  const visitState = ({ at: endMs, sites }: AggregateRecord): void => {
    for (const site of sites) {
      const name = names.get(site.id);
      if (name === undefined) continue;
      // A damaged or rewritten state must not take away what was there.
      const added = (of: (site: SiteAggregate) => number): number => {
        const before = last.get(site.id);
        return Math.max(0, of(site) - (before === undefined ? 0 : of(before)));
      };
      const [calls, represented, totalNs] = [added(callsIn), added(representedBy), added(totalOf)];
      visit({ name, startMs, endMs, calls, represented, totalNs });
      last.set(site.id, site);
    }
    startMs = endMs;
  };
  readJournalFile(path, (record) => {
    if (record.t === 'site') names.set(record.id, record.name);
    if (record.t === 'agg') visitState(record);
  });
}

const callsIn = ({ calls }: SiteAggregate): number => calls;
const representedBy = ({ timed, represented = timed }: SiteAggregate): number => represented;
const totalOf = ({ totalNs }: SiteAggregate): number => totalNs;
