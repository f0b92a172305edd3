/** From the sums of a site, one writer's or several merged, to the numbers that a user reads. Pure. */
import { MS_PER_HOUR, NS_PER_MS } from '../platform/clock.ts';
import { mergeHistograms, quantileOf } from '../format/histogram-record.ts';
import { pruned } from '../platform/prune.ts';
import type { SiteAggregate, SiteKind, SiteRecord, Usage } from '../format/record.ts';
import { growthOf } from './growth.ts';
import { marginNsOf, outermostMarginNsOf, selfMarginNsOf } from './margin.ts';
import { withinTime } from './within-time.ts';
import { mergeTrends, type Trend, trendOf } from '../tally/trend.ts';

/** What is known of one function. Times in milliseconds, memory in bytes. */
export interface AggregateMetrics {
  readonly functionName: string;
  /** Calls that ended, exact; calls under the mark's threshold excluded. */
  readonly callCount: number;
  /** Where it is an estimate all the same: of a sampled function only the timed calls tell what is under the threshold. */
  readonly callCountEstimated?: true;
  /** Of timed calls; 0 where `timedCalls` is 0, as are the next seven. */
  readonly avgExecutionTimeMs: number;
  /**
   * Where that is estimated, half the width of its 95 % confidence interval; absent where every call was timed by a clock
   * that does not go by steps. The total's is as large a part of it.
   */
  readonly avgExecutionTimeMarginMs?: number;
  readonly minExecutionTimeMs: number;
  readonly maxExecutionTimeMs: number;
  /** Percentiles are within 1.1 % of the true ones. */
  readonly p50ExecutionTimeMs: number;
  readonly p90ExecutionTimeMs: number;
  readonly p95ExecutionTimeMs: number;
  readonly p99ExecutionTimeMs: number;
  /**
   * Sum over all calls, those that were counted and not timed estimated; a call inside of a call of the same function is
   * in that one's time already. What a journal's reader is told of a synchronous function as an estimate is no longer than
   * its threads were there; nor is `selfTimeMs`.
   */
  readonly totalExecutionTimeMs: number;
  /** Time in the function itself, without instrumented functions it called; of calls in flight too. */
  readonly selfTimeMs?: number;
  /** Where that is estimated, or the calls inside are, half the width of its 95 % confidence interval. */
  readonly selfTimeMarginMs?: number;
  /** The same of the total, where that is estimated otherwise than the mean is: of a function that calls itself, or has a threshold. */
  readonly totalExecutionTimeMarginMs?: number;
  /** Change of the resident set per call, mean of sampled calls; absent where none was sampled, as are the next two. */
  readonly avgMemoryBytes?: number;
  /** Heap allocated per call. */
  readonly avgAllocatedBytes?: number;
  /** CPU time by elapsed time, in percent of one core. */
  readonly cpuPercent?: number;
  /** Calls of which memory and CPU were sampled, and of those the ones whose allocation could be told. */
  readonly memorySamples: number;
  readonly allocationSamples: number;
  /** Of the samples, those taken while other calls were in flight: what those did may be in the three means. */
  readonly overlappingSamples: number;
  /** 0 to 1; 1 where nothing was called. */
  readonly successRate: number;
  readonly errorCount: number;
  readonly lastError?: string;
  /** Exact to the hour; of calls measured elsewhere, the hour in which they were recorded. */
  readonly last24hCalls: number;
  readonly performanceTrend: Trend;
  /** Async functions, generators, functions that returned promises: time running, and time suspended. */
  readonly activeTimeMs?: number;
  readonly waitTimeMs?: number;
  /** Of calls shorter than 20 µs only some are looked at for that: then these two, and `selfTimeMs`, are estimates. */
  readonly activeTimeEstimated?: true;
  /** Calls begun and not ended. */
  readonly inFlight: number;
  /** Age of the oldest call in flight; absent where there is none. */
  readonly oldestInFlightMs?: number;
  readonly timedCalls: number;
  /** How fine a call's duration could be told: one below this may be none. 0 where that is unknown. */
  readonly noiseMs: number;
  /** The same of a mean of many: a smaller one may be 0. */
  readonly avgNoiseMs: number;
  /** Calls faster than the threshold that did not fail, in no other number here; an estimate where `callCount` is. */
  readonly belowThresholdCalls: number;
  readonly kind: SiteKind;
  /** Relative to the project root; empty for operations named at run time. */
  readonly file: string;
  /** 1-based; 0 where unknown. */
  readonly line: number;
  /** 0-based. */
  readonly column: number;
}

/** How fine a thread could tell durations. */
export type Noise = Pick<Usage, 'noiseNs' | 'avgNoiseNs'>;

