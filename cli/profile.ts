import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { mergeAggregates } from '../runtime/aggregates.ts';
import type { HeadRecord, OverheadRecord, SiteAggregate, SiteRecord } from '../runtime/record.ts';
import { isGone, openRun, type JournalFile, type Run } from './catalog.ts';
import type { Dropped } from './dropped.ts';
import { Progress } from './progress.ts';
import { readWriter, type WriterState } from './writer.ts';

/** One process or worker thread of a run. */
export interface WriterSummary {
  readonly head: HeadRecord;
  /** `lost`: it neither ended in order nor runs on this machine; killed, most likely. */
  readonly state: 'ended' | 'running' | 'lost';
  readonly exitCode?: number;
  /** Epoch milliseconds of the last thing heard of it. */
  readonly lastAt: number;
  /** What measuring may take and has taken of its time. */
  readonly overhead?: OverheadRecord;
}

/** One function over all writers. */
export interface FunctionProfile {
  readonly site: SiteRecord;
  readonly aggregate: SiteAggregate;
}

/** Calls of one function that had begun and not ended when their writer was last heard of. */
export interface InFlightCalls {
  readonly name: string;
  readonly calls: number;
  /** Age of the oldest of them; absent where unknown. */
  readonly oldestMs?: number;
  readonly writer: WriterSummary;
}

/** What a run measured, its processes and threads merged. */
export interface Profile {
  readonly run: Run;
  readonly writers: readonly WriterSummary[];
  readonly functions: ReadonlyMap<string /* reported name */, FunctionProfile>;
  /** The oldest first: what hangs is the first line. */
  readonly inFlight: readonly InFlightCalls[];
  /** Metrics recorded, over all writers. */
  readonly metrics: number;
  /** What the runtime could not do: code to number of times. */
  readonly diagnostics: ReadonlyMap<string, number>;
  readonly dropped: readonly Dropped[];
  readonly sizeBytes: number;
  /** Epoch milliseconds of the last record. */
  readonly lastAt: number;
}

/**
 * Reads all files of a run, one after the other, into one profile. Memory grows with the number of functions, not
 * with the number of files.
 *
 * @param nowMs epoch milliseconds, for the age of calls in processes that still run
 */
export function readProfile(run: Run, nowMs: number = Date.now()): Profile {
  const profile = readFiles(run, nowMs);
  if (!profile.dropped.some(isGone)) return profile;
  // A writer has replaced its segment since the run was listed.
  return readFiles(openRun(dirname(run.path), run.id), nowMs);
}

function readFiles(run: Run, nowMs: number): Profile {
  const merge = new ProfileMerge(run, nowMs);
  const progress = new Progress('reading file', run.files.length);
  for (const segments of byWriter(run.files)) {
    for (const _ of segments) progress.step();
    merge.addWriter(segments);
  }
  progress.end();
  return merge.profile();
}

/** Files of one writer stand together in a run's order, the newest segment first. */
function* byWriter(files: readonly JournalFile[]): Generator<readonly JournalFile[]> {
  let segments: JournalFile[] = [];
  for (const file of files) {
    const [first] = segments;
    if (first !== undefined && !isSameWriter(first.head, file.head)) {
      yield segments;
      segments = [];
    }
    segments.push(file);
  }
  if (segments.length > 0) yield segments;
}

/** A process id is used again, on this machine and on others; with the time of the start it is one writer. */
function isSameWriter(a: HeadRecord, b: HeadRecord): boolean {
  return a.startedAt === b.startedAt && a.host === b.host && a.pid === b.pid && a.thread === b.thread;
}

class ProfileMerge {
  private readonly run: Run;
  private readonly nowMs: number;
  private readonly writers: WriterSummary[] = [];
  private readonly functions: Map<string, FunctionProfile> = new Map();
  private readonly inFlight: InFlightCalls[] = [];
  private readonly diagnostics: Map<string, number> = new Map();
  private readonly dropped: Dropped[];
  private metrics = 0;
  private sizeBytes: number;

  constructor(run: Run, nowMs: number) {
    this.run = run;
    this.nowMs = nowMs;
    this.dropped = [...run.dropped];
    this.sizeBytes = run.dropped.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Takes the newest segment that has aggregates: values are cumulative, so it supersedes those below it. */
  addWriter(segments: readonly JournalFile[]): void {
    let best: WriterState | undefined;
    for (const { path } of segments) {
      const { state, outcome } = readWriter(path);
      this.sizeBytes += outcome.sizeBytes;
      if (outcome.dropped !== undefined) this.dropped.push(outcome.dropped);
      if (state === undefined || best?.hasAggregates === true) continue;
      if (best === undefined || state.hasAggregates) best = state;
    }
    if (best !== undefined) this.addState(best);
  }

  private addState(state: WriterState): void {
    const writer = summarize(state);
    this.writers.push(writer);
    this.metrics += state.metrics;
    for (const [code, times] of state.diagnostics) {
      this.diagnostics.set(code, (this.diagnostics.get(code) ?? 0) + times);
    }
    for (const [id, aggregate] of state.aggregates) {
      const site = state.sites.get(id);
      // Our writer names a site before its first aggregate; what has no name can be shown under none.
      if (site === undefined) continue;
      this.addFunction(site, aggregate);
      this.addInFlight(site.name, aggregate, writer);
    }
  }

  private addFunction(site: SiteRecord, aggregate: SiteAggregate): void {
    const known = this.functions.get(site.name);
    // Writers come in order of their start, so the site's place is that of the newest source.
    const merged = known === undefined ? aggregate : mergeAggregates(known.aggregate, aggregate);
    this.functions.set(site.name, { site, aggregate: merged });
  }

  private addInFlight(name: string, aggregate: SiteAggregate, writer: WriterSummary): void {
    if (aggregate.inFlight === 0) return;
    const { oldestInFlightAt, inFlight: calls } = aggregate;
    const seenAt = writer.state === 'running' ? this.nowMs : writer.lastAt;
    const age = oldestInFlightAt === undefined ? {} : { oldestMs: Math.max(0, seenAt - oldestInFlightAt) };
    this.inFlight.push({ name, calls, ...age, writer });
  }

  profile(): Profile {
    const { run, writers, functions, inFlight, diagnostics, dropped, metrics, sizeBytes } = this;
    inFlight.sort((a, b) => (b.oldestMs ?? 0) - (a.oldestMs ?? 0));
    const lastAt = writers.reduce((last, writer) => Math.max(last, writer.lastAt), run.startedAt);
    return { run, writers, functions, inFlight, diagnostics, dropped, metrics, sizeBytes, lastAt };
  }
}

function summarize({ head, end, lastAt, overhead }: WriterState): WriterSummary {
  const known = { head, lastAt, ...(overhead === undefined ? {} : { overhead }) };
  if (end === undefined) return { ...known, state: isAlive(head) ? 'running' : 'lost' };
  return { ...known, state: 'ended', ...(end.exitCode === undefined ? {} : { exitCode: end.exitCode }) };
}

/** Whether a process of that id runs on this machine; another one may have taken the id since. */
function isAlive(head: HeadRecord): boolean {
  if (head.host !== hostname() || head.pid === 0) return false;
  try {
    process.kill(head.pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
