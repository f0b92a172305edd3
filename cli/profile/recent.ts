import type { HeadRecord, JournalSite, MetricTuple } from '../../runtime/format/record.ts';
import { dirname } from 'node:path';
import { openRun, type Run } from '../journal/catalog.ts';
import { countedWriters } from '../journal/copies.ts';
import { readJournalFile } from '../journal/read.ts';
import { newestOf } from '../journal/writer-files.ts';
import type { Profile } from './profile.ts';

/** One call of the rings of recent metrics, with where it ran. */
export interface RecentCall extends MetricTuple {
  readonly site: JournalSite;
  readonly head: HeadRecord;
}

/**
 * The single calls of a profile's functions that were kept, in the order in which they ended: of each process and thread at
 * most the last 10,000, timed ones only. All of them are there when their process has ended or was flushed by hand.
 */
export function recentCalls({ run, runs, sinceMs, functions }: Profile): RecentCall[] {
  const dir = dirname(run.path);
  return callsOfRuns(runs.map((id) => openRun(dir, id)))
    .filter(({ at, site }) => at >= sinceMs && functions.has(site.name))
    .toSorted((a, b) => a.at - b.at);
}

/** Those of runs, file by file. */
export function callsOfRuns(runs: readonly Run[]): RecentCall[] {
  return countedWriters(runs).flatMap(({ writers }) =>
    writers.flatMap((files) => {
      const newest = newestOf(files);
      return newest === undefined ? [] : callsOfFile(newest.path);
    }),
  );
}

/** Those of one file, in its order. */
export function callsOfFile(path: string): RecentCall[] {
  const sites = new Map<number /* site id */, JournalSite>();
  const calls: RecentCall[] = [];
  let head: HeadRecord | undefined;
  readJournalFile(path, (record) => {
    if (record.t === 'head') head = record;
    if (record.t === 'site') sites.set(record.id, record);
    if (record.t === 'sites') for (const site of record.sites) sites.set(sites.size, site);
    if (record.t !== 'metrics' || head === undefined) return;
    for (const metric of record.metrics) {
      const site = sites.get(metric.id);
      if (site !== undefined) calls.push({ ...metric, site, head });
    }
  });
  return calls;
}
