import { describe, expect, test } from 'vitest';
import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { formatDuration, renderReport, warningsOf } from '../../runtime/report/report.ts';
import { seedDocument } from '../../runtime/report/seed-document.ts';

function metrics(changed: Partial<AggregateMetrics>): AggregateMetrics {
  return {
    functionName: 'f',
    callCount: 100,
    avgExecutionTimeMs: 10,
    minExecutionTimeMs: 1,
    maxExecutionTimeMs: 20,
    p50ExecutionTimeMs: 10,
    p90ExecutionTimeMs: 18,
    p95ExecutionTimeMs: 19,
    p99ExecutionTimeMs: 20,
    totalExecutionTimeMs: 1000,
    successRate: 1,
    errorCount: 0,
    noiseMs: 0,
    avgNoiseMs: 0,
    memorySamples: 0,
    allocationSamples: 0,
    overlappingSamples: 0,
    last24hCalls: 100,
    performanceTrend: 'stable',
    inFlight: 0,
    timedCalls: 100,
    belowThresholdCalls: 0,
    kind: 'function',
    file: 'f.ts',
    line: 1,
    column: 0,
    ...changed,
  };
}

const MB = 1024 * 1024;

describe('warningsOf', () => {
  test.each([
    [{ avgExecutionTimeMs: 1000 }, []],
    [{ avgExecutionTimeMs: 1234 }, ['f is averaging 1.23s per call (f.ts:1)']],
    [{ performanceTrend: 'degrading', last24hCalls: 10 }, []],
    [
      { performanceTrend: 'degrading', last24hCalls: 11 },
      ['f performance is degrading (trend analysis) (f.ts:1)'],
    ],
    [{ successRate: 0.95, callCount: 6 }, []],
    [{ successRate: 0.9, callCount: 5 }, []],
    [{ successRate: 0.9, callCount: 6 }, ['f has low success rate: 90.0% (f.ts:1)']],
    [{ avgMemoryBytes: 100 * MB, memorySamples: 10 }, []],
    [{ avgMemoryBytes: 150.25 * MB, memorySamples: 1 }, ['f uses high memory: ?150.3MB avg (f.ts:1)']],
    [{ avgMemoryBytes: 150.25 * MB, memorySamples: 10 }, ['f uses high memory: 150.3MB avg (f.ts:1)']],
  ] as const)('%j', (changed, expected) => {
    expect(warningsOf([metrics(changed)])).toEqual(expected);
  });
});

describe('renderReport', () => {
  test('of a function that fails now and then not all calls were successful', () => {
    const rare = metrics({ callCount: 1_000_000, errorCount: 10, successRate: 0.99999 });
    const text = renderReport({ totalMetrics: 1, aggregates: [rare], diagnostics: {} });
    expect(text).toContain('1. f: 1000000 calls, >99.9% success');
  });

  test('has the seed’s parts in the seed’s order', () => {
    const aggregates = [
      metrics({
        functionName: 'slow',
        avgExecutionTimeMs: 2500,
        performanceTrend: 'degrading',
        callCount: 20,
      }),
      metrics({ functionName: 'busy', callCount: 5000, successRate: 0.999, performanceTrend: 'improving' }),
    ];
    expect(renderReport({ aggregates, totalMetrics: 5020, diagnostics: { 'journal-EACCES': 2 } })).toBe(
      [
        '🔍 tka-perf Performance Report',
        '========================================',
        '📊 Total Metrics Collected: 5020',
        '🔢 Functions Monitored: 2',
        '',
        '🐌 Slowest Functions:',
        '  1. slow: 2.500s avg 📉',
        '  2. busy: ~10.00ms avg 📈',
        '',
        '🔥 Most Called Functions:',
        '  1. busy: 5000 calls, 99.9% success',
        '  2. slow: 20 calls, 100.0% success',
        '',
        '⚠️ Performance Warnings:',
        '  • slow is averaging 2.50s per call (f.ts:1)',
        '  • slow performance is degrading (trend analysis) (f.ts:1)',
        '',
        '⚠️ The monitor could not do:',
        '  • journal-EACCES: 2 ×',
      ].join('\n'),
    );
  });

  test.each([
    ['is exact', {}, '10.00ms'],
    ['is estimated', { callCount: 5000 }, '~10.00ms'],
    ['may be far off', { callCount: 5000, avgExecutionTimeMarginMs: 6 }, '?10.00ms'],
    ['is told by a clock that goes by steps', { noiseMs: 100, avgExecutionTimeMarginMs: 1 }, '10.00ms'],
    ['is within the noise', { avgExecutionTimeMs: 0.1, avgNoiseMs: 0.2 }, '<200.00µs'],
    ['is within it and varies', { avgNoiseMs: 11, avgExecutionTimeMarginMs: 4 }, '<14.00ms'],
    ['is known of no call', { timedCalls: 0, avgExecutionTimeMs: 0 }, '–'],
  ] as const)('an average that %s', (_, changed, expected) => {
    const report = renderReport({ aggregates: [metrics(changed)], totalMetrics: 1 });
    expect(report).toContain(`  1. f: ${expected} avg`);
  });

  test('says how many warnings there are beside the first ten', () => {
    const failing = (count: number): string =>
      renderReport({
        aggregates: Array.from({ length: count }, (_, i) =>
          metrics({ functionName: `f${i}`, successRate: 0.5 }),
        ),
        totalMetrics: 0,
      });
    expect(failing(10)).toMatch(/• f9 has low success rate: 50\.0% \(f\.ts:1\)$/);
    expect(failing(13)).toMatch(/• f9 has low.*\n {2}… and 3 more$/);
  });

  test('lists five of each and no empty section of warnings', () => {
    const aggregates = Array.from({ length: 9 }, (_, i) => metrics({ functionName: `f${i}`, callCount: i }));
    const report = renderReport({ aggregates, totalMetrics: 0 });
    expect(report.match(/^ {2}\d\./gm)).toHaveLength(10);
    expect(report).not.toContain('⚠️');
  });

  test('gives a duration the unit that fits', () => {
    expect([0.000042, 0.0123, 12.345, 2500].map(formatDuration)).toEqual([
      '42ns',
      '12.30µs',
      '12.35ms',
      '2.500s',
    ]);
    // Not 1000.00 of the smaller one.
    expect([0.000_999_6, 0.999_996, 999.996].map(formatDuration)).toEqual(['1.00µs', '1.00ms', '1.000s']);
    expect([0.000_999_4, 0.999_99, 999.99].map(formatDuration)).toEqual(['999ns', '999.99µs', '999.99ms']);
  });
});

describe('seedDocument', () => {
  test('has the seed’s keys in seconds and MB', () => {
    const document = seedDocument([metrics({ avgMemoryBytes: 3 * MB })], 7, new Date(0));
    expect(document).toMatchObject({
      export_timestamp: '1970-01-01T00:00:00.000Z',
      total_metrics: 7,
      aggregates: {
        f: {
          function_name: 'f',
          call_count: 100,
          avg_execution_time: 0.01,
          min_execution_time: 0.001,
          max_execution_time: 0.02,
          avg_memory_usage: 3,
          success_rate: 1,
          last_24h_calls: 100,
          performance_trend: 'stable',
        },
      },
    });
  });

  test('keeps a function named __proto__', () => {
    const json = JSON.stringify(seedDocument([metrics({ functionName: '__proto__' })], 1, new Date(0)));
    expect(Object.keys((JSON.parse(json) as { aggregates: object }).aggregates)).toEqual(['__proto__']);
  });
});
