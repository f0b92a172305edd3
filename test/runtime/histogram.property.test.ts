import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketOf, upperBound } from '../../runtime/format/buckets.ts';
import { mergeHistograms, quantileOf } from '../../runtime/format/histogram-record.ts';
import { Histogram, recordInto } from '../../runtime/tally/histogram.ts';
import type { HistogramRecord } from '../../runtime/format/record.ts';

const durations = fc.oneof(
  fc.double({ min: 1e-3, max: 1e15, noNaN: true }),
  fc.integer({ min: 1, max: 5000 }),
  fc.integer({ min: 0, max: 40 }).map((power) => 2 ** power),
);

function recordOf(values: readonly number[]): HistogramRecord {
  const histogram = new Histogram();
  for (const value of values) recordInto(histogram, value);
  return histogram.toRecord();
}

describe('bucketOf', () => {
  test('a value lies above its bucket’s lower bound and not above its upper one', () => {
    fc.assert(
      fc.property(durations, (value) => {
        const bucket = bucketOf(value);
        expect(value).toBeLessThanOrEqual(upperBound(bucket) * (1 + 1e-15));
        expect(value).toBeGreaterThan(upperBound(bucket - 1) * (1 - 1e-15));
      }),
    );
  });

  test('a bound belongs to the bucket below it, and the next number to the one above', () => {
    for (let power = -20; power < 60; power++) {
      expect(bucketOf(2 ** power)).toBe(power * 32 - 1);
      expect(bucketOf(2 ** power * (1 + Number.EPSILON))).toBe(power * 32);
    }
    for (let bucket = 0; bucket < 32; bucket++) {
      const bound = upperBound(bucket);
      expect(bucketOf(bound)).toBe(bucket);
      expect(bucketOf(bound * (1 + 2 * Number.EPSILON))).toBe(bucket + 1);
    }
  });
});

