/**
 * The journal's schema: the one description of what the runtime writes and the reader reads.
 *
 * A file is a sequence of records with length and checksum; a record that is incomplete or whose checksum is wrong ends
 * the file's valid prefix. The first is a {@link HeadRecord}. What is written seldom is JSON and stands here; what is
 * written at each flush is binary: layout.ts. docs/journal-format.md describes both for other readers.
 *
 * In version 1 each record was a line, `<crc32 of the JSON text, 8 hex digits> <JSON>\n`, and aggregates were JSON too:
 * {@link AggregateRecord}, {@link SiteRecord}. Readers still take it.
 */

/** Version of the schema; a reader refuses a file whose beginning carries a higher one. */
export const JOURNAL_VERSION = 2;

/** File-name extension of a journal file: `<process>-<thread>.<start>.<segment>.tkap`. */
export const JOURNAL_EXTENSION = '.tkap';

/** A file of a run that is put together of others', under this name until it is complete: it has it as long as one writes it. */
export const ROLLING = 'rolling';

/** What kind of function-like thing a site is. */
export type SiteKind =
  | 'function'
  | 'arrow'
  | 'method'
  | 'getter'
  | 'setter'
  | 'constructor'
  | 'generator'
  | 'async'
  | 'async-generator'
  | 'block'
  | 'operation';

/** Options of one mark, as the transform emits them and the decorator takes them. */
export interface SiteOptions {
  /** Calls faster than this, in milliseconds, are not recorded. @default 0 */
  readonly threshold?: number;
  /** Hash the arguments of each call. @default false */
  readonly args?: boolean;
  /** Sample memory (true), never (false), or as the runtime decides (absent). */
  readonly memory?: boolean;
  /** Time every call, whatever the overhead budget says. @default false */
  readonly exact?: boolean;
}

/** One process or worker thread begins to write. */
export interface HeadRecord {
  readonly t: 'head';
  readonly v: number;
  /** Run id: shared by a process, its children and its workers. */
  readonly run: string;
  readonly pid: number;
  readonly ppid: number;
  /** 0 in the main thread. */
  readonly thread: number;
  readonly host: string;
  /** Epoch milliseconds at which the writer began. */
  readonly startedAt: number;
  /** The same of its process: tells it from another one that was given the same number. Absent in version 1. */
  readonly processStartedAt?: number;
  readonly node: string;
  readonly platform: string;
  /** `process.argv` without the executable. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** First digits of the git commit that `cwd` is at; absent where there is none. */
  readonly revision?: string;
  /** The file holds what several writers have measured, all of which have ended; the head is otherwise that of the first. */
  readonly rolled?: Rolled;
}

/** Writers that were rolled up into one file. */
export interface Rolled {
  /** Names of those that were put together: where files of them are there still, they count no more. */
  readonly names: readonly string[];
  readonly writers: number;
  /** Those of them that were main threads. */
  readonly processes: number;
  /** How the others ended than by themselves: `killed`, `error`, the name of a signal; each how often. */
  readonly failures: Readonly<Record<string, number>>;
}

/** A site as readers know it. */
export type JournalSite = Omit<SiteRecord, 't' | 'id'>;

/** Sites are named, before the first row of each. They are numbered in this order, from 0 in each file. */
export interface SitesRecord {
  readonly t: 'sites';
  readonly sites: readonly JournalSite[];
}

/** A site; in version 1 a record of its own, before the first aggregate of that id. */
export interface SiteRecord {
  readonly t: 'site';
  /** Number of the site in this file, from 0. */
  readonly id: number;
  readonly name: string;
  readonly kind: SiteKind;
  /** Path relative to the project root, `/`-separated; empty for operations named at run time. */
  readonly file: string;
  /** 1-based; 0 where unknown. */
  readonly line: number;
  /** 0-based. */
  readonly column: number;
  readonly options: SiteOptions;
}

/**
 * A histogram in OpenTelemetry's exponential layout: bucket `i` holds values in
 * (base^(offset+i), base^(offset+i+1)], base = 2^(2^-scale), values in nanoseconds.
 * Source: OpenTelemetry metrics data model, "ExponentialHistogram".
 */
export interface HistogramRecord {
  readonly scale: number;
  readonly zeroCount: number;
  readonly offset: number;
  readonly counts: readonly number[];
}

/** Moments of the older and the newer half of the last 100 timed calls, durations in nanoseconds. */
export interface TrendRecord {
  /** Effective number of samples of a half, autocorrelation taken off. */
  readonly n: readonly [older: number, newer: number];
  readonly mean: readonly [older: number, newer: number];
  readonly variance: readonly [older: number, newer: number];
}

