/*
 * What was measured over time, as plain data for views: calls, errors and durations of each function in steps.
 */
import { BUCKET_SHIFT, ERRORS, STOOD_FOR, TIMED, TOTAL, ZEROES } from '../../runtime/format/layout.ts';
import { SCALE } from '../../runtime/format/buckets.ts';
import { quantileOf } from '../../runtime/format/histogram-record.ts';
import type { HistogramRecord } from '../../runtime/format/record.ts';
import { Window } from '../journal/window.ts';
import type { Run } from '../journal/catalog.ts';
import { histogramOf } from './fold.ts';
import type { Interval, Visit } from '../journal/interval.ts';
import { visitIntervals } from '../journal/intervals.ts';
import { since } from '../journal/window-cut.ts';
import { callsOf } from '../journal/rows.ts';
import { countedWriters } from '../journal/copies.ts';
import { newestOf, type WriterFiles } from '../journal/writer-files.ts';

/** What one function did in one step. Times in epoch milliseconds, durations in nanoseconds. */
export interface SeriesPoint {
  readonly startMs: number;
  /** A step of the past may be longer than was asked for: minutes, hours and days are what is left of it. */
  readonly endMs: number;
  /** Exact. */
  readonly calls: number;
  readonly errors: number;
  readonly timed: number;
  /** Calls that the timed ones stand for: `totalNs / represented` is the mean duration. */
  readonly represented: number;
  readonly totalNs: number;
  /** Of 4 buckets to a doubling: a quantile of it is within 9.1 %. {@link quantileAt} asks it. */
  readonly histogram: HistogramRecord;
}

/** A function over time, oldest first; steps in which it was not called are not there. */
export interface FunctionSeries {
  readonly name: string;
  readonly points: readonly SeriesPoint[];
}

/** What of a run is looked at, and how finely. */
export interface SeriesOptions {
  /** Epoch milliseconds. @default the run's beginning */
  readonly sinceMs?: number;
  /** Length of a step; what is only left in longer buckets stays as it is. @default 1000 */
  readonly stepMs?: number;
  /** Only functions of these names. @default all */
  readonly names?: ReadonlySet<string>;
}

/** Steps that people read well, in milliseconds. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400];

/** The shortest step with which a time has no more than `most` of them. */
export function stepFor(durationMs: number, most: number): number {
  return (STEPS.find((seconds) => durationMs / (seconds * 1000) <= most) ?? 86_400) * 1000;
}

/** Duration in nanoseconds at a quantile of a point, 0 to 1; 0 where nothing was timed. */
export function quantileAt({ histogram }: SeriesPoint, q: number): number {
  return quantileOf(histogram, q, 0, Infinity);
}

/**
 * The functions of a run over time, all writers added up: a point counts for the step in which its middle lies, by the
 * clock of its writer. All points together have every call that the run's profile has, journals of version 1 apart,
 * which know of no time.
 */
export function readSeries(run: Run, options: SeriesOptions = {}): FunctionSeries[] {
  const { sinceMs = -Infinity, stepMs = 1000, names } = options;
  const functions = new Map<string, PointSums>();
  for (const files of countedWriters([run])[0]?.writers ?? []) {
    const add: Visit = (interval) => {
      const { site } = interval;
      if (names?.has(site.name) === false) return;
      let sums = functions.get(site.name);
      if (sums === undefined) functions.set(site.name, (sums = new PointSums(stepMs)));
      sums.add(interval);
    };
    visitWriter(files, since(sinceMs, add));
  }
  return Array.from(functions, ([name, sums]) => ({ name, points: sums.points() }));
}

function visitWriter(files: WriterFiles, visit: Visit): void {
  const newest = newestOf(files);
  if (newest !== undefined) visitIntervals(newest, files.buckets, visit);
}

interface Sums {
  readonly startMs: number;
  readonly endMs: number;
  calls: number;
  errors: number;
  timed: number;
  represented: number;
  totalNs: number;
  zeroes: number;
  readonly buckets: Window;
}

/** The steps of one function. */
class PointSums {
  private readonly stepMs: number;
  private readonly steps = new Map<string, Sums>();

  constructor(stepMs: number) {
    this.stepMs = stepMs;
  }

  add({ startMs, endMs, sums: { columns, buckets } }: Interval): void {
    const of = (place: number): number => columns[place] ?? 0;
    const sums = this.stepOf(startMs, endMs);
    sums.calls += callsOf(columns);
    sums.errors += of(ERRORS);
    sums.timed += of(TIMED);
    sums.represented += of(TIMED) + of(STOOD_FOR);
    sums.totalNs += of(TOTAL);
    sums.zeroes += of(ZEROES);
    sums.buckets.addAll(buckets);
  }

  private stepOf(startMs: number, endMs: number): Sums {
    const { stepMs } = this;
    const isLong = endMs - startMs > stepMs;
    const from = isLong ? startMs : Math.floor((startMs + endMs) / 2 / stepMs) * stepMs;
    const to = isLong ? endMs : from + stepMs;
    const key = `${from} ${to}`;
    let sums = this.steps.get(key);
    if (sums === undefined) {
      const none = { calls: 0, errors: 0, timed: 0, represented: 0, totalNs: 0, zeroes: 0 };
      sums = { startMs: from, endMs: to, ...none, buckets: new Window() };
      this.steps.set(key, sums);
    }
    return sums;
  }

  points(): SeriesPoint[] {
    const points = Array.from(this.steps.values(), ({ buckets, zeroes, ...point }) => ({
      ...point,
      histogram: histogramOf(buckets, zeroes, SCALE - BUCKET_SHIFT),
    }));
    return points.toSorted((a, b) => a.startMs - b.startMs || a.endMs - b.endMs);
  }
}
