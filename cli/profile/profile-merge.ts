import { existsSync, statSync } from 'node:fs';
import { NS_PER_MS } from '../../runtime/platform/clock.ts';
import { withinTime } from '../../runtime/report/within-time.ts';
import { IN_FLIGHT, OLDEST, TIMED } from '../../runtime/format/layout.ts';
import {
  type HeadRecord,
  JOURNAL_VERSION,
  type JournalSite,
  type SiteAggregate,
} from '../../runtime/format/record.ts';
import { Window } from '../journal/window.ts';
import type { JournalFile, Run } from '../journal/catalog.ts';
import { sumsSince } from './clip.ts';
import type { Dropped } from '../journal/dropped.ts';
import { FunctionFold } from './fold.ts';
import { isRunning } from '../journal/liveness.ts';
import { InFlightList } from './in-flight.ts';
import { type FunctionProfile, type Profile, threadMsOf, type WriterSummary } from './profile.ts';
import type { ReadOutcome } from '../journal/file-record.ts';
import { emptySums, type RowSums } from '../journal/rows.ts';
import type { Line, Timelines } from './timeline.ts';
import { type BucketsOf, readWriter, type WriterState } from '../journal/writer.ts';
import type { WriterFiles } from '../journal/writer-files.ts';
import { addWriter } from './writer-timeline.ts';

/** For histograms that nobody asks for. */
const NOWHERE = new Window();

/** Writers go in, one after the other; a profile comes out. */
export class ProfileMerge {
  private readonly nowMs: number;
  private readonly sinceMs: number;
  private readonly timelines: Timelines | undefined;
  /** Ids of those that something is of, the latest first. */
  readonly runs: string[] = [];
  private readonly writers: WriterSummary[] = [];
  private writersBefore = 0;
  private readonly functions: Map<string, FunctionFold> = new Map();
  private readonly inFlight: InFlightList;
  private readonly diagnostics: Map<string, number> = new Map();
  private readonly dropped: Dropped[] = [];
  /** Of the last file, by number of the site: the same program's files name the same sites, parsed once. */
  private readonly folds: FunctionFold[] = [];
  private readonly sites: JournalSite[] = [];
  private metrics = 0;
  private sizeBytes = 0;