/** Cumulative values of one site. Durations in nanoseconds, memory in bytes. */
export interface SiteAggregate {
  readonly id: number;
  /** Calls ended or begun and counted, exact; calls under the threshold excluded. */
  readonly calls: number;
  readonly errors: number;
  /** Calls faster than the site's threshold. */
  readonly belowThreshold: number;
  /** Some of those were only counted, so that how many they are, and `calls` with it, is an estimate. */
  readonly isGuessed?: true;
  /** Calls begun and not yet ended. */
  readonly inFlight: number;
  /** Epoch milliseconds at which the oldest call in flight began; absent where none is. */
  readonly oldestInFlightAt?: number;
  /** Calls timed; fewer than `calls` where the overhead budget had the others only counted. */
  readonly timed: number;
  /**
   * Calls that the timed ones stand for: each for itself and for those counted since the last timed one. Sums of
   * durations and the histogram count each timed call that often. Absent where it is `timed`.
   */
  readonly represented?: number;
  /** Of these, long calls, each of which stands for itself alone, and their part of `totalNs`. Absent where there are none. */
  readonly longCalls?: number;
  readonly longNs?: number;
  /**
   * Variance of `totalNs` as an estimate, or as the sum of what a clock that goes by steps told, in square microseconds.
   * Absent where it is neither, and in journals of older writers.
   */
  readonly spread?: number;
  /** Sum of durations, what measuring took taken off. */
  readonly totalNs: number;
  /** As measured, the probe's own cost included. */
  readonly rawTotalNs: number;
  /** What the calls in the histogram took, where bursts tell the total. It never becomes less. Absent where it is `totalNs`. */
  readonly histogramNs?: number;
  /** `totalNs` without calls inside of a call of the same function. Absent where it is `totalNs`. */
  readonly outermostNs?: number;
  /** Variance of that in square microseconds, where it is estimated otherwise than the total is. */
  readonly outermostSpread?: number;
  /** Time in the function itself, of calls in flight too. */
  readonly selfNs?: number;
  /** Variance of that in square microseconds, where it is estimated: by the normal distribution's quantile it tells a margin. */
  readonly selfSpread?: number;
  /** Async functions, generators, functions that returned promises: time running, and time suspended. */
  readonly activeNs?: number;
  readonly waitNs?: number;
  /** Nobody looked when some of those calls ran: these two, and the self time, are estimates. */
  readonly isActiveGuessed?: true;
  /** Absent where nothing was timed. */
  readonly minNs?: number;
  readonly maxNs?: number;
  readonly histogram: HistogramRecord;
  /** RSS change: number of samples and sum of changes. */
  readonly rss: { readonly n: number; readonly sumBytes: number };
  /** Heap allocated: number of samples and sum. */
  readonly heap: { readonly n: number; readonly sumBytes: number };
  /** CPU time over wall time of sampled calls, both in nanoseconds. */
  readonly cpu: { readonly n: number; readonly cpuNs: number; readonly wallNs: number };
  /** Of the samples of memory and CPU, those taken while other calls were in flight. Absent where there were none. */
  readonly overlapping?: number;
  readonly lastError?: string;
  /** Epoch milliseconds of `lastError`: of several writers' the latest counts. */
  readonly lastErrorAt?: number;
  /** Calls by hour: pairs of hours since the epoch and calls, the last 25 hours at most. */
  readonly hours: readonly (readonly [hour: number, calls: number])[];
  readonly trend: TrendRecord;
}

/** Version 1: state of the sites that changed since the last flush. */
export interface AggregateRecord {
  readonly t: 'agg';
  /** Epoch milliseconds. */
  readonly at: number;
  readonly sites: readonly SiteAggregate[];
  /** Metrics recorded so far, cumulative; the report's `Total Metrics Collected`. */
  readonly metrics: number;
}

/**
 * One call of the ring of recent metrics, written once each: of a busy interval the newest at once, the others when the
 * writer ends, if the ring still has them. `id` is the number of the site in the file.
 */
export interface MetricTuple {
  readonly id: number;
  readonly durationNs: number;
  /** Epoch milliseconds at which the call ended, to the microsecond. */
  readonly at: number;
  readonly ok: boolean;
  readonly memoryBytes?: number;
  readonly cpuPercent?: number;
  readonly argsHash?: string;
  readonly error?: string;
}

export interface MetricsRecord {
  readonly t: 'metrics';
  readonly metrics: readonly MetricTuple[];
}

/** What measuring takes of a thread, by its own account. */
export interface Usage {
  /** Milliseconds since the runtime was loaded, and of those the ones that measuring took, writing the journal included. */
  readonly elapsedMs: number;
  readonly overheadMs: number;
  /** Of those, the ones that writing the journal took, for which there is a budget apart; absent in older journals. */
  readonly journalMs?: number;
  /** And those that watching the promises of plain functions took, which is on no budget; absent where there were none. */
  readonly watchMs?: number;
  /** Share of the time that measuring calls may take; absent where every call is timed. */
  readonly budget?: number;
  /** How fine a call's duration can be told, in nanoseconds: a corrected one below this may be none. */
  readonly noiseNs: number;
  /** The same of a mean of many, where that is another: by a clock that goes by steps. */
  readonly avgNoiseNs?: number;
}

/** That, written with each state, once a minute and at the end. */
export interface UsageRecord extends Usage {
  readonly t: 'usage';
}

/** What the runtime could not do: code to number of times. Cumulative. */
export interface DiagnosticsRecord {
  readonly t: 'diag';
  readonly counts: Readonly<Record<string, number>>;
}

/** The writer's clock against that of the file system that the journal is on, where they differ. */
export interface ClockRecord {
  readonly t: 'clock';
  /** How far the writer's is ahead, in milliseconds. */
  readonly aheadMs: number;
}

/** Why a writer ended: in order, because it had nothing to do and may have been ended from outside, by an error that nobody caught, or by a signal. */
export type EndReason = 'exit' | 'stop' | 'error' | 'signal';

/** The writer ended in order. Its absence means that the process runs still, or was killed. */
export interface EndRecord {
  readonly t: 'end';
  readonly at: number;
  readonly reason: EndReason;
  /** What the error says, the name of the signal. */
  readonly detail?: string;
  /** Absent where unknown. */
  readonly exitCode?: number;
}

export type JournalRecord =
  | HeadRecord
  | SiteRecord
  | SitesRecord
  | AggregateRecord
  | MetricsRecord
  | DiagnosticsRecord
  | ClockRecord
  | UsageRecord
  | EndRecord;
