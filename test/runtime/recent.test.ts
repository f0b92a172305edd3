import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { RecentMetrics } from '../../runtime/tally/recent.ts';

const DAY_MS = 24 * 3_600_000;

function add(ring: RecentMetrics, site: number, endMs: number, ok: boolean = true, error?: string): void {
  const extra = error === undefined ? undefined : { error };
  ring.add(site, {
    ok,
    durationNs: site * 10,
    rawNs: site * 10,
    caller: -1,
    isInner: false,
    isOpen: false,
    weight: 1,
    endMs,
    extra,
  });
}

function makeRing(history: number): RecentMetrics {
  const ring = new RecentMetrics();
  ring.resize(history);
  return ring;
}

describe('the ring of recent metrics', () => {
  test('holds the newest, in order, with what belongs to each', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 0, max: 2000 }), (history, count) => {
        const ring = makeRing(history);
        for (let i = 0; i < count; i++) add(ring, i, i, i % 5 !== 0, i % 5 === 0 ? `error ${i}` : undefined);
        const held = ring.list();
        expect(held.map(({ site }) => site)).toEqual(
          Array.from({ length: Math.min(history, count) }, (_, i) => count - Math.min(history, count) + i),
        );
        for (const { site, ok, extra, durationNs } of held) {
          expect(durationNs).toBe(site * 10);
          expect(ok).toBe(site % 5 !== 0);
          expect(extra?.error).toBe(ok ? undefined : `error ${site}`);
        }
        expect(ring.recorded).toBe(count);
      }),
      { numRuns: 50 },
    );
  });

  test('made smaller and larger again keeps the newest and the count of all', () => {
    const ring = makeRing(1000);
    for (let i = 0; i < 1500; i++) add(ring, i, i);
    ring.resize(300);
    ring.resize(5000);
    for (let i = 1500; i < 1600; i++) add(ring, i, i);
    expect(ring.list().map(({ site }) => site)).toEqual(Array.from({ length: 400 }, (_, i) => 1200 + i));
    expect(ring.recorded).toBe(1600);
  });

  test('of size 0 keeps nothing and counts on', () => {
    const ring = makeRing(0);
    for (let i = 0; i < 1000; i++) add(ring, i, i, false, 'error');
    expect(ring.list()).toEqual([]);
    expect(ring.recorded).toBe(1000);
  });

  test('gives each metric to the journal once, over cleanups and resizes too', () => {
    const ring = makeRing(100);
    const taken: number[] = [];
    const take = (): void => void taken.push(...ring.takeUnwritten().map(({ site }) => site));
    for (let i = 0; i < 30; i++) add(ring, i, 0);
    take();
    for (let i = 30; i < 50; i++) add(ring, i, DAY_MS);
    ring.clean(DAY_MS);
    take();
    ring.resize(200);
    add(ring, 50, DAY_MS);
    take();
    expect(taken).toEqual(Array.from({ length: 51 }, (_, i) => i));
  });

  describe('gives the journal', () => {
    let ring: RecentMetrics;
    let added: number;
    beforeEach(() => {
      ring = makeRing(20);
      added = 0;
    });
    const addSome = (count: number): void => {
      for (const end = added + count; added < end; added++) add(ring, added, 0);
    };
    const take = (...of: Parameters<RecentMetrics['takeUnwritten']>): number[] =>
      ring.takeUnwritten(...of).map(({ site }) => site);

    test('the newest where it takes few, and those left out when it takes all', () => {
      addSome(8);
      expect(take(3)).toEqual([5, 6, 7]);
      addSome(2);
      expect(take(3)).toEqual([8, 9]);
      addSome(5);
      expect(take(1)).toEqual([14]);
      addSome(1);
      expect(take()).toEqual([0, 1, 2, 3, 4, 10, 11, 12, 13, 15]);
      expect(take()).toEqual([]);
    });

    test('of those left out the ones that are still held', () => {
      addSome(10);
      expect(take(2)).toEqual([8, 9]);
      addSome(14);
      expect(take(12)).toEqual(Array.from({ length: 12 }, (_, i) => 12 + i));
      expect(take()).toEqual([4, 5, 6, 7, 10, 11]);
    });

    test('the last ones with the next ones, where they are to wait', () => {
      addSome(5);
      expect(take(Infinity, 2)).toEqual([0, 1, 2]);
      expect(take(Infinity, 4)).toEqual([]);
      addSome(1);
      expect(take()).toEqual([3, 4, 5]);
    });

    test('all that are held once more, for another file', () => {
      addSome(6);
      take(2);
      ring.rewind();
      expect(take()).toEqual([0, 1, 2, 3, 4, 5]);
      expect(take()).toEqual([]);
    });
  });
});

describe('the cleanup', () => {
  test('keeps all metrics of the last 24 hours and every 10th of the older ones', () => {
    const ring = makeRing(1000);
    for (let i = 0; i < 100; i++) add(ring, i, i);
    for (let i = 100; i < 150; i++) add(ring, i, 200);
    ring.clean(DAY_MS + 99);
    expect(ring.list().map(({ site }) => site)).toEqual([
      ...Array.from({ length: 10 }, (_, i) => i * 10),
      ...Array.from({ length: 50 }, (_, i) => 100 + i),
    ]);
  });

  test('judges each old metric once: what survived stays at every later pass', () => {
    const ring = makeRing(1000);
    for (let i = 0; i < 100; i++) add(ring, i, i);
    for (let pass = 0; pass < 20; pass++) ring.clean(DAY_MS + 1000 + pass);
    expect(ring.list()).toHaveLength(10);
  });

  test('counts the tens on from pass to pass, however few grow old at each', () => {
    const ring = makeRing(1000);
    for (let i = 0; i < 200; i++) add(ring, i, i);
    for (let old = 3; old <= 200; old += 3) ring.clean(DAY_MS + old);
    ring.clean(DAY_MS + 1000);
    expect(ring.list()).toHaveLength(20);
  });

  test('judges those that survived no second time when newer ones have been added', () => {
    const ring = makeRing(600);
    for (let i = 0; i < 300; i++) add(ring, i, i);
    ring.clean(DAY_MS + 500);
    for (let i = 300; i < 590; i++) add(ring, i, DAY_MS + 600);
    ring.clean(DAY_MS + 700);
    expect(ring.list()).toHaveLength(30 + 290);
  });

  test('survives a resize: nothing is judged twice, nothing left out', () => {
    const ring = makeRing(1000);
    for (let i = 0; i < 100; i++) add(ring, i, i);
    ring.clean(DAY_MS + 49);
    ring.resize(2000);
    ring.clean(DAY_MS + 1000);
    expect(ring.list().map(({ site }) => site)).toEqual(Array.from({ length: 10 }, (_, i) => i * 10));
  });
});
