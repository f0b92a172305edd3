import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { highOf, now, NS_PER_MS, nsOfHalves, setClock, ticks } from '../../runtime/platform/clock.ts';
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
