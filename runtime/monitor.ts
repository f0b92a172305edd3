/** The user's view of what was measured in this thread, and the switches. */
import { type AggregateMetrics, metricsOf } from './report/aggregates.ts';
import { epochNow, NS_PER_MS, now, toEpoch } from './platform/clock.ts';
import { countFailure, failureCounts, guarded } from './platform/diagnostics.ts';
import { resetBursts } from './call/burst.ts';
import { isStopped, start, stop } from './call/on-off.ts';
import { errorText } from './call/error-text.ts';
import { begin, configureLifecycle, flush } from './lifecycle.ts';
import { budget } from './budget/budget.ts';
import { parseShare } from './budget/share.ts';
import { builtin, env } from './platform/platform.ts';
import { pruned } from './platform/prune.ts';
import { DEFAULT_HISTORY, type MetricExtra, recent } from './tally/recent.ts';
import { mostCalledOf, renderReport, slowestOf } from './report/report.ts';
import { seedDocument } from './report/seed-document.ts';
import { NOWHERE } from './call/place.ts';
import { numbered, type Site } from './call/site.ts';
import { allSites, findSite, siteOf } from './call/sites.ts';
import { aggregateOf, settleAccounts } from './journal/snapshot.ts';
import { type Ongoing, ongoingCalls } from './call/ongoing.ts';
import type { Usage } from './format/record.ts';
import { usageOfThread } from './budget/usage.ts';
import { addCpu, addRss } from './tally/memory-sums.ts';

/** One measured call. */
export interface PerformanceMetric {
  readonly functionName: string;
  readonly executionTimeMs: number;
  /** Change of the resident set; absent where the call was not sampled, as is `cpuPercent`. */
  readonly memoryBytes?: number;
  readonly cpuPercent?: number;
  /** When the call ended. */
  readonly timestamp: Date;
  readonly argsHash?: string;
  readonly success: boolean;
  readonly errorMessage?: string;
}

/**
 * Options of {@link PerformanceMonitor.configure}; those left out stay as they are, and so do those of a wrong type or an
 * unknown name, which are counted as `bad-option`.
 */
export interface MonitorConfiguration {
  /** False keeps aggregates only, no recent metrics. @default true */
  readonly enableDetailedLogging?: boolean;
  /** Recent metrics kept. @default 10000 */
  readonly maxMetricsHistory?: number;
  /**
   * Share of the thread's time that measuring may take, as `0.01`, `'1%'`, or `'exact'` for every call timed;
   * `TKA_PERF_BUDGET` wins. @default '1%'
   */
  readonly budget?: number | string;
  /** Journal directory; `TKA_PERF_DIR` wins. @default `.tka-perf` beside the nearest `package.json` */
  readonly dir?: string;
  /** Milliseconds between writes to the journal. @default 1000 */
  readonly flushIntervalMs?: number;
}

/** Everything known at one moment. */
export interface Snapshot {
  readonly at: Date;
  readonly totalMetrics: number;
  readonly aggregates: readonly AggregateMetrics[];
  /** What measuring has taken. */
  readonly usage: Usage;
}

/** What was measured elsewhere and took less than that took no time: a millionth of what a clock can tell. */
const LEAST_NS = 1e-6;

/** The last moment that a `Date` can tell. */
const LAST_DATE_MS = 8.64e15;

/** Recent metrics that may be kept: some 500 MB of them. */
const MOST_HISTORY = 10_000_000;

/** One per thread: {@link getPerformanceMonitor}. */
export class PerformanceMonitor {
  readonly #isOff: boolean;
  #history: number = DEFAULT_HISTORY;
  #detailed: boolean = true;

