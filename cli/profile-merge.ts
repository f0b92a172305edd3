import { statSync } from 'node:fs';
import { IN_FLIGHT, OLDEST, TIMED } from '../runtime/layout.ts';
import type { JournalSite } from '../runtime/record.ts';
import type { JournalFile, Run } from './catalog.ts';
import { sumsSince } from './clip.ts';
import type { Dropped } from './dropped.ts';
import { FunctionFold } from './fold.ts';
import { isRunning } from './liveness.ts';
import type { FunctionProfile, InFlightCalls, Profile, WriterSummary } from './profile.ts';
import type { ReadOutcome } from './file-record.ts';
import type { RowSums } from './rows.ts';
import { readWriter, type WriterState } from './writer.ts';
import type { WriterFiles } from './writer-files.ts';

/** Of more functions with calls in flight than this only the oldest are kept, so that many writers need no more memory. */
const MOST_IN_FLIGHT = 1_000;

/** Writers go in, one after the other; a profile comes out. */
export class ProfileMerge {
  private readonly nowMs: number;
  private readonly sinceMs: number;
  /** Ids of those that something is of, the latest first. */
  readonly runs: string[] = [];
  private readonly writers: WriterSummary[] = [];
  private writersBefore = 0;
  private readonly functions: Map<string, FunctionFold> = new Map();
  private inFlight: InFlightCalls[] = [];
  private readonly diagnostics: Map<string, number> = new Map();
  private readonly dropped: Dropped[] = [];
  private metrics = 0;
  private sizeBytes = 0;

  /** @param sinceMs epoch milliseconds: what was measured before counts no more */
  constructor(nowMs: number, sinceMs: number) {
    this.nowMs = nowMs;
    this.sinceMs = sinceMs;
  }

  /** What could not be read when the run was listed. */
  addDropped(dropped: readonly Dropped[]): void {
    for (const one of dropped) {
      this.dropped.push(one);
      this.sizeBytes += one.bytes;
    }
  }

  /** Takes the newest segment that holds a whole state, which supersedes those before it. */
  addWriter({ segments, buckets }: WriterFiles): void {
    for (const { path } of buckets) this.sizeBytes += sizeOf(path);
    let best: JournalFile | undefined;
    for (const [index, segment] of segments.entries()) {
      const { state, outcome } = readWriter(segment.path);
      this.addOutcome(outcome);
      if (state?.isWhole === true) {
        for (const older of segments.slice(index + 1)) this.sizeBytes += sizeOf(older.path);
        return this.addState(state, outcome, segment, buckets);
      }
      if (state !== undefined) best ??= segment;
    }
    if (best === undefined) return;
    // What a state holds is gone with the next file that is read.
    const { state, outcome } = readWriter(best.path);
    if (state !== undefined) this.addState(state, outcome, best, buckets);
  }

  private addOutcome({ sizeBytes, dropped }: ReadOutcome): void {
    this.sizeBytes += sizeBytes;
    if (dropped !== undefined) this.dropped.push(dropped);
  }

  private addState(
    state: WriterState,
    { writtenAt }: ReadOutcome,
    segment: JournalFile,
    buckets: readonly JournalFile[],
  ): void {
    const writer = summarize(state, writtenAt, this.nowMs);
    // What has ended before is no part of it; what still runs may hang since long.
    if (writer.lastAt < this.sinceMs && writer.state !== 'running') return;
    this.writers.push(writer);
    for (const [code, times] of state.diagnostics) {
      this.diagnostics.set(code, (this.diagnostics.get(code) ?? 0) + times);
    }
    this.addSums(state, writer, segment, buckets);
    const { startedAt } = state.head;
    for (const { site: id, hour, calls } of state.hours) {
      const site = state.siteOf(id);
      if (site !== undefined) this.foldOf(site, startedAt).addHour(hour, calls);
    }
    for (const [id, aggregate] of state.aggregates) {
      const site = state.siteOf(id);
      // Our writer names a site before its first aggregate; what has no name can be shown under none.
      if (site === undefined) continue;
      this.foldOf(site, startedAt).addAggregate(aggregate);
      this.addInFlight(site.name, aggregate.inFlight, aggregate.oldestInFlightAt, writer);
    }
  }

