/** What is less than exact about a duration, or memory: estimated, or within the clock's noise. Pure. */
import type { AggregateMetrics } from './aggregates.ts';

/** In front of what was estimated from some of the calls. */
export const SAMPLED_SIGN = '~';
/** In front of the noise, where a duration is within it. */
export const NOISE_SIGN = '<';
/** In front of what is doubtful: an estimate that is far off perhaps, memory of few samples, or of which other calls may have taken some. */
export const DOUBT_SIGN = '?';

/** An estimate that may be off by more than this share of it is doubtful. */
const FAR_OFF = 0.5;

/**
 * From fewer samples a mean of memory is doubtful. The resident set grows by what allocators take at once (V8 256 kB and more
 * for its heap), in the call that happens to need it; of ten samples with one such step a tenth of it is left.
 */
export const FEW_SAMPLES = 10;

/** What so much of all calls took less than. */
export type Percentile = 'p50' | 'p90' | 'p95' | 'p99';

/** What a duration is of: one call, as the slowest; a percentile; the mean of all; the sum of all; their own part of it. */
export type DurationKind = 'call' | Percentile | 'mean' | 'total' | 'self';

const QUANTILES: Readonly<Record<Percentile, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 };

/**
 * Of fewer timed calls nothing bounds a percentile from above with 95 % confidence, as all of them may be below it (order
 * statistics: H. A. David, H. N. Nagaraja, 2003, 7.1). The heavier some of them weigh, the more it would take.
 */
const CALLS_TO_BOUND: Readonly<Record<Percentile, number>> = {
  p50: callsToBound(QUANTILES.p50),
  p90: callsToBound(QUANTILES.p90),
  p95: callsToBound(QUANTILES.p95),
  p99: callsToBound(QUANTILES.p99),
};

function callsToBound(quantile: number): number {
  return Math.ceil(Math.log(0.025) / Math.log(quantile));
}

/** A duration of a function as it is shown: within the noise what it is less than. */
export function signed(
  metrics: AggregateMetrics,
  valueMs: number,
  kind: DurationKind,
): { readonly sign: string; readonly durationMs: number } {
  // What the calls inside are estimated to have taken was taken off: little is left, or less than nothing.
  if (isSelfUnknown(metrics, valueMs, kind)) return { sign: DOUBT_SIGN, durationMs: Math.max(0, valueMs) };
  if (isNoise(metrics, valueMs, kind)) return { sign: NOISE_SIGN, durationMs: limitOf(metrics, kind) };
  const isDoubtful = isPercentile(kind)
    ? isSampled(metrics) && (metrics.timedCalls < CALLS_TO_BOUND[kind] || isTooLarge(metrics, valueMs, kind))
    : kind !== 'call' &&
      (isFarOff(metrics, kind) || (kind === 'self' && relativeSelfMarginOf(metrics, valueMs) > FAR_OFF));
  const isEstimated = kind === 'self' ? isSelfEstimated(metrics) : isSampled(metrics);
  return { sign: isDoubtful ? DOUBT_SIGN : isEstimated ? SAMPLED_SIGN : '', durationMs: valueMs };
}

/**
 * Whether a percentile of the calls that were drawn is more than it can be: that part of all calls alone would take more than all do
 * (Markov's inequality), as bursts tell it.
 */
function isTooLarge(
  { avgExecutionTimeMs, avgExecutionTimeMarginMs = 0, avgNoiseMs }: AggregateMetrics,
  valueMs: number,
  kind: Percentile,
): boolean {
  return (1 - QUANTILES[kind]) * valueMs > avgExecutionTimeMs + avgExecutionTimeMarginMs + avgNoiseMs;
}

function isPercentile(kind: DurationKind): kind is Percentile {
  return kind in QUANTILES;
}

function isSelfUnknown(metrics: AggregateMetrics, valueMs: number, kind: DurationKind): boolean {
  const isLeft = kind === 'self' && isSelfEstimated(metrics) && isNoise(metrics, valueMs, kind);
  return isLeft && !isNoise(metrics, metrics.totalExecutionTimeMs, 'total');
}

/** How far the mean of a function may be off, as a share of it: Infinity where one call stands for several; 0 where it is exact, or within the noise of the clock. */
export function relativeMarginOf(metrics: AggregateMetrics): number {
  const { avgExecutionTimeMs, avgExecutionTimeMarginMs = 0 } = metrics;
  const isTold = avgExecutionTimeMs > 0 && !isNoise(metrics, avgExecutionTimeMs, 'mean');
  if (!isTold) return 0;
  if (metrics.timedCalls === 1 && isSampled(metrics)) return Infinity;
  return avgExecutionTimeMarginMs / avgExecutionTimeMs;
}

