/** How values say that they are less than exact: estimated, within the clock's noise, or perhaps another call's. */
import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { formatBytes, formatDuration, NOTHING } from '../text/format.ts';

/** In front of what was estimated from some of the calls. */
export const SAMPLED_SIGN = '~';
/** In front of the noise, where a duration is within it. */
const NOISE_SIGN = '<';
/** In front of memory of which other calls may have taken some. */
const OVERLAP_SIGN = '?';

/** What the signs mean, for a note below a table. */
export const NOISE_NOTE: string = `${NOISE_SIGN} shorter than the clock can tell from nothing`;
export const OVERLAP_NOTE: string = `${OVERLAP_SIGN} other calls were in flight in most of the samples: some of it may be theirs`;

/** A duration of a function, with its sign; a dash where nothing was timed. */
export function shownDuration(metrics: AggregateMetrics, valueMs: number | undefined): string {
  if (metrics.timedCalls === 0) return NOTHING;
  if (isNoise(metrics, valueMs)) return `${NOISE_SIGN}${formatDuration(metrics.noiseMs).trim()}`;
  return `${isSampled(metrics) ? SAMPLED_SIGN : ''}${formatDuration(valueMs).trim()}`;
}

/** A function's memory per call, with its sign. */
export function shownMemory(metrics: AggregateMetrics): string {
  return `${isOverlapping(metrics) ? OVERLAP_SIGN : ''}${formatBytes(metrics.avgMemoryBytes).trim()}`;
}

/** Whether some of the function's calls were only counted, under the overhead budget. */
export function isSampled({ timedCalls, callCount }: AggregateMetrics): boolean {
  return timedCalls < callCount;
}

/** Whether a duration of a call is within the noise of the clock; sums are not. */
export function isNoise(metrics: AggregateMetrics, valueMs: number | undefined): boolean {
  return (
    metrics.timedCalls > 0 &&
    valueMs !== undefined &&
    valueMs !== metrics.totalExecutionTimeMs &&
    valueMs !== metrics.selfTimeMs &&
    valueMs < metrics.noiseMs
  );
}

/** Whether most samples of memory may hold what other calls did. */
export function isOverlapping({ memorySamples, overlappingSamples }: AggregateMetrics): boolean {
  return 2 * overlappingSamples > memorySamples;
}