  /**
   * @param sinceMs epoch milliseconds: what was measured before counts no more
   * @param timelines where time lines are wanted
   */
  constructor(nowMs: number, sinceMs: number, timelines?: Timelines) {
    this.nowMs = nowMs;
    this.sinceMs = sinceMs;
    this.timelines = timelines;
    this.inFlight = new InFlightList(nowMs);
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
      // What is added cannot be taken back: where there are several, a reading that adds nothing tells which.
      const known = segments.length === 1 ? undefined : readWriter(segment.path);
      if (known === undefined || known.state?.isWhole === true) {
        this.addOutcome(this.addSegment(segment, buckets));
        for (const older of segments.slice(index + 1)) this.sizeBytes += sizeOf(older.path);
        return;
      }
      this.addOutcome(known.outcome);
      if (known.state !== undefined) best ??= segment;
    }
    if (best !== undefined) this.addSegment(best, buckets);
  }

  private addSegment(segment: JournalFile, buckets: readonly JournalFile[]): ReadOutcome {
    const { state, outcome } = readWriter(segment.path, this.bucketsOf);
    if (state !== undefined) this.addState(state, outcome, segment, buckets);
    return outcome;
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
      const { oldestInFlightAt, ...rest } = aggregate;
      const oldestAt = this.inFlight.add(site.name, rest.inFlight, oldestInFlightAt ?? 0, writer);
      const now =
        writer.state !== 'running'
          ? { ...rest, inFlight: 0 }
          : { ...rest, ...(oldestAt === 0 ? {} : { oldestInFlightAt: oldestAt }) };
      this.foldOf(site, startedAt).addAggregate(now, threadMsOf(writer));
    }
    const { timelines } = this;
    if (timelines === undefined) return;
    const lineOf = (id: number): Line =>
      this.foldOfId(id, state.siteOf(id) as JournalSite, startedAt).lineIn(timelines);
    addWriter(timelines, state, segment, buckets, this.sinceMs, lineOf);
  }

  private addSums(
    state: WriterState,
    writer: WriterSummary,
    segment: JournalFile,
    buckets: readonly JournalFile[],
  ): void {
    const { head, sums: bySite, hour } = state;
    const isClipped = this.isClipped(head);
    const aliveMs = threadMsOf(writer);
    const whole = new Map<string, RowSums>();
    for (let id = 0; id < bySite.length; id++) {
      const sums = bySite[id];
      const site = state.siteOf(id);
      if (site === undefined || sums === undefined) continue;
      const { columns } = sums;
      if (columns[IN_FLIGHT] !== 0) {
        const oldestAt = this.inFlight.add(site.name, columns[IN_FLIGHT] ?? 0, columns[OLDEST] ?? 0, writer);
        // What has not ended in a process that is gone never will: no function has it in flight.
        if (writer.state === 'running') columns[OLDEST] = oldestAt;
        else columns[IN_FLIGHT] = columns[OLDEST] = 0;
      }
      const fold = this.foldOfId(id, site, head.startedAt);
      fold.addHour(hour, state.callsThisHour(id));
      if (isClipped) whole.set(site.name, sums);
      else fold.addSums(sums, writer.usage, aliveMs);
    }
    if (!isClipped) {
      this.metrics += state.metrics;
      return;
    }
    for (const [site, sums] of sumsSince(this.sinceMs, segment, buckets, whole)) {
      const fold = this.foldOf(site, head.startedAt);
      fold.buckets.addAll(sums.buckets);
      fold.addSums(sums, writer.usage, aliveMs);
      this.metrics += sums.columns[TIMED] ?? 0;
      whole.delete(site.name);
    }
    // What is called since long, and has not ended.
    for (const [name, { columns }] of whole) {
      if (columns[IN_FLIGHT] === 0) continue;
      const idle = emptySums();
      idle.bits = 1 << IN_FLIGHT;
      for (const i of [IN_FLIGHT, OLDEST]) idle.columns[i] = columns[i] ?? 0;
      this.functions.get(name)?.addSums(idle, undefined, 0);
    }
    // Its intervals were read from the file once more: were they still there?
    const { path } = segment;
    if (!existsSync(path)) this.dropped.push({ path, reason: 'gone', bytes: 0 });
  }

  /** Whether only a part of what a writer has measured counts. */
  private isClipped({ startedAt, v }: HeadRecord): boolean {
    return this.sinceMs > startedAt && v === JOURNAL_VERSION;
  }

  private readonly bucketsOf: BucketsOf = (site, id, head) => {
    const fold = this.foldOfId(id, site, head.startedAt);
    return this.isClipped(head) ? NOWHERE : fold.buckets;
  };

  private foldOfId(id: number, site: JournalSite, startedAt: number): FunctionFold {
    const known = this.folds[id];
    if (known !== undefined && this.sites[id] === site) {
      known.know(site, startedAt);
      return known;
    }
    const fold = this.foldOf(site, startedAt);
    while (this.folds.length < id) {
      this.folds.push(fold);
      this.sites.push(site);
    }
    this.folds[id] = fold;
    this.sites[id] = site;
    return fold;
  }

  private foldOf(site: JournalSite, startedAt: number): FunctionFold {
    let fold = this.functions.get(site.name);
    if (fold === undefined) this.functions.set(site.name, (fold = new FunctionFold(site, startedAt)));
    else fold.know(site, startedAt);
    return fold;
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
    const timelines = this.timelines?.result() ?? new Map();
    const functions = new Map<string, FunctionProfile>();
    for (const [name, fold] of this.functions) {
      const { site, noise, aliveMs } = fold;
      const aggregate = withinTime(fold.result(), site.kind, (aliveMs || Infinity) * NS_PER_MS);
      // Of all that the runs know, what was not called since is no part of it.
      if (this.sinceMs === -Infinity || isCalled(aggregate))
        functions.set(name, { site, aggregate, ...(noise && { noise }), ...(aliveMs > 0 && { aliveMs }) });
    }
    const inFlight = this.inFlight.list();
    const lastAt = writers.reduce((last, writer) => Math.max(last, writer.lastAt), run.startedAt);
    return {
      nowMs: this.nowMs,
      sinceMs: this.sinceMs,
      run,
      runs,
      writers,
      functions,
      inFlight,
      diagnostics,
      dropped,
      metrics,
      sizeBytes,
      lastAt,
      timelines,
    };
  }
}

function isCalled({ calls, errors, inFlight, belowThreshold }: SiteAggregate): boolean {
  return calls > 0 || errors > 0 || inFlight > 0 || belowThreshold > 0;
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