/** Who has measured: one thread, or several. */
export interface Measured extends Noise {
  /** Milliseconds that they were there: no estimate of what they have done one after the other is longer. Absent where that is unknown. */
  readonly aliveMs?: number | undefined;
}

/** Who a site is. */
export type SiteIdentity = Pick<SiteRecord, 'name' | 'kind' | 'file' | 'line' | 'column'>;

const HOURS_IN_DAY = 24;

/**
 * The numbers of one function.
 *
 * @param nowMs - Epoch milliseconds up to which `last24hCalls` and ages are reckoned.
 * @param measured - The thread that measured; of several the noise of each as much as it has timed, and the sum of their times.
 */
export function metricsOf(
  site: SiteIdentity,
  told: SiteAggregate,
  nowMs: number,
  { noiseNs, avgNoiseNs = noiseNs, aliveMs = Infinity }: Measured = { noiseNs: 0 },
): AggregateMetrics {
  const aggregate = withinTime(told, site.kind, aliveMs * NS_PER_MS);
  const { calls, errors, timed, totalNs, histogram, minNs = 0, maxNs = 0 } = aggregate;
  const share = growthOf(aggregate).all;
  const averageNs = averageNsOf(aggregate, share);
  const percentile = (q: number): number => quantileOf(histogram, q, minNs, maxNs) / NS_PER_MS;
  const firstHour = Math.floor(nowMs / MS_PER_HOUR) - HOURS_IN_DAY;
  return pruned<AggregateMetrics>({
    functionName: site.name,
    callCount: calls,
    callCountEstimated: aggregate.isGuessed,
    avgExecutionTimeMs: averageNs / NS_PER_MS,
    avgExecutionTimeMarginMs: scaled(averageMarginNsOf(aggregate, averageNs, share)),
    minExecutionTimeMs: minNs / NS_PER_MS,
    maxExecutionTimeMs: maxNs / NS_PER_MS,
    p50ExecutionTimeMs: percentile(0.5),
    p90ExecutionTimeMs: percentile(0.9),
    p95ExecutionTimeMs: percentile(0.95),
    p99ExecutionTimeMs: percentile(0.99),
    totalExecutionTimeMs: ((aggregate.outermostNs ?? totalNs) * share) / NS_PER_MS,
    totalExecutionTimeMarginMs: scaled(outermostMarginNsOf(aggregate), share),
    selfTimeMs: scaled(aggregate.selfNs, share),
    selfTimeMarginMs: scaled(selfMarginNsOf(aggregate), share),
    avgMemoryBytes: mean(aggregate.rss),
    avgAllocatedBytes: mean(aggregate.heap),
    cpuPercent: cpuPercentOf(aggregate.cpu),
    memorySamples: aggregate.rss.n,
    allocationSamples: aggregate.heap.n,
    overlappingSamples: aggregate.overlapping ?? 0,
    // Errors are exact also where calls are estimated.
    successRate: calls > 0 ? Math.max(0, 1 - errors / calls) : 1,
    errorCount: errors,
    lastError: aggregate.lastError,
    last24hCalls: aggregate.hours.reduce((sum, [hour, count]) => (hour > firstHour ? sum + count : sum), 0),
    performanceTrend: averageNs < avgNoiseNs ? 'stable' : trendOf(aggregate.trend),
    activeTimeMs: scaled(aggregate.activeNs, share),
    waitTimeMs: scaled(aggregate.waitNs, share),
    activeTimeEstimated: aggregate.isActiveGuessed,
    inFlight: aggregate.inFlight,
    oldestInFlightMs:
      aggregate.oldestInFlightAt === undefined ? undefined : Math.max(0, nowMs - aggregate.oldestInFlightAt),
    timedCalls: timed,
    noiseMs: noiseNs / NS_PER_MS,
    avgNoiseMs: avgNoiseNs / NS_PER_MS,
    belowThresholdCalls: aggregate.belowThreshold,
    kind: site.kind,
    file: site.file,
    line: site.line,
    column: site.column,
  });
}

/** Mean duration of all calls, where their total grows by so much. They took no less than the outermost ones among them. */
function averageNsOf(
  { calls, timed, represented = timed, longCalls, totalNs, outermostNs = 0 }: SiteAggregate,
  growth: number,
): number {
  if (represented === 0) return 0;
  if (calls === 0) return totalNs / represented;
  const drawnNs = longCalls === undefined ? totalNs / represented : (totalNs * growth) / calls;
  return Math.max(drawnNs, (outermostNs * growth) / calls);
}

/** How far that may be off: where the outermost calls tell it, no less than they tell. */
function averageMarginNsOf(aggregate: SiteAggregate, averageNs: number, growth: number): number | undefined {
  const marginNs = marginNsOf(aggregate);
  const { calls, outermostNs = 0 } = aggregate;
  const outermostMarginNs = outermostMarginNsOf(aggregate);
  if (outermostMarginNs === undefined || averageNs > (outermostNs * growth) / calls) return marginNs;
  return Math.max(marginNs ?? 0, (outermostMarginNs * growth) / calls);
}

