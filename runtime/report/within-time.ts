/** Estimates that cannot be. Pure. */
import type { SiteAggregate, SiteKind } from '../format/record.ts';
import { growthOf } from './growth.ts';

/** What outlives its stack may have waited for as long as it likes, but a thread runs one at a time. */
function withinRunning(aggregate: SiteAggregate, aliveNs: number): SiteAggregate {
  const { calls, timed, isActiveGuessed, activeNs, waitNs } = aggregate;
  if (activeNs === undefined || waitNs === undefined) return aggregate;
  const isEstimated = timed < calls || isActiveGuessed === true;
  const mostNs = aliveNs / growthOf(aggregate).all;
  if (!isEstimated || activeNs <= mostNs) return aggregate;
  return { ...aggregate, activeNs: mostNs, waitNs: waitNs + (activeNs - mostNs) };
}

/**
 * No thread has worked longer than it was there. Where some of a function's calls were only counted, and what they are estimated
 * to have taken is more, all of that is too much by one factor: total, mean and own time still agree.
 *
 * @param aliveNs - How long the threads were there that have measured.
 */
export function withinTime(given: SiteAggregate, kind: SiteKind, aliveNs: number): SiteAggregate {
  const aggregate = withinRunning(given, aliveNs);
  const { calls, timed, activeNs, totalNs, rawTotalNs, outermostNs, selfNs, longNs } = aggregate;
  // Of operations what was measured elsewhere may be among it.
  if (timed >= calls || kind === 'operation') return aggregate;
  const growth = growthOf(aggregate).all;
  const most = (valueNs: number | undefined): number | undefined =>
    valueNs === undefined ? undefined : Math.min(valueNs, aliveNs / growth);
  const longestNs = (outermostNs ?? totalNs) * growth;
  // What outlives its stack goes on beside others.
  if (activeNs !== undefined || longestNs <= aliveNs) {
    const own = most(selfNs);
    return own === selfNs ? aggregate : { ...aggregate, ...(own !== undefined && { selfNs: own }) };
  }
  // Of one that calls itself the mean is told by other calls, and may be right.
  if (outermostNs !== undefined)
    return {
      ...aggregate,
      outermostNs: aliveNs / growth,
      ...(selfNs !== undefined && { selfNs: Math.min(selfNs, aliveNs / growth) }),
    };
  const part = aliveNs / longestNs;
  const of = (valueNs: number): number => valueNs * part;
  return {
    ...aggregate,
    totalNs: of(totalNs),
    rawTotalNs: of(rawTotalNs),
    ...(selfNs !== undefined && { selfNs: of(selfNs) }),
    ...(longNs !== undefined && { longNs: of(longNs) }),
  };
}
