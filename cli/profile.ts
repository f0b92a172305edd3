import { dirname } from 'node:path';
import type { EndReason, HeadRecord, JournalSite, SiteAggregate, Usage } from '../runtime/record.ts';
import { isGone, openRun, type Run } from './catalog.ts';
import type { Dropped } from './dropped.ts';
import { ProfileMerge } from './profile-merge.ts';
import { readingAhead } from './read.ts';
import { type Timeline, Timelines } from './timeline.ts';
import { writersOf } from './writer-files.ts';

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
  /** How calls spread over time; empty unless {@link ProfileOptions.steps} asks for it. */
  readonly timelines: ReadonlyMap<string /* reported name */, Timeline>;
}

/** What of the runs counts. */
export interface ProfileOptions {
  /** Epoch milliseconds, for the age of calls in processes that still run. @default now */
  readonly nowMs?: number;
  /** Epoch milliseconds: only what was measured since. @default everything */
  readonly sinceMs?: number;
  /** Steps of time lines, an even number: there are more than half as many in the end. @default no time lines */
  readonly steps?: number;
}

/**
 * Reads all files of a run, one after the other, into one profile. Memory grows with the number of functions, not
 * with the number of files.
 */
export function readProfile(run: Run, nowMs: number = Date.now()): Profile {
  return readProfiles([run], { nowMs });
}

/** The same of several runs, the latest first: one after the other, added up. */
export function readProfiles(runs: readonly [Run, ...Run[]], options: ProfileOptions = {}): Profile {
  const profile = readAll(runs, options);
  if (!profile.dropped.some(isGone)) return profile;
  // A writer has replaced its segment since the runs were listed.
  const [first, ...others] = runs.map((run) => openRun(dirname(run.path), run.id));
  return first === undefined ? profile : readAll([first, ...others], options);
}

function readAll(runs: readonly [Run, ...Run[]], options: ProfileOptions): Profile {
  const { nowMs = Date.now(), sinceMs = -Infinity, steps } = options;
  const starts = runs.map(({ startedAt }) => startedAt).filter((startedAt) => startedAt > 0);
  const startedAt = Math.max(
    sinceMs,
    starts.reduce((a, b) => Math.min(a, b), runs[0].startedAt),
  );
  const lastStart = runs.reduce((last, run) => Math.max(last, run.lastStartedAt), startedAt);
  const timelines = steps === undefined ? undefined : new Timelines(startedAt, lastStart, steps);
  const merge = new ProfileMerge(nowMs, sinceMs, timelines);
  const inOrder = runs.toReversed().map((run) => ({ run, writers: writersOf(run) }));
  const newest = inOrder.flatMap(({ writers }) => writers.flatMap(({ segments }) => segments[0]?.path ?? []));
  readingAhead(newest, () => {
    for (const { run, writers } of inOrder) {
      merge.addDropped(run.dropped);
      for (const writer of writers) merge.addWriter(writer);
      merge.endRun(run.id);
    }
  });
  const latest = runs.find(({ id }) => id === merge.runs[0]) ?? runs[0];
  return merge.profile({ ...latest, startedAt });
}
