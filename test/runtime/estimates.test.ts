/** The signs of durations that are less than exact. */
import { expect, test } from 'vitest';
import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { isFarOff, relativeMarginOf, signed } from '../../runtime/report/estimates.ts';
import { shownMargin } from '../../cli/report/estimates.ts';

/** A function of which so many calls were timed, with an average of 20 ms. */
function metrics(timedCalls: number, callCount: number, selfTimeMs: number): AggregateMetrics {
  return {
    functionName: 'src/a.f',
    callCount,
    timedCalls,
    avgExecutionTimeMs: 20,
    totalExecutionTimeMs: 20 * callCount,
    selfTimeMs,
    noiseMs: 1e-4,
    avgNoiseMs: 1e-4,
  } as AggregateMetrics;
}

test('what one call stands for, of several, says little', () => {
  const one = metrics(1, 20, 400);
  expect([relativeMarginOf(one), isFarOff(one), shownMargin(one)]).toEqual([Infinity, true, '>999%']);
  expect(signed(one, 400, 'total').sign).toBe('?');
  expect(signed(one, 20, 'call').sign).toBe('~');
  expect(signed(metrics(1, 1, 20), 20, 'total').sign).toBe('');
});

test('a self time of which the estimated time of others has left nothing is doubtful, not within the noise', () => {
  expect(signed(metrics(34, 60, -3), -3, 'self')).toEqual({ sign: '?', durationMs: 0 });
  expect(signed(metrics(34, 60, 1e-3), 1e-3, 'self').sign).toBe('?');
  expect(signed(metrics(34, 60, 500), 500, 'self').sign).toBe('~');
  // All were timed: there is nothing left indeed.
  expect(signed(metrics(60, 60, 1e-3), 1e-3, 'self').sign).toBe('<');
});
