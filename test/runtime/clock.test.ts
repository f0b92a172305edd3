import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  highOf,
  now,
  NS_PER_MS,
  nsOfHalves,
  setClock,
  ticks,
  toEpoch,
} from '../../runtime/platform/clock.ts';
import { BOTTOM } from '../../runtime/stack/frames.ts';
import { FIRST_SLOT, stamp, stampNs } from '../../runtime/stack/stamps.ts';

afterEach(() => setClock());

/** By how much our clock is ahead of `performance.now`: between these two. */
function lead(): readonly [least: number, most: number] {
  const before = now();
  const other = performance.now();
  return [before - other, now() - other];
}

describe('the monotonic clock', () => {
  test('goes as performance.now does', () => {
    const first = lead();
    for (let i = 0; i < 1000; i++) {
      const later = lead();
      expect(later[0]).toBeLessThanOrEqual(first[1] + 1e-6);
      expect(later[1]).toBeGreaterThanOrEqual(first[0] - 1e-6);
    }
  });

  test('is read as an integer by Node, and so are stamps', () => {
    expect(ticks).toBe(process.hrtime.bigint);
    for (const place of [BOTTOM, FIRST_SLOT + 1]) {
      const beforeMs = now();
      stamp(place);
      const ns = stampNs(place);
      expect(ns / NS_PER_MS).toBeGreaterThanOrEqual(beforeMs);
      expect(now()).toBeGreaterThanOrEqual(ns / NS_PER_MS);
      expect(Number.isInteger(ns)).toBe(true);
    }
  });

  test('gives stamps by any other clock, where there are no integers or a test has set one', () => {
    for (const ms of [0, 0.25, 1000.000_001, 4294.967_295, 4294.967_296, 86_400_000.5]) {
      setClock(() => ms);
      stamp(BOTTOM);
      expect(stampNs(BOTTOM)).toBe(Math.round(ms * NS_PER_MS));
    }
  });

  test('loses no digit in 104 days', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (ns) => {
        expect(nsOfHalves(highOf(ns), ns % 2 ** 32)).toBe(ns);
      }),
    );
  });
});

describe('moments of the epoch', () => {
  let ms = 0;
  let aheadMs = 0;
  let pauseMs = 0;
  beforeEach(() => {
    ms = 1000.9;
    aheadMs = 1_700_000_000_000.25;
    pauseMs = 0;
    // Told in whole milliseconds, and later each time; between the two the program may be interrupted, once.
    const read = (): number => (ms += 0.07);
    const epoch = (): number => {
      const at = Math.floor(read() + aheadMs);
      ms += pauseMs;
      pauseMs = 0;
      return at;
    };
    setClock(read, epoch);
  });

  test('keep their order and their distances, whenever they are asked for', () => {
    const first = toEpoch(500);
    for (let i = 1; i < 100; i++) {
      pauseMs = i % 7 === 0 ? 20 : 0;
      expect(toEpoch(500 + i / 100) - first).toBeCloseTo(i / 100, 3);
    }
    expect(Math.abs(first - (500 + aheadMs))).toBeLessThan(1.1);
  });

  test('follow a clock that is set anew, back too', () => {
    toEpoch(500);
    for (const by of [3_600_000, -7_200_000, 5, -5]) {
      aheadMs += by;
      expect(Math.abs(toEpoch(500) - (500 + aheadMs))).toBeLessThan(1.1);
    }
  });
});
