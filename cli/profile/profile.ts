import type {
  EndReason,
  HeadRecord,
  JournalSite,
  SiteAggregate,
  Usage,
} from '../../runtime/format/record.ts';
import type { Noise } from '../../runtime/report/aggregates.ts';
import type { Run } from '../journal/catalog.ts';
import type { Dropped } from '../journal/dropped.ts';
import type { Timeline } from './timeline.ts';

/** One process or worker thread of a run. */
export interface WriterSummary {
  readonly head: HeadRecord;
  /** `lost`: it neither ended in order nor runs; killed, most likely. liveness.ts says how that is judged. */
  readonly state: 'ended' | 'running' | 'lost';
  /** Why it ended, and by which error or signal. */
  readonly endReason?: EndReason;
  readonly endDetail?: string;
  readonly exitCode?: number;
  /** Epoch milliseconds of the last thing heard of it. */
  readonly lastAt: number;
  /** What measuring took there; absent in journals of version 1. */
  readonly usage?: Usage;
  /** How far its clock is ahead of the journal's file system; absent where they agree. */
  readonly clockAheadMs?: number;
}

/** One function over all writers. */
export interface FunctionProfile {
  readonly site: JournalSite;
  readonly aggregate: SiteAggregate;
  /** Absent where several functions are one row: it is that of the least exact of all writers then. */
  readonly noise?: Noise;
  /** Milliseconds that the threads were there, together, which have called it; absent where nobody knows. */
  readonly aliveMs?: number;
}

/** Calls of one function that had begun and not ended when their writer was last heard of. */
export interface InFlightCalls {
  readonly name: string;
  readonly calls: number;
  /** Age of the oldest of them; absent where unknown. */
  readonly oldestMs?: number;
  readonly writer: WriterSummary;
}

/** What one or more runs measured, their processes and threads merged. */
export interface Profile {
  /** Epoch milliseconds: ages are those of this moment. */
  readonly nowMs: number;
  /** Epoch milliseconds: only what was measured since counts; -Infinity where all does. */
  readonly sinceMs: number;
  /** The latest; its `startedAt` is that of the first one. */
  readonly run: Run;
  /** Ids of all of them that anything counts of, the latest first. */
  readonly runs: readonly string[];
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
  /** How calls spread over time; empty unless `ProfileOptions.steps` asks for it. */
  readonly timelines: ReadonlyMap<string /* reported name */, Timeline>;
}

/** What a profile is of, in words: `run 20261123-150301-a1b2c3`, `12 runs since then`. */
export function subjectOf({ run, runs, sinceMs }: Profile): string {
  const what = runs.length === 1 ? `run ${run.id}` : `${runs.length} runs`;
  return sinceMs === -Infinity ? what : `${what} since then`;
}

/** How long it ran, in milliseconds. Where the clock was set back meanwhile, as long at least as one of its threads counted; since a moment, what lies behind it. One that has nothing to say still runs. */
export function durationOf({ run, lastAt, writers, sinceMs, nowMs }: Profile): number {
  const running = writers.some(({ state }) => state === 'running');
  const untilMs = running ? Math.max(lastAt, nowMs) : lastAt;
  if (sinceMs !== -Infinity) return Math.max(0, untilMs - run.startedAt);
  const single = writers.filter(({ head }) => head.rolled === undefined);
  return single.reduce((most, { usage }) => Math.max(most, usage?.elapsedMs ?? 0), untilMs - run.startedAt);
}

/** Milliseconds that the threads were there, together; `undefined` where nobody knows: some are rolled up, or old. */
export function aliveMsOf(writers: readonly WriterSummary[]): number | undefined {
  const aliveMs = writers.reduce((sum, writer) => sum + threadMsOf(writer), 0);
  return Number.isFinite(aliveMs) && aliveMs > 0 ? aliveMs : undefined;
}

/** Milliseconds that one of them was there, or those that are rolled up together: by what they told last. Infinity where that is unknown. */
export function threadMsOf({ head, lastAt, usage }: WriterSummary): number {
  if (head.rolled === undefined) return Math.max(usage?.elapsedMs ?? 0, lastAt - head.startedAt);
  return usage === undefined ? Infinity : (1 + TOLD_PART) * usage.elapsedMs;
}

/** A writer that measures tells what that takes before it is a quarter older, or a minute; it writes once a second. */
const TOLD_PART = 1 / 4;
const MOST_UNTOLD_MS = 60_000;
const WRITING_MS = 2_000;

/** Milliseconds of a thread that what measuring took there is of: one that runs, and has not told of more since, goes on until now. 0 where nobody knows. */
export function elapsedMsOf({ head, state, usage }: WriterSummary, nowMs: number): number {
  if (usage === undefined) return 0;
  const { elapsedMs } = usage;
  const aliveMs = nowMs - head.startedAt;
  const untoldMs = Math.min(MOST_UNTOLD_MS, TOLD_PART * elapsedMs) + WRITING_MS;
  return state === 'running' && aliveMs > elapsedMs + untoldMs ? aliveMs : elapsedMs;
}

/** How many processes and threads there were, those too that are rolled up. */
export function countWriters(writers: readonly WriterSummary[]): {
  readonly processes: number;
  readonly threads: number;
} {
  const single = new Set<string>();
  let processes = 0;
  let threads = 0;
  for (const { head } of writers) {
    threads += head.rolled?.writers ?? 1;
    if (head.rolled === undefined) single.add(`${head.host} ${head.pid} ${head.ppid}`);
    else processes += head.rolled.processes;
  }
  // Of a process only threads may be left, or may ever have been there.
  return { processes: Math.max(processes + single.size, Math.min(1, threads)), threads };
}
