import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { noticesOf } from './notices.ts';
import { durationOf, type Profile, type WriterSummary } from '../profile/profile.ts';
import type { Rolled } from '../../runtime/format/record.ts';
import { warningsOfProfile } from './warnings.ts';

/** Raised when a field changes its meaning or goes; new fields may come at any time. */
const DOCUMENT_VERSION = 1;

/** What `tka-perf report --json` prints. Times are ISO 8601 in UTC, other numbers carry their unit in the name. */
export interface ReportDocument {
  readonly version: typeof DOCUMENT_VERSION;
  readonly run: {
    readonly id: string;
    readonly startedAt: string;
    readonly lastAt: string;
    readonly durationMs: number;
  };
  /** Ids of all runs that are added up here, the latest first. */
  readonly runs: readonly string[];
  /** One for each process and worker thread, in the order of their start. */
  readonly processes: readonly ProcessDocument[];
  /** Metrics recorded, over all processes. */
  readonly totalMetrics: number;
  /** Functions found; fewer are in `functions` where `--filter` or `--limit` was given. */
  readonly functionCount: number;
  /** Sorted as asked for. */
  readonly functions: readonly AggregateMetrics[];
  readonly inFlight: readonly {
    readonly functionName: string;
    readonly calls: number;
    readonly oldestMs?: number;
    readonly pid: number;
    readonly thread: number;
  }[];
  /** Sentences, as in the report's `Performance Warnings`. */
  readonly warnings: readonly string[];
  /** What the runtime could not do: code to number of times. */
  readonly diagnostics: Readonly<Record<string, number>>;
  /** Sentences about files that could not be read, or not to their end. */
  readonly notices: readonly string[];
}

/** One process or worker thread of a {@link ReportDocument}. */
export interface ProcessDocument {
  readonly pid: number;
  readonly ppid: number;
  /** 0 for the main thread. */
  readonly thread: number;
  readonly host: string;
  readonly node: string;
  readonly platform: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly startedAt: string;
  readonly lastAt: string;
  /** `lost`: neither ended in order nor running on this machine. */
  readonly state: WriterSummary['state'];
  readonly exitCode?: number;
  /** In order, by `stopMonitoring`, by an error that nobody caught, or by a signal; and which. */
  readonly endReason?: WriterSummary['endReason'];
  readonly endDetail?: string;
  /** How far its clock was ahead of the journal's file system; absent where they agreed. */
  readonly clockAheadMs?: number;
  /** First digits of the git commit. */
  readonly revision?: string;
  /** Share of the time that measuring may take; absent where it was `exact`, or is not known. */
  readonly budget?: number;
  /** What measuring took, in milliseconds, of so many since the runtime was loaded. */
  readonly overheadMs?: number;
  readonly elapsedMs?: number;
  /** Of that, what writing the journal took. */
  readonly journalMs?: number;
  /** And those that watching the promises of plain functions took, for which there is no budget. */
  readonly watchMs?: number;
  /** Of so many that have ended, one after the other; the other facts are those of the first, and sums. */
  readonly rolled?: Omit<Rolled, 'names'>;
}

/**
 * The document of a profile.
 *
 * @param functions those that were selected, in order
 * @param limit of them at most so many; 0 for all
 */
export function documentOf(
  profile: Profile,
  functions: readonly AggregateMetrics[],
  limit: number = 0,
): ReportDocument {
  const { run, writers, metrics, inFlight, lastAt } = profile;
  return {
    version: DOCUMENT_VERSION,
    run: {
      id: run.id,
      startedAt: isoTime(run.startedAt),
      lastAt: isoTime(lastAt),
      durationMs: durationOf(profile),
    },
    runs: profile.runs,
    processes: writers.map(processOf),
    totalMetrics: metrics,
    functionCount: profile.functions.size,
    functions: limit === 0 ? functions : functions.slice(0, limit),
    inFlight: inFlight.map(({ name, calls, oldestMs, writer }) => ({
      functionName: name,
      calls,
      ...(oldestMs === undefined ? {} : { oldestMs }),
      pid: writer.head.pid,
      thread: writer.head.thread,
    })),
    warnings: warningsOfProfile(profile, functions),
    diagnostics: Object.fromEntries(profile.diagnostics),
    notices: noticesOf(profile),
  };
}

function processOf({ head, state, lastAt, usage, ...ending }: WriterSummary): ProcessDocument {
  const { revision, pid, ppid, thread, host, node, platform, command, cwd, startedAt, rolled } = head;
  const times = { startedAt: isoTime(startedAt), lastAt: isoTime(lastAt) };
  const more = {
    ...(revision === undefined ? {} : { revision }),
    ...(usage?.budget === undefined ? {} : { budget: usage.budget }),
    ...(usage === undefined ? {} : { overheadMs: usage.overheadMs, elapsedMs: usage.elapsedMs }),
    ...(usage?.journalMs === undefined ? {} : { journalMs: usage.journalMs }),
    ...(usage?.watchMs === undefined ? {} : { watchMs: usage.watchMs }),
    ...(rolled === undefined ? {} : { rolled: withoutNames(rolled) }),
  };
  return { pid, ppid, thread, host, node, platform, command, cwd, ...times, state, ...ending, ...more };
}

function withoutNames({ writers, processes, failures }: Rolled): Omit<Rolled, 'names'> {
  return { writers, processes, failures };
}

/** Farthest from the epoch that a date can be, in milliseconds (ECMA-262, Time Values). */
const FARTHEST_MS = 8.64e15;

/** ISO 8601 of any number: a damaged clock must not break the document. */
export function isoTime(epochMs: number): string {
  return new Date(Math.min(FARTHEST_MS, Math.max(-FARTHEST_MS, epochMs))).toISOString();
}
