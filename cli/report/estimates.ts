/** How values say that they are less than exact: estimated, within the clock's noise, or perhaps another call's. */
import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import {
  type DurationKind,
  FEW_SAMPLES,
  memorySign,
  relativeMarginOf,
  relativeSelfMarginOf,
  relativeTotalMarginOf,
  signed,
} from '../../runtime/report/estimates.ts';
import { formatBytes, formatDuration, NOTHING } from '../text/format.ts';

/** In front of how far an estimated mean may be off. */
export const MARGIN_SIGN = '±';

/** An estimate that may be off by more than this is as good as none. */
const MOST_PERCENT = 999;

/** A duration of a function, with its sign; a dash where nothing was timed. */
export function shownDuration(
  metrics: AggregateMetrics,
  valueMs: number | undefined,
  kind: DurationKind,
): string {
  if (metrics.timedCalls === 0 || valueMs === undefined) return NOTHING;
  const { sign, durationMs } = signed(metrics, valueMs, kind);
  return `${sign}${formatDuration(durationMs).trim()}`;
}

/**
 * How far the mean of a function, and with it its total, may be off with 95 % confidence, in percent of it: in the most
 * digits that anybody reads; empty where nothing is estimated.
 */
export function shownMargin(metrics: AggregateMetrics): string {
  return percentOf(marginOf(metrics));
}

/** As a share of it: the larger one, where mean and total are told from different calls. */
export function marginOf(metrics: AggregateMetrics): number {
  return Math.max(relativeMarginOf(metrics), relativeTotalMarginOf(metrics));
}

/** The same of the time in the function itself. */
export function shownSelfMargin(metrics: AggregateMetrics): string {
  return percentOf(relativeSelfMarginOf(metrics));
}

function percentOf(share: number): string {
  const percent = 100 * share;
  if (percent === 0) return '';
  if (percent > MOST_PERCENT) return `>${MOST_PERCENT}%`;
  return percent < 1 ? '<1%' : `${percent.toFixed(0)}%`;
}

/** A function's memory per call, with its sign; a dash where none was sampled. */
export function shownMemory(metrics: AggregateMetrics): string {
  const { avgMemoryBytes } = metrics;
  if (avgMemoryBytes === undefined) return NOTHING;
  return `${memorySign(metrics)}${formatBytes(avgMemoryBytes).trim()}`;
}

/** What a call allocates on the heap, in the same way. */
export function shownAllocated(metrics: AggregateMetrics): string {
  const { avgAllocatedBytes, allocationSamples } = metrics;
  if (avgAllocatedBytes === undefined) return NOTHING;
  return `${memorySign(metrics, allocationSamples)}${formatBytes(avgAllocatedBytes).trim()}`;
}

/** Whether memory is told by so few samples. */
export function areFew(samples: number): boolean {
  return samples > 0 && samples < FEW_SAMPLES;
}

/** Whether most samples of memory may hold what other calls did. */
export function isOverlapping({ memorySamples, overlappingSamples }: AggregateMetrics): boolean {
  return 2 * overlappingSamples > memorySamples;
}
