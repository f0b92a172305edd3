/** How values say that they are less than exact: estimated, within the clock's noise, or perhaps another call's. */
import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { formatBytes, formatDuration, NOTHING } from '../text/format.ts';

/** In front of what was estimated from some of the calls. */
export const SAMPLED_SIGN = '~';
/** In front of the noise, where a duration is within it. */
const NOISE_SIGN = '<';
/** In front of how far an estimated mean may be off. */
export const MARGIN_SIGN = '±';
/** In front of what is doubtful: an estimate that is far off perhaps, memory of which other calls may have taken some. */
const DOUBT_SIGN = '?';

/** An estimate that may be off by more than this share of it is doubtful. */
const FAR_OFF = 0.5;

/** An estimate that may be off by more than this is as good as none. */
const MOST_PERCENT = 999;

/** What the signs mean, for a note below a table. */
export const MARGIN_NOTE: string = `${MARGIN_SIGN} how far such an average, and its total, may be off, with 95 % confidence`;
export const FAR_OFF_NOTE: string = `${DOUBT_SIGN} estimated too, from so few calls that it may be off by more than half`;
export const NOISE_NOTE: string = `${NOISE_SIGN} shorter than the clock can tell from nothing`;
export const OVERLAP_NOTE: string = `${DOUBT_SIGN} before memory: other calls were in flight in most of the samples, some of it may be theirs`;

/** What a duration is of: one call, as the slowest or a percentile; the mean of all; the sum of all; their own part of it. */
export type DurationKind = 'call' | 'mean' | 'total' | 'self';

/** A duration of a function, with its sign; a dash where nothing was timed. */
export function shownDuration(
  metrics: AggregateMetrics,
  valueMs: number | undefined,
  kind: DurationKind,
): string {
  if (metrics.timedCalls === 0 || valueMs === undefined) return NOTHING;
  if (isNoise(metrics, valueMs, kind)) return `${NOISE_SIGN}${formatDuration(limitOf(metrics, kind)).trim()}`;
  return `${signOf(metrics, kind)}${formatDuration(valueMs).trim()}`;
}

/**
 * How far the mean of a function, and with it its total, may be off with 95 % confidence, in percent of it: in the most
 * digits that anybody reads; empty where nothing is estimated.
 */
export function shownMargin(metrics: AggregateMetrics): string {
  const percent = 100 * relativeMarginOf(metrics);
  if (percent === 0) return '';
  if (percent > MOST_PERCENT) return `>${MOST_PERCENT}%`;
  return percent < 1 ? '<1%' : `${percent.toFixed(0)}%`;
}

/** The same as a share of the mean; 0 where nothing is estimated, or the mean is within the noise of the clock. */
export function relativeMarginOf(metrics: AggregateMetrics): number {
  const { avgExecutionTimeMs, avgExecutionTimeMarginMs = 0 } = metrics;
  const isTold = avgExecutionTimeMs > 0 && !isNoise(metrics, avgExecutionTimeMs, 'mean');
  return isTold ? avgExecutionTimeMarginMs / avgExecutionTimeMs : 0;
}

/** Whether the mean, and with it the total, may be off by so much that they say little. */
export function isFarOff(metrics: AggregateMetrics): boolean {
  return relativeMarginOf(metrics) > FAR_OFF;
}

function signOf(metrics: AggregateMetrics, kind: DurationKind): string {
  if (!isSampled(metrics)) return '';
  return kind !== 'call' && isFarOff(metrics) ? DOUBT_SIGN : SAMPLED_SIGN;
}

/** A function's memory per call, with its sign. */
export function shownMemory(metrics: AggregateMetrics): string {
  return `${isOverlapping(metrics) ? DOUBT_SIGN : ''}${formatBytes(metrics.avgMemoryBytes).trim()}`;
}

/** Whether some of the function's calls were only counted, under the overhead budget. */
export function isSampled({ timedCalls, callCount }: AggregateMetrics): boolean {
  return timedCalls < callCount;
}

/** Whether a duration is within the noise of the clock: a total, where the mean is. */
export function isNoise(
  { noiseMs, callCount, avgExecutionTimeMs }: AggregateMetrics,
  valueMs: number,
  kind: DurationKind,
): boolean {
  if (kind === 'total') return avgExecutionTimeMs < noiseMs;
  return valueMs < (kind === 'self' ? noiseMs * callCount : noiseMs);
}

/** What a duration that is within the noise is less than: of an estimate, what it may be with 95 % confidence. */
function limitOf({ noiseMs, callCount, ...mean }: AggregateMetrics, kind: DurationKind): number {
  if (kind === 'call') return noiseMs;
  if (kind === 'self') return noiseMs * callCount;
  const limitMs = Math.max(noiseMs, mean.avgExecutionTimeMs + (mean.avgExecutionTimeMarginMs ?? 0));
  return kind === 'mean' ? limitMs : limitMs * callCount;
}

/** Whether most samples of memory may hold what other calls did. */
export function isOverlapping({ memorySamples, overlappingSamples }: AggregateMetrics): boolean {
  return 2 * overlappingSamples > memorySamples;
}