/** The same of its total, where that may be off otherwise. */
export function relativeTotalMarginOf(metrics: AggregateMetrics): number {
  const { totalExecutionTimeMs, totalExecutionTimeMarginMs = 0 } = metrics;
  if (totalExecutionTimeMarginMs === 0 || isNoise(metrics, totalExecutionTimeMs, 'total')) return 0;
  return totalExecutionTimeMarginMs / Math.max(0, totalExecutionTimeMs);
}

/** In front of a function's memory per call: nothing where enough samples tell it, most of them its own. */
export function memorySign(
  { memorySamples, overlappingSamples }: AggregateMetrics,
  samples: number = memorySamples,
): string {
  return samples < FEW_SAMPLES || 2 * overlappingSamples > memorySamples ? DOUBT_SIGN : '';
}

/**
 * Whether the mean, and with it the total, may be off by so much that they say little. Of a function that calls itself they are
 * told from different calls.
 */
export function isFarOff(metrics: AggregateMetrics, kind: DurationKind = 'mean'): boolean {
  if (kind === 'mean' || metrics.totalExecutionTimeMarginMs === undefined)
    return relativeMarginOf(metrics) > FAR_OFF;
  return kind === 'total' && relativeTotalMarginOf(metrics) > FAR_OFF;
}

/**
 * Whether what its calls inside took is, or how long it ran, of a function whose every call may have been timed. Where the mean
 * may be off, too, the clock goes by steps.
 */
function isSelfEstimated(metrics: AggregateMetrics): boolean {
  const { selfTimeMarginMs, avgExecutionTimeMarginMs, activeTimeEstimated } = metrics;
  const isInside = selfTimeMarginMs !== undefined && avgExecutionTimeMarginMs === undefined;
  return isSampled(metrics) || isInside || activeTimeEstimated === true;
}

/** How far the time in a function itself may be off, as a share of it. */
export function relativeSelfMarginOf(
  { selfTimeMs, selfTimeMarginMs = 0 }: AggregateMetrics,
  selfMs: number = selfTimeMs ?? 0,
): number {
  return selfTimeMarginMs > 0 ? selfTimeMarginMs / Math.max(0, selfMs) : 0;
}

/** Whether some of the function's calls were only counted, under the overhead budget. */
export function isSampled({ timedCalls, callCount, callCountEstimated }: AggregateMetrics): boolean {
  return timedCalls < callCount || callCountEstimated === true;
}

/** Whether only the timed calls of a function tell how many there were. */
export function hasGuesses({ callCountEstimated }: AggregateMetrics): boolean {
  return callCountEstimated === true;
}

/** In front of a function's calls: nothing where they are exact. */
export function callsSign(metrics: AggregateMetrics): string {
  const { callCount, callCountEstimated, errorCount } = metrics;
  if (callCountEstimated !== true) return '';
  // Those that have failed are known.
  const guessed = (callCount - errorCount) * relativeTotalMarginOf(metrics);
  return guessed > FAR_OFF * callCount ? DOUBT_SIGN : SAMPLED_SIGN;
}

/** Whether a duration is within the noise of the clock: a total, where the mean is. */
export function isNoise(
  { noiseMs, avgNoiseMs, callCount, avgExecutionTimeMs }: AggregateMetrics,
  valueMs: number,
  kind: DurationKind,
): boolean {
  if (kind === 'total') return avgExecutionTimeMs < avgNoiseMs;
  if (kind === 'call' || isPercentile(kind)) return valueMs < noiseMs;
  return valueMs < (kind === 'self' ? avgNoiseMs * callCount : avgNoiseMs);
}

/** What a duration that is within the noise is less than: of an estimate, what it may be with 95 % confidence. */
function limitOf({ noiseMs, avgNoiseMs, callCount, ...mean }: AggregateMetrics, kind: DurationKind): number {
  if (kind === 'call' || isPercentile(kind)) return noiseMs;
  if (kind === 'self') return avgNoiseMs * callCount;
  const limitMs = Math.max(
    avgNoiseMs,
    Math.max(0, mean.avgExecutionTimeMs) + (mean.avgExecutionTimeMarginMs ?? 0),
  );
  return kind === 'mean' ? limitMs : limitMs * callCount;
}