  private addSums(
    state: WriterState,
    writer: WriterSummary,
    segment: JournalFile,
    buckets: readonly JournalFile[],
  ): void {
    const { startedAt } = state.head;
    const isClipped = this.sinceMs > startedAt && state.aggregates.size === 0;
    const whole = new Map<string, RowSums>();
    state.sums.forEach((sums, id) => {
      const site = state.siteOf(id);
      if (site === undefined || sums === undefined) return;
      this.addInFlight(site.name, sums.columns[IN_FLIGHT] ?? 0, sums.columns[OLDEST], writer);
      if (isClipped) whole.set(site.name, sums);
      else this.foldOf(site, startedAt).addSums(sums);
    });
    if (!isClipped) {
      this.metrics += state.metrics;
      return;
    }
    for (const [site, sums] of sumsSince(this.sinceMs, segment, buckets, whole)) {
      this.foldOf(site, startedAt).addSums(sums);
      this.metrics += sums.columns[TIMED] ?? 0;
    }
  }

  private foldOf(site: JournalSite, startedAt: number): FunctionFold {
    let fold = this.functions.get(site.name);
    if (fold === undefined) this.functions.set(site.name, (fold = new FunctionFold(site, startedAt)));
    else fold.know(site, startedAt);
    return fold;
  }

  private addInFlight(
    name: string,
    calls: number,
    oldestAt: number | undefined,
    writer: WriterSummary,
  ): void {
    if (!(calls > 0)) return;
    const seenAt = writer.state === 'running' ? this.nowMs : writer.lastAt;
    const age = oldestAt === undefined || oldestAt === 0 ? {} : { oldestMs: Math.max(0, seenAt - oldestAt) };
    this.inFlight.push({ name, calls, ...age, writer });
    if (this.inFlight.length < 2 * MOST_IN_FLIGHT) return;
    this.inFlight = this.inFlight.toSorted(byAge).slice(0, MOST_IN_FLIGHT);
  }

  /** What comes now is from a later run. */
  endRun(id: string): void {
    for (const fold of this.functions.values()) fold.endRun();
    if (this.writers.length > this.writersBefore) this.runs.unshift(id);
    this.writersBefore = this.writers.length;
  }

  /** Everything that was added. */
  profile(run: Run): Profile {
    const { runs, writers, diagnostics, dropped, metrics, sizeBytes } = this;
    const functions = new Map<string, FunctionProfile>();
    for (const [name, fold] of this.functions) {
      functions.set(name, { site: fold.site, aggregate: fold.result() });
    }
    const inFlight = this.inFlight.toSorted(byAge);
    const lastAt = writers.reduce((last, writer) => Math.max(last, writer.lastAt), run.startedAt);
    return { run, runs, writers, functions, inFlight, diagnostics, dropped, metrics, sizeBytes, lastAt };
  }
}

/** The oldest first. */
function byAge(a: InFlightCalls, b: InFlightCalls): number {
  return (b.oldestMs ?? 0) - (a.oldestMs ?? 0);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function summarize(
  { head, end, clock, usage, lastAt }: WriterState,
  writtenAt: number,
  nowMs: number,
): WriterSummary {
  const known = {
    ...(clock === undefined ? {} : { clockAheadMs: clock.aheadMs }),
    ...(usage === undefined ? {} : { usage }),
  };
  if (end === undefined) {
    return { head, lastAt, ...known, state: isRunning(head, writtenAt, nowMs) ? 'running' : 'lost' };
  }
  const { reason, exitCode, detail } = end;
  return {
    head,
    lastAt,
    ...known,
    state: 'ended',
    endReason: reason,
    ...(detail === undefined ? {} : { endDetail: detail }),
    ...(exitCode === undefined ? {} : { exitCode }),
  };
}
