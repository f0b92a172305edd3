/** What files of the journal say of themselves: who writes, which sites there are; and the recent metrics. */
import { epochNow, toEpoch, uptimeMs } from '../platform/clock.ts';
import type { Encoder } from './encoder.ts';
import {
  METRIC_ARGS,
  METRIC_CPU,
  METRIC_ERROR,
  METRIC_MEMORY,
  METRIC_OK,
  METRICS_RECORD,
} from '../format/layout.ts';
import { gitRevision } from './git-revision.ts';
import { guarded } from '../platform/diagnostics.ts';
import { journalRoot, runId } from './journal-dir.ts';
import type { Disk } from '../platform/disk.ts';
import { nameSites } from './site-names.ts';
import { builtin, nodeProcess } from '../platform/platform.ts';
import type { RecentMetric } from '../tally/recent.ts';
import { type HeadRecord, JOURNAL_VERSION, type JournalSite } from '../format/record.ts';
import { numbered, type Site } from '../call/site.ts';
import { allSites } from '../call/sites.ts';

/** Where and when a journal begins. */
export interface Origin {
  /** The directory of all runs. */
  readonly root: string;
  /** What the program may change before the first record is written. */
  readonly facts: Omit<HeadRecord, 'thread' | 'host' | 'revision'>;
}

/** The origin of a journal that begins now; `undefined` where the platform has no file system. */
export function originOf(dir: string | undefined): Origin | undefined {
  const root = journalRoot(dir);
  if (!nodeProcess || root === undefined) return undefined;
  const startedAt = Math.round(epochNow());
  const { pid, ppid, version, platform, argv } = nodeProcess;
  const facts = {
    t: 'head',
    v: JOURNAL_VERSION,
    run: runId(startedAt),
    pid,
    ppid,
    startedAt,
    processStartedAt: Math.round(startedAt - uptimeMs()),
    node: version,
    platform,
    command: argv.slice(1).map(String),
    cwd: nodeProcess.cwd(),
  } as const;
  return { root, facts };
}

/** The head of this thread's files. What is only asked for here takes milliseconds, and can wait until files are written. */
export function headOf({ facts }: Origin, disk: Disk): HeadRecord {
  const revision = gitRevision(disk, facts.cwd);
  return {
    ...facts,
    thread: builtin('node:worker_threads')?.threadId ?? 0,
    host: guarded(() => builtin('node:os')?.hostname()) ?? '',
    ...(revision === undefined ? {} : { revision }),
  };
}

/** Names the sites from a number on. Returns how many there are. */
export function writeSites(out: Encoder, from: number): number {
  const all = allSites();
  nameSites(out, all.slice(from), identityOf);
  return all.length;
}

function identityOf({ name, kind, place, options }: Site): JournalSite {
  const { file, line, column } = place;
  return { name, kind, file, line, column, options };
}

/** Recent metrics, the time of each as its distance to the one before, in microseconds. */
export function writeMetrics(out: Encoder, metrics: readonly RecentMetric[]): void {
  let before = 0;
  for (let i = 0; i < metrics.length; i++) {
    if (i === 0 || out.isLong) {
      if (i > 0) out.end();
      out.begin(METRICS_RECORD);
      before = 0;
    }
    out.room();
    const at = Math.round(toEpoch((metrics[i] as RecentMetric).endMs) * 1000);
    writeMetric(out, metrics[i] as RecentMetric, at - before);
    before = at;
  }
  if (metrics.length > 0) out.end();
}

function writeMetric(out: Encoder, metric: RecentMetric, distance: number): void {
  const { site, durationNs, ok, extra } = metric;
  out.uint((numbered[site] as Site).index);
  out.byte(
    (ok ? METRIC_OK : 0) |
      (extra?.memoryBytes === undefined ? 0 : METRIC_MEMORY) |
      (extra?.cpuPercent === undefined ? 0 : METRIC_CPU) |
      (extra?.argsHash === undefined ? 0 : METRIC_ARGS) |
      (extra?.error === undefined ? 0 : METRIC_ERROR),
  );
  out.uint(Math.round(durationNs));
  out.int(distance);
  if (extra?.memoryBytes !== undefined) out.int(Math.round(extra.memoryBytes));
  if (extra?.cpuPercent !== undefined) out.float(extra.cpuPercent);
  if (extra?.argsHash !== undefined) out.text(extra.argsHash);
  if (extra?.error !== undefined) out.text(extra.error);
}
