import type { MetricTuple, SiteRecord } from '../runtime/record.ts';
import type { JournalFile, Run } from './catalog.ts';
import { readJournalFile } from './read.ts';

/** One call of the rings of recent metrics, with where it ran. */
export interface RecentCall extends MetricTuple {
  readonly site: SiteRecord;
  readonly file: JournalFile;
}

/**
 * The single calls that a run has kept, in the order in which they ended: at most the last 10,000 of each process and
 * thread, timed ones only. They reach the journal when their process ends or is flushed by hand.
 */
export function recentCalls(run: Run): RecentCall[] {
  const calls = run.files.flatMap(callsOfFile);
  return calls.toSorted((a, b) => a.at - b.at);
}

function callsOfFile(file: JournalFile): RecentCall[] {
  const sites = new Map<number /* site id */, SiteRecord>();
  const calls: RecentCall[] = [];
  readJournalFile(file.path, (record) => {
    if (record.t === 'site') sites.set(record.id, record);
    if (record.t !== 'metrics') return;
    for (const metric of record.metrics) {
      const site = sites.get(metric.id);
      if (site !== undefined) calls.push({ ...metric, site, file });
    }
  });
  return calls;
}
