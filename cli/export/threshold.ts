import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import type { JournalSite } from '../../runtime/format/record.ts';

/**
 * Whether a function's mark has a threshold. Where its calls are sampled, how many of them passed it is an estimate, which the
 * next timed call may make less: no counter then, and so none from the beginning.
 */
export function hasThreshold(
  { options }: JournalSite,
  { belowThresholdCalls, callCountEstimated }: AggregateMetrics,
): boolean {
  return options.threshold !== undefined || belowThresholdCalls > 0 || callCountEstimated === true;
}
