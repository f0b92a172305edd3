import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { formatDuration, warningsOf, whereIs } from '../../runtime/report/report.ts';
import { driftOf } from '../profile/drift.ts';
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
    const drift = timeline === undefined ? undefined : driftOf(timeline);
    // Durations that the clock cannot tell apart are no news.
    if (drift === undefined || drift.toMs <= (metrics.avgNoiseMs ?? 0)) return warningsOf([metrics]);
    const times = `${formatDuration(drift.fromMs)} in the first quarter, ${formatDuration(drift.toMs)} in the last`;
    return [
      ...warningsOf([metrics]),
      `${metrics.functionName} is getting slower: ${times}${whereIs(metrics)}`,
    ];
  });
}