/** The aggregates of the same function by two writers as one. Commutative and associative, sums exact. */
export function mergeAggregates(a: SiteAggregate, b: SiteAggregate): SiteAggregate {
  return pruned<SiteAggregate>({
    id: Math.min(a.id, b.id),
    calls: a.calls + b.calls,
    errors: a.errors + b.errors,
    belowThreshold: a.belowThreshold + b.belowThreshold,
    isGuessed: a.isGuessed ?? b.isGuessed,
    inFlight: a.inFlight + b.inFlight,
    oldestInFlightAt: either(Math.min, a.oldestInFlightAt, b.oldestInFlightAt),
    timed: a.timed + b.timed,
    represented: eitherSet(a.represented, a.timed, b.represented, b.timed),
    longCalls: either(plus, a.longCalls, b.longCalls),
    longNs: either(plus, a.longNs, b.longNs),
    spread: either(plus, a.spread, b.spread),
    selfSpread: either(plus, a.selfSpread, b.selfSpread),
    outermostSpread: eitherSet(a.outermostSpread, a.spread ?? 0, b.outermostSpread, b.spread ?? 0),
    totalNs: a.totalNs + b.totalNs,
    rawTotalNs: a.rawTotalNs + b.rawTotalNs,
    histogramNs: eitherSet(a.histogramNs, a.totalNs, b.histogramNs, b.totalNs),
    outermostNs: eitherSet(a.outermostNs, a.totalNs, b.outermostNs, b.totalNs),
    selfNs: either(plus, a.selfNs, b.selfNs),
    activeNs: either(plus, a.activeNs, b.activeNs),
    waitNs: either(plus, a.waitNs, b.waitNs),
    isActiveGuessed: a.isActiveGuessed ?? b.isActiveGuessed,
    minNs: either(Math.min, a.minNs, b.minNs),
    maxNs: either(Math.max, a.maxNs, b.maxNs),
    histogram: mergeHistograms(a.histogram, b.histogram),
    rss: { n: a.rss.n + b.rss.n, sumBytes: a.rss.sumBytes + b.rss.sumBytes },
    heap: { n: a.heap.n + b.heap.n, sumBytes: a.heap.sumBytes + b.heap.sumBytes },
    cpu: {
      n: a.cpu.n + b.cpu.n,
      cpuNs: a.cpu.cpuNs + b.cpu.cpuNs,
      wallNs: a.cpu.wallNs + b.cpu.wallNs,
    },
    overlapping: either(plus, a.overlapping, b.overlapping),
    ...latestError(a, b),
    hours: mergeHours(a.hours, b.hours),
    trend: mergeTrends(a.trend, b.trend),
  });
}

type Hours = SiteAggregate['hours'];

function mergeHours(a: Hours, b: Hours): Hours {
  const calls = new Map<number /* hour since the epoch */, number>();
  for (const [hour, count] of [...a, ...b]) calls.set(hour, (calls.get(hour) ?? 0) + count);
  return [...calls].sort(([x], [y]) => x - y);
}

function latestError(
  a: SiteAggregate,
  b: SiteAggregate,
): {
  lastError: string | undefined;
  lastErrorAt: number | undefined;
} {
  const [atA, atB] = [a.lastErrorAt ?? -1, b.lastErrorAt ?? -1];
  const aIsLater = atA === atB ? (a.lastError ?? '') > (b.lastError ?? '') : atA > atB;
  const { lastError, lastErrorAt } = aIsLater ? a : b;
  return { lastError, lastErrorAt };
}

function either(
  merge: (x: number, y: number) => number,
  x: number | undefined,
  y: number | undefined,
): number | undefined {
  return x === undefined ? y : y === undefined ? x : merge(x, y);
}

/** The sum of two numbers that are left out where they are the same as another one. */
function eitherSet(
  x: number | undefined,
  otherX: number,
  y: number | undefined,
  otherY: number,
): number | undefined {
  return x === undefined && y === undefined ? undefined : (x ?? otherX) + (y ?? otherY);
}

function plus(x: number, y: number): number {
  return x + y;
}

function mean({ n, sumBytes }: SiteAggregate['rss']): number | undefined {
  return n > 0 ? sumBytes / n : undefined;
}

function cpuPercentOf({ cpuNs, wallNs }: SiteAggregate['cpu']): number | undefined {
  return wallNs > 0 ? (100 * cpuNs) / wallNs : undefined;
}

function scaled(durationNs: number | undefined, share: number = 1): number | undefined {
  return durationNs === undefined ? undefined : (durationNs * share) / NS_PER_MS;
}
