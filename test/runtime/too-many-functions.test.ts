/** More functions than there is room for: the program runs as it did, what was there goes on being counted, and it is told. */
import { expect, test } from 'vitest';
import { getPerformanceMonitor, measure } from '../../runtime/index.ts';
import { registry } from '../../runtime/registry.ts';
import { numbered } from '../../runtime/call/site.ts';
import { MAX_SITES } from '../../runtime/stack/site-table.ts';

test('what comes after is not measured, and no number is wrong', () => {
  const monitor = getPerformanceMonitor();
  expect(measure('first', () => 1)).toBe(1);
  numbered.length = MAX_SITES;
  expect(measure('one too many', () => 2)).toBe(2);
  expect(() => measure('one too many', () => JSON.parse('{'))).toThrow(SyntaxError);
  const metric = { executionTimeMs: 1, memoryBytes: 0, cpuPercent: 0, timestamp: new Date(), success: true };
  monitor.recordMetric({ ...metric, functionName: 'another' });
  const { enter, exit, first, probes } = registry.unit(2, 'a.ts', [['a.f', 'function', 1, 0]]);
  exit(~enter(0, first), 3);
  probes[0]?.start().end();
  expect(measure('first', () => 4)).toBe(4);
  expect(monitor.snapshot().aggregates).toMatchObject([{ functionName: 'first', callCount: 2 }]);
  expect(monitor.diagnostics).toEqual({ 'too-many-functions': 4 });
});
