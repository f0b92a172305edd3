/** From the journal's columns to the aggregate that readers work with. Pure. */
import * as column from '../format/layout.ts';
import type { SiteAggregate, SiteKind } from '../format/record.ts';

/** What aggregates have beside the columns. */
export type NumbersOfSite = Omit<
  SiteAggregate,
  'id' | 'histogram' | 'hours' | 'trend' | 'lastError' | 'lastErrorAt'
>;

/** The columns under the names that readers know them by. */
export function numbersOf(columns: ArrayLike<number>, kind: SiteKind): NumbersOfSite {
  const of = (place: number): number => columns[place] ?? 0;
  const timed = of(column.TIMED);
  const total = of(column.TOTAL);
  const represented = timed + of(column.STOOD_FOR);
  const nested = of(column.NESTED);
  // Of a recursive function whose calls are sampled, what is known of its outermost ones may come from few: they took as long
  // as any call at least, once they have grown with the calls that no timed one stands for, and the function itself no longer than they.
  const known = represented / Math.max(1, represented + of(column.UNREPRESENTED));
  const outermost = nested === 0 ? total : Math.max(total - nested, of(column.MAX) * known);
  const isOpen = of(column.ACTIVE) + of(column.WAIT) > 0 || /async|generator/.test(kind);
  return {
    calls: Math.max(0, represented + of(column.UNREPRESENTED)),
    errors: of(column.ERRORS),
    belowThreshold: of(column.BELOW_THRESHOLD),
    ...(Math.min(of(column.BELOW_THRESHOLD), of(column.BELOW_GUESSED)) > 0 ? { isGuessed: true } : {}),
    inFlight: of(column.IN_FLIGHT),
    ...(of(column.OLDEST) > 0 ? { oldestInFlightAt: of(column.OLDEST) } : {}),
    timed,
    ...(represented === timed ? {} : { represented }),
    ...(of(column.LONG) > 0 ? { longCalls: of(column.LONG), longNs: of(column.LONG_TOTAL) } : {}),
    ...(of(column.SPREAD) === 0 ? {} : { spread: of(column.SPREAD) }),
    totalNs: total,
    rawTotalNs: total + of(column.PROBE),
    ...(nested === 0 ? {} : { outermostNs: outermost }),
    ...(of(column.OUTERMOST_SPREAD) === 0 ? {} : { outermostSpread: of(column.OUTERMOST_SPREAD) }),
    selfNs: Math.max(0, Math.min(outermost, total - of(column.NOT_SELF))),
    ...(of(column.SELF_SPREAD) === 0 ? {} : { selfSpread: of(column.SELF_SPREAD) }),
    ...(isOpen ? { activeNs: of(column.ACTIVE), waitNs: of(column.WAIT) } : {}),
    ...(of(column.UNFOLLOWED) > 0 ? { isActiveGuessed: true } : {}),
    ...(timed > 0 ? { minNs: of(column.MIN), maxNs: of(column.MAX) } : {}),
    rss: { n: of(column.RSS_SAMPLES), sumBytes: of(column.RSS_SUM) },
    heap: { n: of(column.HEAP_SAMPLES), sumBytes: of(column.HEAP_SUM) },
    cpu: { n: of(column.CPU_SAMPLES), cpuNs: of(column.CPU_SUM), wallNs: of(column.CPU_WALL) },
    ...(of(column.OVERLAPPING) === 0 ? {} : { overlapping: of(column.OVERLAPPING) }),
  };
}
