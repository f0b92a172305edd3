import { dirname } from 'node:path';
import { isGone, openRun, type Run } from '../journal/catalog.ts';
import { countedWriters } from '../journal/copies.ts';
import type { Profile } from './profile.ts';
import { ProfileMerge } from './profile-merge.ts';
import { readingAhead } from '../journal/read.ts';
import { Timelines } from './timeline.ts';

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
  const inOrder = countedWriters(runs.toReversed());
  const newest = inOrder.flatMap(({ writers }) => writers.flatMap(({ segments }) => segments[0]?.path ?? []));
  readingAhead(newest, () => {
    for (const { run, writers, copies } of inOrder) {
      merge.addDropped([...run.dropped, ...copies]);
      for (const writer of writers) merge.addWriter(writer);
      merge.endRun(run.id);
    }
  });
  const latest = runs.find(({ id }) => id === merge.runs[0]) ?? runs[0];
  return merge.profile({ ...latest, startedAt });
}
