import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { isFarOff } from '../../runtime/report/estimates.ts';
import { formatDuration, warningsOf, whereIs } from '../../runtime/report/report.ts';
import { driftOf } from '../profile/drift.ts';
import { shiftOf } from '../profile/shift.ts';
import { knownSteps, meanOf } from '../profile/steps.ts';
import type { Timeline } from '../profile/timeline.ts';
import { formatTime } from '../text/format.ts';
import type { Profile } from '../profile/profile.ts';

/**
 * What is to be looked at: what the numbers of each function say, and its time line.
 *
 * @param shown the same functions by names that may be printed
 */
export function warningsOfProfile(
  { timelines }: Profile,
  functions: readonly AggregateMetrics[],
  shown: readonly AggregateMetrics[] = functions,
): string[] {
  return shown.flatMap((metrics, i) => {
    const timeline = timelines.get(functions[i]?.functionName ?? '');
    const slower = timeline === undefined ? undefined : slowerText(timeline, metrics);
    if (slower === undefined) return warningsOf([metrics]);
    return [...warningsOf([metrics]), `${metrics.functionName} ${slower}${whereIs(metrics)}`];
  });
}

/** The mean of all steps is off by no more than this share of the function's. */
const MOST_OFF = 0.5;

/**
 * How a function has become slower. Durations that the clock cannot tell apart are no news. Where the mean of the whole run may be
 * off by more than half, and where bursts tell another one than the calls that were drawn, the steps differ by which calls were.
 */
function slowerText(timeline: Timeline, metrics: AggregateMetrics): string | undefined {
  const { avgExecutionTimeMs } = metrics;
  const offMs = Math.abs(meanOf(knownSteps(timeline)) - avgExecutionTimeMs);
  if (isFarOff(metrics) || offMs > MOST_OFF * avgExecutionTimeMs) return undefined;
  const { avgNoiseMs = 0 } = metrics;
  const shift = shiftOf(timeline);
  if (shift !== undefined && shift.toMs > avgNoiseMs)
    return `has become slower: ${formatDuration(shift.fromMs)} before, ${formatDuration(shift.toMs)} since ${formatTime(shift.sinceMs)}`;
  const drift = driftOf(timeline);
  if (drift !== undefined && drift.toMs > avgNoiseMs)
    return `is getting slower: ${formatDuration(drift.fromMs)} in the first quarter, ${formatDuration(drift.toMs)} in the last`;
  return undefined;
}
