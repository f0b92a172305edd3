/** The report as text, with the seed's parts. Pure: the runtime and the CLI both print by it. */
import type { AggregateMetrics } from './aggregates.ts';
import { callsSign, memorySign, signed } from './estimates.ts';
import type { Trend } from '../tally/trend.ts';

/** What a report is made from. */
export interface ReportInput {
  readonly aggregates: readonly AggregateMetrics[];
  /** Of the functions that the aggregates are of. @default one each */
  readonly functionCount?: number;
  /** Metrics recorded. */
  readonly totalMetrics: number;
  /** What the runtime could not do, code to number of times. @default none */
  readonly diagnostics?: Readonly<Record<string, number>>;
  /** What a code means, as the end of its line. @default nothing */
  readonly explain?: (code: string) => string;
  /** @default those of the aggregates */
  readonly warnings?: readonly string[];
}

/** The seed's icon of each trend. */
export const TREND_ICONS: Readonly<Record<Trend, string>> = {
  improving: '📈',
  degrading: '📉',
  stable: '➡️',
};

const BYTES_PER_MB = 1024 * 1024;
const LISTED = 5;

const SLOW_MS = 1000;
const DEGRADING_CALLS = 10;
const LOW_SUCCESS_RATE = 0.95;
const LOW_SUCCESS_CALLS = 5;
const HIGH_MEMORY_BYTES = 100 * BYTES_PER_MB;

/** The functions by average time, slowest first; the same order for the same numbers. */
export function slowestOf(aggregates: readonly AggregateMetrics[], limit: number): AggregateMetrics[] {
  return ranked(aggregates, limit, (a) => a.avgExecutionTimeMs);
}

/** The functions by number of calls, most called first. */
export function mostCalledOf(aggregates: readonly AggregateMetrics[], limit: number): AggregateMetrics[] {
  return ranked(aggregates, limit, (a) => a.callCount);
}

function ranked(
  aggregates: readonly AggregateMetrics[],
  limit: number,
  by: (aggregate: AggregateMetrics) => number,
): AggregateMetrics[] {
  return [...aggregates]
    .sort((a, b) => by(b) - by(a) || (a.functionName < b.functionName ? -1 : 1))
    .slice(0, Math.max(0, limit));
}

/**
 * The seed's warnings: average over 1 s; degrading with more than 10 calls in 24 hours; success rate under 95 % with
 * more than 5 calls; average memory over 100 MB. Each with the place to look at.
 */
export function warningsOf(aggregates: readonly AggregateMetrics[]): string[] {
  return aggregates.flatMap((aggregate) => {
    const { functionName: name, avgExecutionTimeMs, performanceTrend, successRate } = aggregate;
    const { avgMemoryBytes = 0 } = aggregate;
    const warnings: string[] = [];
    if (avgExecutionTimeMs > SLOW_MS)
      warnings.push(`${name} is averaging ${(avgExecutionTimeMs / 1000).toFixed(2)}s per call`);
    if (performanceTrend === 'degrading' && aggregate.last24hCalls > DEGRADING_CALLS)
      warnings.push(`${name} performance is degrading (trend analysis)`);
    if (successRate < LOW_SUCCESS_RATE && aggregate.callCount > LOW_SUCCESS_CALLS)
      warnings.push(`${name} has low success rate: ${formatPercent(successRate)}`);
    if (avgMemoryBytes > HIGH_MEMORY_BYTES)
      warnings.push(
        `${name} uses high memory: ${memorySign(aggregate)}${(avgMemoryBytes / BYTES_PER_MB).toFixed(1)}MB avg`,
      );
    return warnings.map((warning) => warning + whereIs(aggregate));
  });
}

/** The place to look at, as the end of a sentence. */
export function whereIs({ file, line }: Pick<AggregateMetrics, 'file' | 'line'>): string {
  // A whole file, or a class, has no line.
  return file === '' ? '' : ` (${file}${line > 0 ? `:${line}` : ''})`;
}

/** The report. No trailing line break. */
export function renderReport({
  aggregates,
  functionCount = aggregates.length,
  totalMetrics,
  diagnostics = {},
  explain = () => '',
  warnings = warningsOf(aggregates),
}: ReportInput): string {
  const slowest = slowestOf(aggregates, LISTED).map(
    (a, i) => `  ${i + 1}. ${a.functionName}: ${shownMean(a)} avg ${TREND_ICONS[a.performanceTrend]}`,
  );
  const mostCalled = mostCalledOf(aggregates, LISTED).map(
    (a, i) => `  ${i + 1}. ${a.functionName}: ${shownCalls(a)}, ${formatPercent(a.successRate)} success`,
  );
  const failures = Object.entries(diagnostics).map(([code, times]) => `${code}: ${times} ×${explain(code)}`);
  return [
    '🔍 tka-perf Performance Report',
    '='.repeat(40),
    `📊 Total Metrics Collected: ${totalMetrics}`,
    `🔢 Functions Monitored: ${functionCount}`,
    '',
    '🐌 Slowest Functions:',
    ...slowest,
    '',
    '🔥 Most Called Functions:',
    ...mostCalled,
    ...section('⚠️ Performance Warnings:', warnings),
    ...section('⚠️ The monitor could not do:', failures),
  ].join('\n');
}

function shownCalls(metrics: AggregateMetrics): string {
  return `${callsSign(metrics)}${metrics.callCount} call${metrics.callCount === 1 ? '' : 's'}`;
}

function shownMean(metrics: AggregateMetrics): string {
  if (metrics.timedCalls === 0) return '–';
  const { sign, durationMs } = signed(metrics, metrics.avgExecutionTimeMs, 'mean');
  return sign + formatDuration(durationMs);
}

/** Of more warnings nobody reads any. */
const MOST_ITEMS = 10;

function section(title: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const shown = items.slice(0, MOST_ITEMS).map((item) => `  • ${item}`);
  return [
    '',
    title,
    ...shown,
    ...(items.length > MOST_ITEMS ? [`  … and ${items.length - MOST_ITEMS} more`] : []),
  ];
}

/** A duration with the unit that fits it: `1.234s`, `12.34ms`, `5.60µs`, `84ns`. */
export function formatDuration(durationMs: number): string {
  // What would be rounded to 1000 is 1 of the next unit.
  if (durationMs >= 999.995) return `${(durationMs / 1000).toFixed(3)}s`;
  if (durationMs >= 0.999_995) return `${durationMs.toFixed(2)}ms`;
  if (durationMs >= 0.000_999_5) return `${(durationMs * 1000).toFixed(2)}µs`;
  return `${Math.round(durationMs * 1e6)}ns`;
}

/** Of a rate of success: all of them is only what it is. */
function formatPercent(rate: number): string {
  const percent = (rate * 100).toFixed(1);
  return percent === '100.0' && rate < 1 ? '>99.9%' : `${percent}%`;
}
