import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

const dir = mkdtempSync(join(tmpdir(), 'tka-perf-measure-'));
process.env['TKA_PERF_DIR'] = dir;
const { getPerformanceMonitor, measure, PerformanceContext, performanceReport } =
  await import('../../runtime/index.ts');
const monitor = getPerformanceMonitor();
afterAll(() => rmSync(dir, { recursive: true }));

describe('measure', () => {
  test('returns what the function returns, of a promise the very object', async () => {
    const promise = Promise.resolve(3);
    expect(measure('returns.sync', () => 3)).toBe(3);
    expect(measure('returns.async', () => promise)).toBe(promise);
    await promise;
    await new Promise(setImmediate);
    expect(monitor.getFunctionStats('returns.sync')).toMatchObject({
      callCount: 1,
      errorCount: 0,
      kind: 'operation',
      file: '',
    });
    expect(monitor.getFunctionStats('returns.async')).toMatchObject({ callCount: 1, errorCount: 0 });
  });

  test('throws the very error that the function throws, and knows its message', () => {
    const error = new Error('very error');
    const failing = (): never => {
      throw error;
    };
    expect(() => measure('throws', failing)).toThrow(error);
    expect(monitor.getFunctionStats('throws')).toMatchObject({
      callCount: 1,
      errorCount: 1,
      lastError: 'very error',
    });
    expect(monitor.getMetrics().at(-1)).toMatchObject({
      functionName: 'throws',
      success: false,
      errorMessage: 'very error',
    });
  });
});

describe('PerformanceContext', () => {
  test('measures to its disposal, once', () => {
    const context = new PerformanceContext('context');
    expect(monitor.getFunctionStats('context')).toMatchObject({ inFlight: 1, callCount: 0 });
    context[Symbol.dispose]();
    context[Symbol.dispose]();
    context.end();
    expect(monitor.getFunctionStats('context')).toMatchObject({ inFlight: 0, callCount: 1, errorCount: 0 });
    // It is known to have run for no time of its own.
    expect(monitor.getFunctionStats('context')).toMatchObject({ activeTimeMs: 0, selfTimeMs: 0 });
    expect(monitor.getFunctionStats('context')).not.toHaveProperty('activeTimeEstimated');
  });

  test('ends as failed where it is told an error', () => {
    new PerformanceContext('context.failed').end(new Error('told'));
    expect(monitor.getFunctionStats('context.failed')).toMatchObject({ errorCount: 1, lastError: 'told' });
  });
});