  /** @param isOff - The environment forbids measuring. */
  constructor(isOff: boolean) {
    this.#isOff = isOff;
    if (isOff) return;
    recent.resize(this.#history);
    this.#setBudget(undefined);
  }

  /** Whether calls are measured. */
  get monitoringActive(): boolean {
    return !isStopped();
  }

  /** What the runtime could not do: code to number of times. */
  get diagnostics(): Readonly<Record<string, number>> {
    return failureCounts();
  }

  /**
   * Records a call that was measured elsewhere. It counts among those of the hour in which it is recorded; its `timestamp`
   * tells its place among the recent metrics. What is no duration or no time is counted as `bad-metric` and left out;
   * what else is not of its type, left out of the metric.
   */
  recordMetric(metric: PerformanceMetric): void {
    if (this.monitoringActive) guarded(() => this.#record(metric));
  }

  #record(metric: Partial<PerformanceMetric> | null | undefined): void {
    const { functionName, executionTimeMs, success } = metric ?? {};
    const atMs = Number(metric?.timestamp ?? epochNow());
    const endMs = now() + atMs - epochNow();
    const givenNs = typeof executionTimeMs === 'number' ? executionTimeMs * NS_PER_MS : Number.NaN;
    const durationNs = givenNs < LEAST_NS ? 0 : givenNs;
    // Longer is a wrong unit; and no reader would believe the journal.
    if (!(givenNs >= 0 && givenNs <= Number.MAX_SAFE_INTEGER) || !(Math.abs(atMs) <= LAST_DATE_MS)) {
      countFailure('bad-metric');
      return;
    }
    begin();
    const { number, tally } = siteOf(functionName as string, 'operation', NOWHERE, {});
    const { argsHash, memoryBytes, cpuPercent, errorMessage } = extraOf(metric ?? {});
    if (!tally.isOpen) tally.open();
    if (memoryBytes !== undefined) addRss(tally, memoryBytes);
    if (cpuPercent !== undefined) addCpu(tally, (durationNs * cpuPercent) / 100, durationNs);
    if (errorMessage) tally.setError(errorMessage, endMs);
    const extra = pruned<MetricExtra>({ memoryBytes, cpuPercent, argsHash, error: errorMessage });
    recent.add(number, {
      ok: success === true,
      durationNs,
      rawNs: durationNs,
      caller: -1,
      isInner: false,
      isOpen: false,
      weight: 1,
      endMs,
      extra,
    });
  }

  /** The numbers of one function; `undefined` where it was never called, or not since a reset. */
  getFunctionStats(name: string): AggregateMetrics | undefined {
    const site = findSite(name);
    if (site?.tally.isOpen !== true) return undefined;
    settleAccounts();
    const stats = statsOf(site, ongoingCalls());
    return isCalled(stats) ? stats : undefined;
  }

  /** The functions with the highest average time. */
  getSlowestFunctions(limit: number = 10): AggregateMetrics[] {
    return slowestOf(this.snapshot().aggregates, limit);
  }

  /** The functions called most. */
  getMostCalledFunctions(limit: number = 10): AggregateMetrics[] {
    return mostCalledOf(this.snapshot().aggregates, limit);
  }

  /** The recent metrics, by when they ended. */
  getMetrics(): PerformanceMetric[] {
    settleAccounts();
    const metrics = [...recent.list()].sort((a, b) => a.endMs - b.endMs);
    return metrics.map(({ site, durationNs, endMs, ok, extra: { error, ...extra } = {} }) =>
      pruned<PerformanceMetric>({
        functionName: numbered[site]?.name ?? '',
        executionTimeMs: durationNs / NS_PER_MS,
        timestamp: new Date(toEpoch(endMs)),
        success: ok,
        ...extra,
        errorMessage: error,
      }),
    );
  }

  /** The report as text. */
  generateReport(): string {
    return renderReport({ ...this.snapshot(), diagnostics: this.diagnostics });
  }

  /** Writes the JSON export. Unlike measuring, this throws where the file cannot be written. */
  exportMetrics(path: string): void {
    const { aggregates, totalMetrics, at } = this.snapshot();
    const fs = builtin('node:fs');
    if (!fs) throw new Error('[tka-perf] no file system here; use snapshot()');
    fs.writeFileSync(path, `${JSON.stringify(seedDocument(aggregates, totalMetrics, at), undefined, 2)}\n`);
  }

  /** Writes what was measured, recent metrics included, to the journal now. */
  flush(): void {
    flush('metrics');
  }

  /** Everything known now. */
  snapshot(): Snapshot {
    const called = allSites().filter(({ tally }) => tally.isOpen);
    settleAccounts();
    const ongoing = ongoingCalls();
    const aggregates = called.map((site) => statsOf(site, ongoing)).filter(isCalled);
    return { at: new Date(epochNow()), totalMetrics: recent.recorded, aggregates, usage: usageOfThread() };
  }

  /** Forgets what was measured. Calls in flight stay in flight. */
  reset(): void {
    settleAccounts();
    recent.clear();
    for (const { tally } of allSites()) if (tally.isOpen) tally.open();
    resetBursts();
  }

  /** Measures no call that begins from now on; an instrumented call costs a branch. */
  stopMonitoring(): void {
    stop();
    flush('metrics');
  }

  /** Measures again. Does nothing where the environment says `TKA_PERF=off`. */
  startMonitoring(): void {
    if (!this.#isOff) start();
  }

  /** Changes options. The environment wins over them. */
  configure(configuration: MonitorConfiguration): void {
    if (!this.#isOff) guarded(() => this.#configure(configuration ?? {}));
  }

  #configure(configuration: MonitorConfiguration): void {
    const {
      budget: share,
      dir,
      flushIntervalMs,
      maxMetricsHistory,
      enableDetailedLogging,
      ...unknown
    } = configuration;
    if (Object.keys(unknown).length > 0) countFailure('bad-option');
    if (share !== undefined) this.#setBudget(share);
    configureLifecycle(
      checked(dir, (value) => typeof value === 'string' && value !== ''),
      checked(flushIntervalMs, isAmount),
    );
    this.#history = Math.min(checked(maxMetricsHistory, isAmount) ?? this.#history, MOST_HISTORY);
    this.#detailed = checked(enableDetailedLogging, (value) => typeof value === 'boolean') ?? this.#detailed;
    recent.resize(this.#detailed ? this.#history : 0);
  }

  #setBudget(configured: number | string | undefined): void {
    const wanted = env('TKA_PERF_BUDGET') ?? configured;
    if (wanted === undefined) return;
    const share = parseShare(wanted);
    if (share === undefined) countFailure('bad-budget');
    else budget.configure(share);
  }
}

/** An option that is what it should be; what is not is counted, and leaves things as they are. */
function checked<T>(value: T | undefined, isGood: (value: T) => boolean): T | undefined {
  if (value === undefined || isGood(value)) return value;
  countFailure('bad-option');
  return undefined;
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0;
}

/** What a metric may carry, as far as it is what it should be. */
function extraOf(
  metric: Partial<PerformanceMetric>,
): Partial<Pick<PerformanceMetric, 'argsHash' | 'memoryBytes' | 'cpuPercent' | 'errorMessage'>> {
  const { argsHash, errorMessage } = metric;
  return pruned({
    argsHash: typeof argsHash === 'string' ? argsHash : undefined,
    memoryBytes: numberOf(metric.memoryBytes),
    cpuPercent: numberOf(metric.cpuPercent),
    errorMessage: errorMessage === undefined ? undefined : errorText(errorMessage),
  });
}

/** A number that a journal can hold. */
function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

function statsOf(site: Site, ongoing: Ongoing): AggregateMetrics {
  const identity = { name: site.name, kind: site.kind, ...site.place };
  return metricsOf(identity, aggregateOf(site, ongoing), epochNow(), usageOfThread());
}

/** Whether there is anything to be said: after a reset there may be nothing. */
function isCalled({ callCount, errorCount, inFlight, belowThresholdCalls }: AggregateMetrics): boolean {
  return callCount > 0 || errorCount > 0 || inFlight > 0 || belowThresholdCalls > 0;
}
