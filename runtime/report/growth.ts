/** What is not known yet of calls that nobody stands for. Pure. */
import type { SiteAggregate } from '../format/record.ts';

/**
 * Calls are not represented as long as the next timed one has not come: they are taken to be like the others that are not
 * long, as of long ones none was left to chance.
 *
 * @returns By how much the totals grow with them, and by how much the part of them that is estimated.
 */
export function growthOf({
  calls,
  timed,
  represented = timed,
  longCalls = 0,
  longNs = 0,
  totalNs,
}: Pick<SiteAggregate, 'calls' | 'timed' | 'represented' | 'longCalls' | 'longNs' | 'totalNs'>): {
  readonly all: number;
  readonly estimated: number;
} {
  const known = represented - longCalls;
  const estimated = known > 0 ? Math.max(0, calls - longCalls) / known : 1;
  if (longCalls === 0 || totalNs <= 0) return { all: estimated, estimated };
  return { all: (longNs + (totalNs - longNs) * estimated) / totalNs, estimated };
}
