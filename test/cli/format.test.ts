import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatBytes, formatCount, formatDuration, formatTime, plural } from '../../cli/text/format.ts';

describe('durations', () => {
  test.each([
    [0, '0 s'],
    [0.000078, '78.0ns'],
    [0.0012345, '1.23µs'],
    [0.9996, '1.00ms'],
    [1.2345, '1.23ms'],
    [12.345, '12.3ms'],
    [123.45, '123ms'],
    [999.4, '999ms'],
    [999.6, '1.00 s'],
    [59_900, '59.9 s'],
    [999_499, '999 s'],
    [1_234_000, '20m34s'],
    [3_599_600, '1h00m'],
    [12_345_678, '3h26m'],
    [86_399_000, '1d00h'],
    [183_600_000, '2d03h'],
    [-1.5, '-1.50ms'],
    [undefined, '–'],
    [Number.NaN, '–'],
    [Infinity, '–'],
  ])('%s ms is %s', (durationMs, text) => expect(formatDuration(durationMs)).toBe(text));

  test('take at most six columns up to two years, and never say 1000 of a unit', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 8e10, noNaN: true }), (durationMs) => {
        const text = formatDuration(durationMs);
        expect(text.length).toBeLessThanOrEqual(6);
        expect(text).not.toMatch(/\d{4}/);
      }),
    );
  });
});

test.each([
  [0, '0 B'],
  [512, '512 B'],
  [1_000, '0.98kB'],
  [1_536, '1.50kB'],
  [-1_310_720, '-1.25MB'],
  [123_456_789, '118MB'],
  [undefined, '–'],
])('%s bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  [0, '0'],
  [999, '999'],
  [1_234, '1,234'],
  [1_234_567, '1,234,567'],
  [9_999_999, '9,999,999'],
  [145_210_000, '145.2M'],
  [Number.MAX_SAFE_INTEGER, '9.007e+15'],
])('a count of %s is %s', (count, text) => expect(formatCount(count)).toBe(text));

test('one thing, two things', () => {
  expect(plural(1, 'process', 'processes')).toBe('1 process');
  expect(plural(2_000, 'function')).toBe('2,000 functions');
});

test('a time that no date can hold is nothing', () => expect(formatTime(1e99)).toBe('–'));
