import { describe, expect, test } from 'vitest';
import type { TrendRecord } from '../../runtime/format/record.ts';
import { addMoments, mergeTrends, NO_TREND, trendOf, trendRecordOf } from '../../runtime/tally/trend.ts';

/** mulberry32: a small seeded generator of uniform numbers. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** How many of 1,000 seeded series of 100 durations are called a trend. */
function verdicts(
  durationOf: (previous: number, noise: number, i: number) => number,
): Record<string, number> {
  const counts: Record<string, number> = { stable: 0, improving: 0, degrading: 0 };
  for (let seed = 1; seed <= 1000; seed++) {
    const random = uniform(seed * 7919);
    let previous = normal(random);
    const series = Array.from({ length: 100 }, (_, i) => {
      previous = durationOf(previous, normal(random), i);
      return previous;
    });
    const verdict = trendOf(trendRecordOf(series.map((value) => (value > 0 ? value : Math.exp(value)))));
    counts[verdict] = (counts[verdict] ?? 0) + 1;
  }
  return counts;
}

/** Log-normal noise about e^10 ns in which each value keeps a share `rho` of the deviation before it. */
function autocorrelated(rho: number, sigma: number): (previous: number, noise: number, i: number) => number {
  let deviation = 0;
  return (_previous, noise, i) => {
    deviation = i === 0 ? noise : rho * deviation + Math.sqrt(1 - rho ** 2) * noise;
    return Math.exp(10 + sigma * deviation);
  };
}

describe('trendOf', () => {
  test.each([
    [0, 0.3],
    [0, 1],
    [0.5, 0.5],
    [0.8, 0.5],
    [0.9, 0.5],
  ])('seldom calls stationary noise a trend (autocorrelation %d, sigma %d)', (rho, sigma) => {
    expect(verdicts(autocorrelated(rho, sigma))['stable']).toBeGreaterThanOrEqual(950);
  });

  test('seldom calls bursts a trend: now and then some ten calls that take four times as long', () => {
    let isBurst = false;
    let state = 1;
    const chance = (): number => (state = (state * 48_271) % 0x7fff_ffff) / 0x7fff_ffff;
    const duration = (_: number, noise: number): number => {
      isBurst = isBurst ? chance() > 0.1 : chance() < 0.01;
      return Math.exp(10 + 0.1 * noise) * (isBurst ? 4 : 1);
    };
    expect(verdicts(duration)['stable']).toBeGreaterThanOrEqual(950);
  });

  test('finds a shift of 30 % in a coefficient of variation of 20 % in 95 % of series, in both directions', () => {
    expect(
      verdicts((_, noise, i) => (i < 50 ? 100 : 130) * Math.max(0.1, 1 + 0.2 * noise))['degrading'],
    ).toBeGreaterThanOrEqual(950);
    expect(
      verdicts((_, noise, i) => (i < 50 ? 130 : 100) * Math.max(0.1, 1 + 0.2 * noise))['improving'],
    ).toBeGreaterThanOrEqual(950);
  });

  test.each([
    ['a line', 100, (i: number) => 1 + i],
    ['a line of few', 12, (i: number) => 1 + i],
    ['ten times', 100, (i: number) => 1 + (9 * i) / 99],
    ['five percent a call', 100, (i: number) => 1.05 ** i],
    ['a fifth in all', 100, (i: number) => 16.3 + (4.1 * i) / 99],
  ] as const)('what changes steadily is a trend: %s', (_, count, durationOf) => {
    const series = Array.from({ length: count }, (_unused, i) => 1e6 * durationOf(i));
    expect(trendOf(trendRecordOf(series))).toBe('degrading');
    expect(trendOf(trendRecordOf(series.toReversed()))).toBe('improving');
  });

  test.each([43, 50, 57])(
    'twice the time from one call on is found in little noise: after %d of 100',
    (from) => {
      const doubled = (_: number, noise: number, i: number): number =>
        (i < from ? 100 : 200) * (1 + 0.02 * noise);
      expect(verdicts(doubled)['degrading']).toBeGreaterThanOrEqual(950);
    },
  );

  test('what changes steadily, by half in all, is found in noise of 20 % in 95 % of series', () => {
    const noisy = (_: number, noise: number, i: number): number =>
      (100 + (50 * i) / 99) * Math.max(0.1, 1 + 0.2 * noise);
    expect(verdicts(noisy)['degrading']).toBeGreaterThanOrEqual(950);
  });

  test('needs 10 samples, and a change over 10 %', () => {
    const step = (n: number, to: number): number[] =>
      Array.from({ length: n }, (_, i) => (i < n >> 1 ? 100 : to));
    expect(trendOf(trendRecordOf(step(9, 500)))).toBe('stable');
    expect(trendOf(trendRecordOf(step(10, 500)))).toBe('degrading');
    expect(trendOf(trendRecordOf(step(10, 50)))).toBe('improving');
    expect(trendOf(trendRecordOf(step(100, 110)))).toBe('stable');
    expect(trendOf(trendRecordOf(step(100, 111)))).toBe('degrading');
    expect(trendOf(NO_TREND)).toBe('stable');
  });

  // Two-sided 1 % points of Student's t, as tables have them.
  test.each([
    [4, 4.604],
    [10, 3.169],
    [30, 2.75],
    [100, 2.626],
  ])('with %i degrees of freedom begins where Student’s t says', (freedom, t) => {
    const n = freedom / 2 + 1;
    const verdictAt = (standardErrors: number): string => {
      const change = standardErrors * Math.sqrt((2 * 400) / n);
      return trendOf({ n: [n, n], mean: [100, 100 + change], variance: [400, 400] });
    };
    expect(verdictAt(0.98 * t)).toBe('stable');
    expect(verdictAt(1.02 * t)).toBe('degrading');
  });
});

describe('mergeTrends', () => {
  const shifted = trendRecordOf(Array.from({ length: 100 }, (_, i) => (i < 50 ? 100 : 150) + (i % 7)));

  test('the same shift in two writers stays found', () => {
    expect(trendOf(mergeTrends(shifted, shifted))).toBe('degrading');
  });

  test('gives the same as moments that are added to others', () => {
    const flat = ({ n, mean, variance }: TrendRecord): Float64Array =>
      Float64Array.of(...n, ...mean, ...variance);
    const slower = trendRecordOf(Array.from({ length: 30 }, (_, i) => 400 + 20 * (i % 5)));
    const sum = flat(NO_TREND);
    for (const each of [shifted, NO_TREND, slower, shifted]) addMoments(sum, flat(each));
    const merged = flat(mergeTrends(mergeTrends(shifted, slower), shifted));
    sum.forEach((moment, i) => expect(moment).toBeCloseTo(merged[i] ?? Number.NaN, 9));
  });

  test('nothing merged changes nothing', () => {
    expect(mergeTrends(shifted, NO_TREND)).toEqual(shifted);
    expect(mergeTrends(NO_TREND, shifted)).toEqual(shifted);
  });
});
