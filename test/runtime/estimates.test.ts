/** The signs of durations that are less than exact. */
import { expect, test } from 'vitest';
import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { isFarOff, relativeMarginOf, signed } from '../../runtime/report/estimates.ts';
import { shownMargin } from '../../cli/report/estimates.ts';
import { functionColumns } from '../../cli/report/function-table.ts';
import { signNotes } from '../../cli/report/sign-notes.ts';

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

test('a percentile that no timed call may lie above is doubtful where others were not timed', () => {
  const signsOf = (timedCalls: number, callCount: number): string[] =>
    (['p50', 'p90', 'p95', 'p99', 'call'] as const).map(
      (kind) => signed(metrics(timedCalls, callCount, 20), 20, kind).sign,
    );
  // The chance that all lie below: 0.99 to the power of 368 is 0.0248, of 367 0.0250 and more.
  expect(signsOf(5, 1000)).toEqual(['?', '?', '?', '?', '~']);
  expect(signsOf(6, 1000)).toEqual(['~', '?', '?', '?', '~']);
  expect(signsOf(71, 1000)).toEqual(['~', '~', '?', '?', '~']);
  expect(signsOf(367, 1000)).toEqual(['~', '~', '~', '?', '~']);
  expect(signsOf(368, 1000)).toEqual(['~', '~', '~', '~', '~']);
  // All were timed: it is what it is.
  expect(signsOf(5, 5)).toEqual(['', '', '', '', '']);
});

test('so is one that is more than it can be: the slower half of the calls alone would take more than all do', () => {
  const signsOf = (avgExecutionTimeMs: number, avgExecutionTimeMarginMs: number): string[] => {
    const mean = { avgExecutionTimeMs, avgExecutionTimeMarginMs };
    return (['p50', 'p95', 'p99', 'call'] as const).map(
      (kind) => signed({ ...metrics(1000, 10_000, 20), ...mean }, 20, kind).sign,
    );
  };
  expect(signsOf(11, 0)).toEqual(['~', '~', '~', '~']);
  expect(signsOf(9, 0)).toEqual(['?', '~', '~', '~']);
  expect(signsOf(9, 1.1)).toEqual(['~', '~', '~', '~']);
  expect(signsOf(0.9, 0)).toEqual(['?', '?', '~', '~']);
  expect(signsOf(0.1, 0)).toEqual(['?', '?', '?', '~']);
});

test('so it is in the table', () => {
  const row = {
    ...metrics(100, 1000, 20),
    p50ExecutionTimeMs: 20,
    p95ExecutionTimeMs: 20,
    p99ExecutionTimeMs: 20,
    maxExecutionTimeMs: 20,
    performanceTrend: 'stable',
  } as const;
  const cells = new Map(
    functionColumns([row], { width: 200, sort: 'total' }).map(({ title, cell }) => [title, cell]),
  );
  const cellsOf = (...titles: readonly string[]): unknown[] => titles.map((title) => cells.get(title)?.(row));
  expect(cellsOf('p50', 'p95', 'p99', 'max')).toEqual(['~20.0ms', '~20.0ms', '?20.0ms', '~20.0ms']);
});

test('a total that is not calls × avg has a note that says so', () => {
  const notesOf = (rows: readonly AggregateMetrics[], titles: string): string[] =>
    signNotes(rows, titles, () => false);
  const apart = { ...metrics(10, 1000, 20), totalExecutionTimeMs: 12_000 };
  const note =
    'a total is that of the outermost calls of a function that calls itself, and so is not calls × avg';
  expect(notesOf([metrics(10, 1000, 20), apart], 'calls total avg')).toContain(note);
  expect(notesOf([apart], 'calls total')).not.toContain(note);
  expect(notesOf([metrics(10, 1000, 20)], 'calls total avg')).not.toContain(note);
  expect(notesOf([{ ...apart, timedCalls: 1000 }], 'calls total avg')).toContain(note);
});
