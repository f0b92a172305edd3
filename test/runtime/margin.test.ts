/**
 * Whether averages lie where the report says they do: a million calls of known durations, the clock simulated, timed all and
 * timed some, in processes of their own, as V8 is several times faster there than with a test runner's modules.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { marginNsOf } from '../../runtime/report/margin.ts';
import { Histogram, recordInto } from '../../runtime/tally/histogram.ts';

const child = fileURLToPath(new URL('children/million.ts', import.meta.url));

interface Outcome {
  /** Of so many runs, those in which the true mean lay within the margin of the average. */
  readonly covered: number;
  readonly runs: number;
  /** Mean of the averages, as a share of the true mean; and how far off such a mean may be with four in 16,000. */
  readonly bias: number;
  readonly edge: number;
  /** How far off the percentiles were, as a share of the true ones: medians of all runs. */
  readonly percentiles: Readonly<Record<'p50' | 'p90' | 'p95' | 'p99', number>>;
  readonly leastTimed: number;
  /** Runs in which count, errors, or the least and largest timed call were not exact. */
  readonly inexact: number;
  /** What the average of exactly timed calls was off by. */
  readonly exactMean: number;
}

const outcomeOf = (way: string, distribution: string): Outcome =>
  JSON.parse(
    execFileSync(process.execPath, ['--import', 'tsx', child, way, distribution], { encoding: 'utf8' }),
  );

describe.each(['log-normal', 'bimodal', 'heavy-tailed'])('a million calls, %s', (distribution) => {
  test('all timed: everything is exact, percentiles to a bucket', () => {
    const { inexact, exactMean, percentiles } = outcomeOf('exact', distribution);
    expect(inexact).toBe(0);
    expect(exactMean).toBeLessThan(0.001);
    for (const off of Object.values(percentiles)) expect(off).toBeLessThan(0.011);
  });

  test('one of some hundred timed: the average lies within its margin in 95 of 100 runs', () => {
    const { covered, runs, bias, edge, inexact, percentiles, leastTimed } = outcomeOf(
      'sampled',
      distribution,
    );
    expect(inexact).toBe(0);
    expect(runs).toBe(200);
    expect(leastTimed).toBeGreaterThan(10_000);
    expect(covered).toBeGreaterThanOrEqual(0.95 * runs);
    expect(Math.abs(bias - 1)).toBeLessThan(edge);
    // The 99th of 13,500 calls is not known better, however it is found: 3 % is its standard error.
    for (const off of Object.values(percentiles)) expect(off).toBeLessThan(0.03);
  });
});

describe('the margin of an average', () => {
  const known = { timed: 101, represented: 10_000, spread: 400 } as Parameters<typeof marginNsOf>[0];

  test('is Student’s quantile times the standard error', () => {
    expect(marginNsOf(known)).toBeCloseTo((2.2015 * 20_000) / 10_000, 2);
    expect(marginNsOf({ ...known, timed: 5 })).toBeCloseTo((3.298 * 20_000) / 10_000, 1);
  });

  test('is as wide as the timed calls differ where the others have nobody to stand for them', () => {
    const histogram = new Histogram();
    const durations = [1000, 1000, 9000, 5000];
    for (const ns of durations) recordInto(histogram, ns);
    const timed = { calls: 6, timed: 4, represented: 4, histogram: histogram.toRecord() } as typeof known;
    const deviation = Math.sqrt((2 * 3000 ** 2 + 5000 ** 2 + 1000 ** 2) / 3);
    const expected = 3.96 * deviation * Math.sqrt(1 / 4 - 1 / 6);
    expect((marginNsOf(timed) ?? 0) / expected).toBeCloseTo(1, 1);
    expect(marginNsOf({ ...timed, calls: 4 })).toBeUndefined();
  });

  test.each([
    ['each call was timed', { represented: 0 }],
    ['an older journal knows of no variance', { spread: 0 }],
    ['one call was timed', { timed: 1 }],
  ])('is not known where %s', (_, change) => {
    expect(marginNsOf({ ...known, ...change })).toBeUndefined();
  });
});
