import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeAggregates, metricsOf, type SiteIdentity } from '../../runtime/report/aggregates.ts';
import { Histogram, recordInto } from '../../runtime/tally/histogram.ts';
import type { SiteAggregate } from '../../runtime/format/record.ts';
import { trendRecordOf } from '../../runtime/tally/trend.ts';

interface Call {
  readonly ns: number;
  readonly ok: boolean;
  readonly hour: number;
}

const calls = fc.array(
  fc.record({
    ns: fc.integer({ min: 0, max: 2 ** 40 }),
    ok: fc.boolean(),
    hour: fc.integer({ min: 480_000, max: 480_030 }),
  }),
  { maxLength: 30 },
);

/** What a writer that saw these calls would have written. */
function aggregateOf(seen: readonly Call[], errorAt: number): SiteAggregate {
  const histogram = new Histogram();
  for (const { ns } of seen) recordInto(histogram, ns);
  const totalNs = seen.reduce((sum, { ns }) => sum + ns, 0);
  const hours = new Map<number, number>();
  for (const { hour } of seen) hours.set(hour, (hours.get(hour) ?? 0) + 1);
  const durations = seen.map(({ ns }) => ns);
  const failed = seen.filter(({ ok }) => !ok);
  return {
    id: 0,
    calls: seen.length,
    errors: failed.length,
    belowThreshold: 0,
    inFlight: 0,
    timed: seen.length,
    totalNs,
    rawTotalNs: totalNs,
    selfNs: totalNs,
    ...(seen.length > 0 ? { minNs: Math.min(...durations), maxNs: Math.max(...durations) } : {}),
    histogram: histogram.toRecord(),
    rss: { n: seen.length, sumBytes: totalNs },
    heap: { n: 0, sumBytes: 0 },
    cpu: { n: 0, cpuNs: 0, wallNs: 0 },
    ...(failed.length > 0 ? { lastError: `error ${errorAt}`, lastErrorAt: errorAt } : {}),
    hours: [...hours].toSorted(([a], [b]) => a - b),
    trend: trendRecordOf([]),
  };
}

describe('mergeAggregates', () => {
  test('of two writers gives exactly what one writer of all their calls would have', () => {
    fc.assert(
      fc.property(calls, calls, (a, b) => {
        const merged = mergeAggregates(aggregateOf(a, 1), aggregateOf(b, 2));
        const later = b.some(({ ok }) => !ok) ? 2 : 1;
        expect(merged).toEqual(aggregateOf([...a, ...b], later));
      }),
    );
  });

  test('is commutative and associative', () => {
    fc.assert(
      fc.property(calls, calls, calls, (x, y, z) => {
        const [a, b, c] = [aggregateOf(x, 3), aggregateOf(y, 1), aggregateOf(z, 2)];
        expect(mergeAggregates(a, b)).toEqual(mergeAggregates(b, a));
        expect(mergeAggregates(mergeAggregates(a, b), c)).toEqual(mergeAggregates(a, mergeAggregates(b, c)));
      }),
    );
  });
});

describe('metricsOf', () => {
  const site = { name: 'f', kind: 'function', file: 'f.ts', line: 1, column: 0 } as const;

  const failing = { ...aggregateOf([], 0), calls: 10, errors: 25, timed: 10, totalNs: 10e6 };

  test('makes no total larger for errors of calls below a threshold', () => {
    const { callCount, successRate, totalExecutionTimeMs } = metricsOf(
      site,
      { ...failing, belowThreshold: 20 },
      0,
    );
    expect({ callCount, successRate, totalExecutionTimeMs }).toEqual({
      callCount: 10,
      successRate: 0,
      totalExecutionTimeMs: 10,
    });
  });

  test('counts the calls of the last 24 hours by the hour', () => {
    const aggregate = {
      ...aggregateOf([], 0),
      hours: [
        [100, 1],
        [101, 2],
        [124, 4],
      ] as const,
    };
    const atHour = (hour: number): number => metricsOf(site, aggregate, hour * 3_600_000).last24hCalls;
    expect([atHour(123), atHour(124), atHour(125), atHour(148)]).toEqual([7, 6, 4, 0]);
  });

  test('what was never sampled is absent, not zero', () => {
    const metrics = metricsOf(site, { ...aggregateOf([], 0), rss: { n: 0, sumBytes: 0 } }, 0);
    for (const key of ['avgMemoryBytes', 'avgAllocatedBytes', 'cpuPercent', 'lastError', 'activeTimeMs'])
      expect(metrics).not.toHaveProperty(key);
    expect(metrics).toMatchObject({
      callCount: 0,
      successRate: 1,
      avgExecutionTimeMs: 0,
      performanceTrend: 'stable',
    });
  });

  test('calls that were counted and not timed are in the total at the average of the others', () => {
    const timed = aggregateOf([{ ns: 2e6, ok: true, hour: 1 }], 0);
    expect(metricsOf(site, { ...timed, calls: 5 }, 0)).toMatchObject({
      totalExecutionTimeMs: 10,
      timedCalls: 1,
    });
  });

  describe('an estimate is no longer than the threads were there', () => {
    const timed = { ...aggregateOf([{ ns: 2e6, ok: true, hour: 1 }], 0), calls: 500, selfNs: 1e6 };
    const measured = { noiseNs: 0, aliveMs: 300 };
    const times = (kind: SiteIdentity['kind'], more: object): readonly (number | undefined)[] => {
      const { totalExecutionTimeMs, selfTimeMs } = metricsOf(
        { ...site, kind },
        { ...timed, ...more },
        0,
        measured,
      );
      return [totalExecutionTimeMs, selfTimeMs];
    };

    test.each([
      ['a synchronous function: its own time is the same part of it', 'function', {}, [300, 150]],
      ['what goes on beside itself: its total may be', 'async', { activeNs: 1e6, waitNs: 1e6 }, [1000, 300]],
      ['what may have been measured elsewhere', 'operation', {}, [1000, 500]],
      ['what was measured, however long that is', 'function', { calls: 1, totalNs: 1e9 }, [1000, 1]],
    ] as const)('%s', (_, kind, more, expected) => {
      expect(times(kind, more)).toEqual(expected);
    });
  });

  test('of calls of which nobody knows yet long ones are none: each of those counts when it ends', () => {
    const short = { ns: 1e6, ok: true, hour: 1 };
    const known = aggregateOf([short, short, { ns: 1e9, ok: true, hour: 1 }], 0);
    const aggregate = { ...known, calls: 101, longCalls: 1, longNs: 1e9 };
    const { totalExecutionTimeMs, avgExecutionTimeMs } = metricsOf(site, aggregate, 0);
    expect(totalExecutionTimeMs).toBeCloseTo(1000 + 100, 6);
    expect(avgExecutionTimeMs).toBeCloseTo(1100 / 101, 6);
  });
});