describe('Histogram', () => {
  test('counts every value once, zeros apart', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(durations, fc.constant(0))), (values) => {
        const { counts, zeroCount } = recordOf(values);
        expect(zeroCount).toBe(values.filter((value) => value === 0).length);
        expect(counts.reduce((sum, count) => sum + count, zeroCount)).toBe(values.length);
      }),
    );
  });

  test('counts more than 32 bits tell, and grows before and after that', () => {
    const most = 2 ** 32 - 1;
    const histogram = new Histogram();
    recordInto(histogram, 100, most);
    recordInto(histogram, 1e6);
    expect(histogram.toRecord().counts.filter((count) => count > 0)).toEqual([most, 1]);
    recordInto(histogram, 100, 2);
    recordInto(histogram, 1e9, 2 ** 40);
    recordInto(histogram, 3, 5);
    expect(histogram.toRecord().counts.filter((count) => count > 0)).toEqual([5, most + 2, 1, 2 ** 40]);
    const first = new Histogram();
    recordInto(first, 7, 2 ** 33);
    expect(first.toRecord().counts).toEqual([2 ** 33]);
  });

  test('tells what was added since it was asked last, in rising order', () => {
    const buckets = new Int32Array(1 << 12);
    const times = new Float64Array(1 << 12);
    const counted = fc.record({
      bucket: fc.oneof(fc.integer({ min: 200, max: 260 }), fc.integer({ min: -1000, max: 2047 })),
      times: fc.constantFrom(1, 1, 1, 3, 65_534, 65_535, 65_536, 2 ** 33),
    });
    fc.assert(
      fc.property(fc.array(fc.array(counted)), fc.boolean(), (rounds, isUntold) => {
        const histogram = new Histogram();
        const all = new Map<number, number>();
        const expectTold = (expected: ReadonlyMap<number, number>): void => {
          const most = Array.from(expected.values()).reduce((a, b) => a + b, 0);
          const count = histogram.takeAdded(buckets, times, most);
          const told = Array.from({ length: count }, (_, i) => [buckets[i], times[i]]);
          expect(told).toEqual(Array.from(expected).toSorted(([a], [b]) => a - b));
        };
        for (const round of rounds) {
          const added = new Map<number, number>();
          for (const each of round) {
            histogram.add(each.bucket, each.times);
            for (const sums of [all, added]) sums.set(each.bucket, (sums.get(each.bucket) ?? 0) + each.times);
          }
          expectTold(added);
        }
        if (isUntold) {
          histogram.untell();
          expectTold(all);
        }
        const { offset, counts } = histogram.toRecord();
        const nonzero = counts.flatMap((count, i) => (count > 0 ? [[offset + i, count]] : []));
        expect(nonzero).toEqual(Array.from(all).toSorted(([a], [b]) => a - b));
      }),
    );
  });

  test('what one forgets, another begins with zeros', () => {
    const buckets = new Int32Array(1 << 12);
    const times = new Float64Array(1 << 12);
    const counted = fc.array(
      fc.record({
        bucket: fc.integer({ min: -60, max: 60 }),
        times: fc.constantFrom(1, 2, 65_534, 65_535, 2 ** 33),
      }),
    );
    const told = fc.array(fc.boolean(), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(counted, { minLength: 1, maxLength: 8 }), told, (rounds, isTold) => {
        // Two take turns, so that the groups of one go to the other.
        const both = [new Histogram(), new Histogram()] as const;
        rounds.forEach((round, i) => {
          const histogram = both[i % 2 === 0 ? 0 : 1];
          histogram.clear();
          expect(histogram.toRecord()).toMatchObject({ zeroCount: 0, counts: [] });
          recordInto(histogram, 0, i + 1);
          const sums = new Map<number, number>();
          for (const each of round) {
            histogram.add(each.bucket, each.times);
            sums.set(each.bucket, (sums.get(each.bucket) ?? 0) + each.times);
          }
          const expected = Array.from(sums).toSorted(([a], [b]) => a - b);
          const found: [number, number][] = [];
          histogram.visit((bucket, count) => found.push([bucket, count]));
          expect(found).toEqual(expected);
          if (isTold[i] !== true) return;
          const count = histogram.takeAdded(buckets, times, Infinity);
          expect(Array.from({ length: count }, (_, k) => [buckets[k], times[k]])).toEqual(expected);
        });
      }),
    );
  });

  test('keeps more groups than a block has, and grows on both sides then', () => {
    const histogram = new Histogram();
    const counted = Array.from({ length: 1100 }, (_, i) => (i % 2 === 0 ? 8 * i : -8 * i));
    for (const bucket of counted) histogram.add(bucket, 1);
    const { offset, counts } = histogram.toRecord();
    const found = counts.flatMap((count, i) => (count > 0 ? [offset + i] : []));
    expect(found).toEqual(counted.toSorted((a, b) => a - b));
    expect(counts.every((count) => count <= 1)).toBe(true);
  });

  test('a quantile is within 1.1 % of the exact one', () => {
    fc.assert(
      fc.property(
        fc.array(durations, { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, q) => {
          const sorted = values.toSorted((a, b) => a - b);
          const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] ?? 0;
          const [min = 0, max = 0] = [sorted[0], sorted.at(-1)];
          const estimate = quantileOf(recordOf(values), q, min, max);
          expect(Math.abs(estimate - exact) / exact).toBeLessThanOrEqual(0.011);
          expect(estimate).toBeGreaterThanOrEqual(min);
          expect(estimate).toBeLessThanOrEqual(max);
        },
      ),
    );
  });

  test('the quantile of nothing is 0', () => {
    expect(quantileOf(recordOf([]), 0.5, 0, 0)).toBe(0);
  });
});

describe('mergeHistograms', () => {
  const arrays = fc.array(fc.oneof(durations, fc.constant(0)), { maxLength: 50 });

  test('loses nothing: the same as recording into one', () => {
    fc.assert(
      fc.property(arrays, arrays, (a, b) => {
        expect(mergeHistograms(recordOf(a), recordOf(b))).toEqual(recordOf([...a, ...b]));
      }),
    );
  });

  test('is commutative and associative', () => {
    fc.assert(
      fc.property(arrays, arrays, arrays, (x, y, z) => {
        const [a, b, c] = [recordOf(x), recordOf(y), recordOf(z)];
        expect(mergeHistograms(a, b)).toEqual(mergeHistograms(b, a));
        expect(mergeHistograms(mergeHistograms(a, b), c)).toEqual(mergeHistograms(a, mergeHistograms(b, c)));
      }),
    );
  });
});
