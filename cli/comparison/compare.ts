/** Two runs side by side: which functions have become slower or faster, and which fail more often. Pure. */
import { NS_PER_MS } from '../../runtime/platform/clock.ts';
import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { isNoise } from '../../runtime/report/estimates.ts';
import { repeatMarginNsOf } from '../../runtime/report/margin.ts';
import { MIN_CHANGE } from '../../runtime/tally/trend.ts';
import { functionsOf } from '../profile/functions.ts';
import { durationOf, type Profile } from '../profile/profile.ts';

/**
 * What has become of a function: `alike` where its mean differs by less than a tenth; `unclear` where it differs by more, but the
 * 95 % confidence intervals overlap, or one call is all there is.
 */
export type Verdict = 'slower' | 'faster' | 'alike' | 'unclear' | 'new' | 'gone';

/** One function in both runs. */
export interface Change {
  readonly functionName: string;
  readonly verdict: Verdict;
  /** Absent where the function is new. */
  readonly before?: AggregateMetrics;
  /** Absent where it is gone. */
  readonly after?: AggregateMetrics;
  /** Of the mean duration: 0.25 is a quarter more. Absent where it is not known in both runs. */
  readonly change?: number;
  /** Half the width of its 95 % confidence interval; absent where one call was timed in one of the runs. */
  readonly changeMargin?: number;
  /** What the calls of the later run took more than as many of the earlier one did, in milliseconds. */
  readonly costMs: number;
  /** Whether a larger part of the calls fails, or a smaller one, than chance explains. */
  readonly failures: 'more' | 'fewer' | 'alike';
}

/** Two runs and their functions. */
export interface Comparison {
  readonly before: Profile;
  readonly after: Profile;
  /** What costs most first, whether it was lost or won. */
  readonly changes: readonly Change[];
  /** The median of what the functions have changed by, those of which it is known well; absent where they are few. */
  readonly commonChange?: number;
}

/** The normal distribution's quantile that bounds 99 % from both sides, as for a trend. */
const Z_99 = 2.576;
/** Of fewer functions none can be told to be like the others. */
const FEW_FUNCTIONS = 8;

/** Compares the functions of two profiles. */
export function compare(before: Profile, after: Profile): Comparison {
  const earlier = new Map(functionsOf(before).map((metrics) => [metrics.functionName, metrics]));
  const later = new Map(functionsOf(after).map((metrics) => [metrics.functionName, metrics]));
  const names = [...new Set([...earlier.keys(), ...later.keys()])].toSorted();
  const changes = names
    .map((name) => changeOf(name, [earlier.get(name), later.get(name)], [before, after]))
    .toSorted((a, b) => Math.abs(b.costMs) - Math.abs(a.costMs));
  const commonChange = commonChangeOf(changes);
  return { before, after, changes, ...(commonChange === undefined ? {} : { commonChange }) };
}

/** The part of the later run's time that a change comes to, lost or won. */
export function weightOf({ costMs }: Change, { after }: Comparison): number {
  return Math.abs(costMs) / Math.max(1, durationOf(after));
}

function changeOf(
  functionName: string,
  [before, after]: readonly [AggregateMetrics | undefined, AggregateMetrics | undefined],
  profiles: readonly [Profile, Profile],
): Change {
  if (before === undefined || after === undefined) {
    const costMs = (after?.totalExecutionTimeMs ?? 0) - (before?.totalExecutionTimeMs ?? 0);
    const verdict = before === undefined ? 'new' : 'gone';
    const there = { ...(before ? { before } : {}), ...(after ? { after } : {}) };
    return { functionName, verdict, ...there, costMs, failures: 'alike' };
  }
  const both = { functionName, before, after, failures: failuresOf(before, after) };
  if (!isTold(before) || !isTold(after)) {
    const isNothing = before.timedCalls > 0 && after.timedCalls > 0 && !isTold(before) && !isTold(after);
    return { ...both, verdict: isNothing ? 'alike' : 'unclear', costMs: 0 };
  }
  const change = after.avgExecutionTimeMs / before.avgExecutionTimeMs - 1;
  // Of the later run's total, which of a recursive function is told from other calls than the mean: of one sign with the change, and
  // no more is won than there was.
  const asManyMs = (before.totalExecutionTimeMs * after.callCount) / before.callCount;
  const costMs = Math.max(-asManyMs, (after.totalExecutionTimeMs * change) / (1 + change));
  const [marginBefore, marginAfter] = [
    marginMsOf(functionName, before, profiles[0]),
    marginMsOf(functionName, after, profiles[1]),
  ];
  const distanceMs = Math.abs(after.avgExecutionTimeMs - before.avgExecutionTimeMs);
  const isApart = distanceMs > marginBefore + marginAfter;
  const differs = change > 0 ? 'slower' : 'faster';
  const verdict = Math.abs(change) < MIN_CHANGE ? 'alike' : isApart ? differs : 'unclear';
  const changeMargin = Math.hypot(marginAfter, marginBefore * (1 + change)) / before.avgExecutionTimeMs;
  return {
    ...both,
    verdict,
    change,
    costMs,
    ...(Number.isFinite(changeMargin) ? { changeMargin } : {}),
  };
}

/** Whether a mean is more than the clock can tell from nothing. */
function isTold(metrics: AggregateMetrics): boolean {
  const { timedCalls, callCount, avgExecutionTimeMs } = metrics;
  return (
    timedCalls > 0 && callCount > 0 && avgExecutionTimeMs > 0 && !isNoise(metrics, avgExecutionTimeMs, 'mean')
  );
}

/** How far a mean may be off from that of all such calls; Infinity where one call is all that is known. */
function marginMsOf(name: string, { avgNoiseMs }: AggregateMetrics, { functions }: Profile): number {
  const aggregate = functions.get(name)?.aggregate;
  const marginNs = aggregate && repeatMarginNsOf(aggregate);
  return marginNs === undefined ? Infinity : marginNs / NS_PER_MS + avgNoiseMs;
}

/** Whether the success rates differ: the test of two proportions by their pooled one, two-sided at 1 %. */
function failuresOf(before: AggregateMetrics, after: AggregateMetrics): Change['failures'] {
  const [n, m] = [before.callCount, after.callCount];
  if (n === 0 || m === 0) return 'alike';
  const difference = after.errorCount / m - before.errorCount / n;
  const pooled = (before.errorCount + after.errorCount) / (n + m);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
  if (!(Math.abs(difference) > Z_99 * deviation)) return 'alike';
  return difference > 0 ? 'more' : 'fewer';
}

function commonChangeOf(changes: readonly Change[]): number | undefined {
  const known = changes
    .flatMap(({ change, verdict }) => (change === undefined || verdict === 'unclear' ? [] : [change]))
    .toSorted((a, b) => a - b);
  return known.length < FEW_FUNCTIONS ? undefined : known[known.length >> 1];
}
