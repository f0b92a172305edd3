/**
 * The JSON export: the seed's document with its keys and units (seconds, MB), beside them our own,
 * which carry their units in their names. Pure.
 */
import type { AggregateMetrics } from './aggregates.ts';
import type { Trend } from '../tally/trend.ts';

/** One function of the document: the seed's keys, times in seconds and memory in MB (1024² bytes), and ours. */
export interface SeedAggregate extends AggregateMetrics {
  readonly function_name: string;
  readonly call_count: number;
  readonly avg_execution_time: number;
  readonly min_execution_time: number;
  readonly max_execution_time: number;
  /** `null` where no call was sampled. */
  readonly avg_memory_usage: number | null;
  /** 0 to 1. */
  readonly success_rate: number;
  readonly last_24h_calls: number;
  readonly performance_trend: Trend;
}

/** The document. */
export interface SeedDocument {
  /** ISO 8601. */
  readonly export_timestamp: string;
  readonly total_metrics: number;
  readonly aggregates: Readonly<Record<string, SeedAggregate>>;
}

const MS_PER_S = 1000;
const BYTES_PER_MB = 1024 * 1024;

/** Builds the document. Safe for functions named `__proto__`. */
export function seedDocument(
  aggregates: readonly AggregateMetrics[],
  totalMetrics: number,
  exportedAt: Date,
): SeedDocument {
  return {
    export_timestamp: exportedAt.toISOString(),
    total_metrics: totalMetrics,
    aggregates: Object.fromEntries(aggregates.map((a) => [a.functionName, seedAggregate(a)])),
  };
}

function seedAggregate(metrics: AggregateMetrics): SeedAggregate {
  const { avgMemoryBytes } = metrics;
  return {
    function_name: metrics.functionName,
    call_count: metrics.callCount,
    avg_execution_time: metrics.avgExecutionTimeMs / MS_PER_S,
    min_execution_time: metrics.minExecutionTimeMs / MS_PER_S,
    max_execution_time: metrics.maxExecutionTimeMs / MS_PER_S,
    avg_memory_usage: avgMemoryBytes === undefined ? null : avgMemoryBytes / BYTES_PER_MB,
    success_rate: metrics.successRate,
    last_24h_calls: metrics.last24hCalls,
    performance_trend: metrics.performanceTrend,
    ...metrics,
  };
}
