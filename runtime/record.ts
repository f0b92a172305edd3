/**
 * The journal's schema: the one description of what the runtime writes and the reader reads.
 *
 * A journal file is a sequence of lines, each `<crc32 of the JSON text, 8 hex digits> <JSON>\n`, in UTF-8. A line
 * that is incomplete or whose checksum is wrong ends the file's valid prefix. The first record is a
 * {@link HeadRecord}. Values are cumulative since the writer started, so that the last {@link AggregateRecord} of
 * a site is all that a reader needs, and a file that was cut loses at most the last interval.
 */

/** Version of the schema; a reader refuses a file whose head carries a higher one. */
export const JOURNAL_VERSION = 1;

/** File-name extension of a journal file: `<process>-<thread>.<segment>.tkap`. */
export const JOURNAL_EXTENSION = '.tkap';

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
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly node: string;
  readonly platform: string;
  /** `process.argv` without the executable. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** First digits of the git commit that `cwd` is at; absent where there is none. */
  readonly revision?: string;
}

/** A site is named; written once, before the first aggregate of that id. */
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
  /** Sum of durations, what measuring took taken off. */
  readonly totalNs: number;
  /** As measured, the probe's own cost included. */
  readonly rawTotalNs: number;
  /** `totalNs` without calls inside of a call of the same function. Absent where it is `totalNs`. */
  readonly outermostNs?: number;
  /** Time in the function itself, of calls in flight too. */
  readonly selfNs?: number;
  /** Async functions, generators, functions that returned promises: time running, and time suspended. */
  readonly activeNs?: number;
  readonly waitNs?: number;
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
  readonly lastError?: string;
  /** Epoch milliseconds of `lastError`: of several writers' the latest counts. */
  readonly lastErrorAt?: number;
  /** Calls by hour: pairs of hours since the epoch and calls, the last 25 hours at most. */
  readonly hours: readonly (readonly [hour: number, calls: number])[];
  readonly trend: TrendRecord;
}

/** State of the sites that changed since the last flush. */
export interface AggregateRecord {
  readonly t: 'agg';
  /** Epoch milliseconds. */
  readonly at: number;
  readonly sites: readonly SiteAggregate[];
  /** Metrics recorded so far, cumulative; the report's `Total Metrics Collected`. */
  readonly metrics: number;
  /** What measuring may take and has taken of this thread's time since it began. */
  readonly overhead?: OverheadRecord;
}

export interface OverheadRecord {
  /** Share of the time, 0.01 is 1 %; absent where every call is timed whatever it costs. */
  readonly budget?: number;
  readonly spentMs: number;
}

/** One call of the ring of recent metrics; written once each, when the writer ends or is flushed by hand. */
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

/** What the runtime could not do: code to number of times. Cumulative. */
export interface DiagnosticsRecord {
  readonly t: 'diag';
  readonly counts: Readonly<Record<string, number>>;
}

/** The writer ended in order. Its absence means that the process runs still, or was killed. */
export interface EndRecord {
  readonly t: 'end';
  readonly at: number;
  readonly reason: 'exit' | 'stop';
  /** Absent where unknown. */
  readonly exitCode?: number;
}

export type JournalRecord =
  | HeadRecord
  | SiteRecord
  | AggregateRecord
  | MetricsRecord
  | DiagnosticsRecord
  | EndRecord;