describe('the monitor', () => {
  test('takes metrics measured elsewhere, and refuses durations that are none', () => {
    const metric = {
      functionName: 'elsewhere',
      timestamp: new Date(),
      success: false,
      errorMessage: 'no',
      memoryBytes: 1000,
      cpuPercent: 5,
    };
    monitor.recordMetric({ ...metric, executionTimeMs: 12 });
    monitor.recordMetric({ ...metric, executionTimeMs: Number.NaN });
    monitor.recordMetric({ ...metric, executionTimeMs: 1e18 });
    expect(monitor.getFunctionStats('elsewhere')).toMatchObject({
      callCount: 1,
      avgExecutionTimeMs: 12,
      errorCount: 1,
      lastError: 'no',
      avgMemoryBytes: 1000,
      cpuPercent: 5,
    });
    const metrics = monitor.getMetrics().filter(({ functionName }) => functionName === 'elsewhere');
    expect(metrics).toMatchObject([{ executionTimeMs: 12, cpuPercent: 5 }]);
    expect(monitor.diagnostics['bad-metric']).toBe(2);
  });

  test.each([
    ['memoryBytes', Infinity],
    ['cpuPercent', Number.NaN],
    ['argsHash', 42],
    ['timestamp', undefined],
    ['functionName', 404],
    ['functionName', undefined],
  ])('takes a metric of which %s is %s, without that', (key, value) => {
    const named = key === 'functionName' ? String(value) : `odd.${key}`;
    const metric = { functionName: named, executionTimeMs: 12, timestamp: new Date(), success: true };
    monitor.recordMetric({ ...metric, [key]: value } as never);
    expect(monitor.getFunctionStats(named)).toMatchObject({ callCount: 1, avgExecutionTimeMs: 12 });
    if (key !== 'functionName' && key !== 'timestamp')
      expect(monitor.getMetrics().at(-1)).not.toHaveProperty(key);
  });

  test('tells nothing of functions that were not called since a reset', () => {
    measure('reset.ghost', () => 1);
    monitor.reset();
    expect(monitor.getFunctionStats('reset.ghost')).toBeUndefined();
    expect(monitor.snapshot().aggregates.map(({ functionName }) => functionName)).not.toContain(
      'reset.ghost',
    );
    measure('reset.ghost', () => 1);
    expect(monitor.getFunctionStats('reset.ghost')?.callCount).toBe(1);
  });

  test('forgets on reset what was not told yet', () => {
    measure('reset.early', () => 1);
    expect(() =>
      measure('reset.early', () => {
        throw new Error('before');
      }),
    ).toThrow('before');
    monitor.reset();
    measure('reset.early', () => 1);
    const { errorCount, lastError } = monitor.getFunctionStats('reset.early') ?? {};
    expect({ errorCount, lastError }).toEqual({ errorCount: 0, lastError: undefined });
  });

  test('tells an error object as what it says, and takes no metric for none', () => {
    const metric = { functionName: 'odd.error', executionTimeMs: 1, timestamp: new Date(), success: false };
    monitor.recordMetric({ ...metric, errorMessage: new Error('what it says') } as never);
    expect(monitor.getFunctionStats('odd.error')?.lastError).toBe('what it says');
    const bad = monitor.diagnostics['bad-metric'] ?? 0;
    const odd = [
      { timestamp: Infinity },
      { timestamp: 1e300 },
      { executionTimeMs: null },
      { executionTimeMs: 1n },
    ];
    const nones = [undefined, null, {}, 5, ...odd.map((each) => ({ ...metric, ...each }))];
    for (const none of nones) monitor.recordMetric(none as never);
    expect(monitor.diagnostics['bad-metric']).toBe(bad + nones.length);
  });

  test.each([undefined, null, 5, { maxMetricsHistory: 1e12 }, { flushIntervalMs: Infinity }, { dir: 5 }])(
    'takes %j as options, and throws nothing',
    (options) => {
      expect(() => monitor.configure(options as never)).not.toThrow();
      monitor.configure({ maxMetricsHistory: 10_000, flushIntervalMs: 1000 });
      measure('goes on', () => 1);
      expect(monitor.getMetrics().at(-1)?.functionName).toBe('goes on');
    },
  );

  test.each([
    'all',
    { dir: '' },
    { flushIntervalMs: '5s' },
    { flushIntervalMs: -1 },
    { maxMetricsHistory: Number.NaN },
    { enableDetailedLogging: 'no' },
    { flushInterval: 5 },
  ])('counts %j as a bad option, and leaves all as it was', (options) => {
    const bad = monitor.diagnostics['bad-option'] ?? 0;
    monitor.configure(options as never);
    expect(monitor.diagnostics['bad-option']).toBe(bad + 1);
    measure('goes on', () => 1);
    expect(monitor.getMetrics().at(-1)?.functionName).toBe('goes on');
  });

  test('lists metrics by when they ended', () => {
    monitor.reset();
    const ended = [5, 1, 3].map((ms) => new Date(Date.now() - ms));
    for (const timestamp of ended)
      monitor.recordMetric({ functionName: 'once', executionTimeMs: 1, success: true, timestamp });
    const listed = monitor.getMetrics().map(({ timestamp }) => timestamp.getTime());
    expect(listed).toEqual(listed.toSorted((a, b) => a - b));
    expect(listed).toHaveLength(3);
  });

  test('ranks functions by average and by calls', () => {
    monitor.reset();
    const at = { timestamp: new Date(), success: true };
    for (const [functionName, ms, times] of [
      ['a', 5, 1],
      ['b', 50, 3],
      ['__proto__', 500, 2],
    ] as const)
      for (let i = 0; i < times; i++) monitor.recordMetric({ functionName, executionTimeMs: ms, ...at });
    const named = monitor.getSlowestFunctions(2).map(({ functionName }) => functionName);
    expect(named).toEqual(['__proto__', 'b']);
    expect(monitor.getMostCalledFunctions()[0]?.functionName).toBe('b');
    expect(monitor.snapshot().totalMetrics).toBe(6);
    expect(performanceReport()).toContain('📊 Total Metrics Collected: 6');
    expect(performanceReport()).toContain('  1. b: 3 calls, 100.0% success');
    expect(monitor.getFunctionStats('never')).toBeUndefined();
  });

  test('exports the seed’s document to a file', () => {
    const file = join(dir, 'export.json');
    monitor.exportMetrics(file);
    const document = JSON.parse(readFileSync(file, 'utf8')) as {
      aggregates: Record<string, { call_count: number }>;
    };
    expect(document.aggregates['b']?.call_count).toBe(3);
    expect(() => monitor.exportMetrics(join(dir, 'none', 'x.json'))).toThrow('ENOENT');
  });

  test('keeps as many metrics as configured, or none', () => {
    monitor.configure({ maxMetricsHistory: 2 });
    expect(monitor.getMetrics()).toHaveLength(2);
    monitor.configure({ enableDetailedLogging: false });
    measure('not kept', () => 1);
    expect(monitor.getMetrics()).toEqual([]);
    expect(monitor.getFunctionStats('not kept')?.callCount).toBe(1);
    monitor.configure({ enableDetailedLogging: true });
    measure('kept', () => 1);
    expect(monitor.getMetrics().map(({ functionName }) => functionName)).toEqual(['kept']);
  });
});
