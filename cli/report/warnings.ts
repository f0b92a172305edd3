import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { isFarOff } from '../../runtime/report/estimates.ts';
import { formatDuration, warningsOf, whereIs } from '../../runtime/report/report.ts';
import { driftOf } from '../profile/drift.ts';
import { shiftOf } from '../profile/shift.ts';
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

/**
 * How a function has become slower. Durations that the clock cannot tell apart are no news, and where the mean of the whole run
 * may be off by more than half, those of its steps differ by which calls were drawn.
 */
function slowerText(timeline: Timeline, metrics: AggregateMetrics): string | undefined {
  if (isFarOff(metrics)) return undefined;
  const { avgNoiseMs = 0 } = metrics;
  const shift = shiftOf(timeline);
  if (shift !== undefined && shift.toMs > avgNoiseMs)
    return `has become slower: ${formatDuration(shift.fromMs)} before, ${formatDuration(shift.toMs)} since ${formatTime(shift.sinceMs)}`;
  const drift = driftOf(timeline);
  if (drift !== undefined && drift.toMs > avgNoiseMs)
    return `is getting slower: ${formatDuration(drift.fromMs)} in the first quarter, ${formatDuration(drift.toMs)} in the last`;
  return undefined;
}
