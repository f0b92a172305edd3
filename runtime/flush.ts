/** What goes into the journal, and when it has changed. */
import { budget } from './budget.ts';
import { epochNow, toEpoch } from './clock.ts';
import { failureCounts } from './diagnostics.ts';
import { OVERHEAD, pace } from './frames.ts';
import { gitRevision } from './git-revision.ts';
import { JournalFile } from './journal.ts';
import { journalRoot, runId } from './journal-dir.ts';
import { builtin, type Disk, diskOf, nodeProcess } from './platform.ts';
import { recent, type RecentMetric } from './recent.ts';
import {
  type EndRecord,
  type HeadRecord,
  JOURNAL_VERSION,
  type JournalRecord,
  type MetricTuple,
  type OverheadRecord,
} from './record.ts';
import type { Site } from './site.ts';
import { allSites } from './sites.ts';
import { aggregateOf, callsOnStack, settleAccounts } from './snapshot.ts';
import { BELOW_THRESHOLD } from './tally.ts';

/** Metrics in one record: a cut file loses one record at most. */
const METRICS_PER_RECORD = 1000;

/** How much to write: what changed, the recent metrics too, or all that and the end. */
export type Extent = 'changes' | 'metrics' | EndRecord['reason'];

/** Keeps this thread's journal up to date with its sites. */
export class JournalWriter {
  readonly #journal: JournalFile;
  readonly #head: HeadRecord;
  #sitesWritten: number = 0;
  /** What was last written of each site, as {@link versionOf} tells it. */
  readonly #versions: (number | undefined)[] = [];
  #failuresWritten: string = '{}';

  private constructor(journal: JournalFile, head: HeadRecord) {
    this.#journal = journal;
    this.#head = head;
  }

  /** A writer into `dir` or the default directory; `undefined` where the platform has no file system. */
  static create(dir: string | undefined): JournalWriter | undefined {
    const root = journalRoot(dir);
    const disk = diskOf();
    if (!root || !disk || !nodeProcess) return undefined;
    const startedAt = epochNow();
    const run = runId(startedAt);
    const { pid, ppid, version, platform, argv } = nodeProcess;
    const thread = builtin('node:worker_threads')?.threadId ?? 0;
    return new JournalWriter(new JournalFile(disk, disk.path.join(root, run), `${pid}-${thread}`), {
      t: 'head',
      v: JOURNAL_VERSION,
      run,
      pid,
      ppid,
      thread,
      host: builtin('node:os')?.hostname() ?? '',
      startedAt,
      node: version,
      platform,
      command: argv.slice(1),
      cwd: nodeProcess.cwd(),
      ...revisionOf(disk, nodeProcess.cwd()),
    });
  }

  /** Writes what has changed since the last time. Does nothing where nothing was ever measured. */
  flush(extent: Extent): void {
    if (extent === 'changes' && this.#journal.isPausing()) return;
    const isState = this.#journal.needsState;
    if (isState) {
      this.#sitesWritten = 0;
      this.#versions.length = 0;
      this.#failuresWritten = '{}';
    }
    const records = this.#changes();
    if (isState && records.length === 0) return;
    if (extent !== 'changes') records.push(...metricsRecords(recent.takeUnwritten()));
    if (extent === 'exit' || extent === 'stop') records.push(endRecord(extent));
    if (isState) records.unshift(this.#head);
    if (records.length > 0) this.#journal.write(records, isState);
  }

  /** Closes the file; a later flush begins a new segment. */
  close(): void {
    this.#journal.close();
  }

  #changes(): JournalRecord[] {
    const records: JournalRecord[] = [];
    settleAccounts();
    const onStack = callsOnStack();
    const changed = allSites().filter((site) => {
      const version = versionOf(site);
      if (!site.tally.isOpen || (this.#versions[site.index] === version && !onStack.has(site.index)))
        return false;
      this.#versions[site.index] = version;
      return true;
    });
    if (changed.length > 0) {
      for (const site of allSites().slice(this.#sitesWritten)) records.push(siteRecord(site));
      this.#sitesWritten = allSites().length;
      const sites = changed.map((site) => aggregateOf(site, onStack));
      const at = Math.round(epochNow());
      records.push({ t: 'agg', at, sites, metrics: recent.recorded, overhead: overheadRecord() });
    }
    const counts = failureCounts();
    const failures = JSON.stringify(counts);
    if (failures !== this.#failuresWritten) {
      this.#failuresWritten = failures;
      records.push({ t: 'diag', counts });
    }
    return records;
  }
}

/** A number that differs whenever the site's aggregate does: all its parts only grow. */
function versionOf({ tally, inFlight }: Site): number {
  return (
    tally.calls + tally.at(BELOW_THRESHOLD) + inFlight.begun + tally.lastErrorMs + tally.resets * 2 ** 40
  );
}

function revisionOf(disk: Disk, folder: string): Pick<HeadRecord, 'revision'> {
  const revision = gitRevision(disk, folder);
  return revision ? { revision } : {};
}

function overheadRecord(): OverheadRecord {
  const { target } = budget;
  const spentMs = Math.round((pace[OVERHEAD] as number) * 1000) / 1000;
  return target === Infinity ? { spentMs } : { budget: target, spentMs };
}

function siteRecord({ index, name, kind, place, options }: Site): JournalRecord {
  return { t: 'site', id: index, name, kind, ...place, options };
}

function metricsRecords(metrics: readonly RecentMetric[]): JournalRecord[] {
  const records: JournalRecord[] = [];
  for (let i = 0; i < metrics.length; i += METRICS_PER_RECORD)
    records.push({ t: 'metrics', metrics: metrics.slice(i, i + METRICS_PER_RECORD).map(metricTuple) });
  return records;
}

function metricTuple({ site, durationNs, endMs, ok, extra }: RecentMetric): MetricTuple {
  return {
    id: site,
    durationNs: Math.round(durationNs),
    at: Math.round(toEpoch(endMs) * 1000) / 1000,
    ok,
    ...extra,
  };
}

function endRecord(reason: EndRecord['reason']): EndRecord {
  const code = Number(nodeProcess?.exitCode ?? 0);
  return {
    t: 'end',
    at: Math.round(epochNow()),
    reason,
    ...(Number.isInteger(code) ? { exitCode: code } : {}),
  };
}
