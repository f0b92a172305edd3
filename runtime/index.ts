/** tka-perf at run time: what instrumented code loads, and what users call. */
import type { PerformanceMonitor } from './monitor.ts';
import { registry } from './registry.ts';

export type { AggregateMetrics } from './report/aggregates.ts';
export { monitor, monitor as monitorPerformance } from './decorator.ts';
export type { Monitor, MonitorDecorator, MonitorOptions } from './decorator.ts';
export { measure, PerformanceContext } from './measure.ts';
export type { MonitorConfiguration, PerformanceMetric, PerformanceMonitor, Snapshot } from './monitor.ts';
export type { SiteKind } from './format/record.ts';
export type { Trend } from './tally/trend.ts';

/** The monitor of this thread: one, even where two copies of the package are loaded. */
export function getPerformanceMonitor(): PerformanceMonitor {
  return registry.monitor;
}

/** The report of this thread as text. */
export function performanceReport(): string {
  return registry.monitor.generateReport();
}
