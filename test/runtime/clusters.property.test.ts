/** Calls of hot functions, which are timed some in a row. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountOf, CLUSTER } from '../../runtime/budget/account.ts';
import { setClock } from '../../runtime/platform/clock.ts';
import { PerformanceMonitor } from '../../runtime/monitor.ts';
import { drawUniform, seedRandom } from '../../runtime/platform/random.ts';
import type { Site } from '../../runtime/call/site.ts';
import { skipsOf } from '../../runtime/stack/skips.ts';
import { WEIGHT } from '../../runtime/tally/sums.ts';
import { callSync, FakeClock, makeSite, statsOf } from './support.ts';

const monitor = new PerformanceMonitor(false);
const clock = new FakeClock();
beforeAll(() => {
  clock.install();
});
afterAll(() => setClock());

/** Durations are in units of 20 ns: longer calls are in no cluster. */
const UNIT_MS = 2e-5;
function pass(units: number): void {
  clock.advance(units * UNIT_MS);
}

/** One that is called a thousand times a millisecond. */
function hotSite(name: string = 'f'): Site {
  const site = makeSite(name, 'function', { memory: false });
  site.account = { ...accountOf(site), rate: 1000 };
  return site;
}

test('are timed that many in a row, and the one before them is not', () => {
  seedRandom(3);
  const site = hotSite();
  callSync(site, () => pass(1));
  statsOf(monitor, site); // adds up: how long it takes is known
  site.sample(50);
  const timed: number[] = [];
  for (let i = 0, before = 1; i < 5000; i++) {
    callSync(site, () => pass(1));
    const { timedCalls } = statsOf(monitor, site);
    if (timedCalls > before) timed.push(i);
    before = timedCalls;
  }
  const rows = timed.flatMap((call, i) => (call - 1 === timed[i - 1] ? [] : [i]));
  const lengths = rows.map((from, i) => (rows[i + 1] ?? timed.length) - from);
  expect(lengths.length).toBeGreaterThan(8);
  expect(new Set(lengths.slice(0, -1))).toEqual(new Set([CLUSTER]));
});

test('tell nothing of the one before them, which finds nothing of what timing needs in a cache', () => {
  const site = hotSite();
  callSync(site, () => pass(1));
  statsOf(monitor, site);
  site.sample(100);
  let skipped = 0;
  let cold = 0;
  for (let i = 0; i < 20_000; i++) {
    const left = skipsOf(site.number);
    const isBefore = left === 0 && skipped === 1;
    skipped = left;
    if (isBefore) cold++;
    callSync(site, () => pass(isBefore ? 100 : 1));
  }
  expect(cold).toBeGreaterThan(10);
  const { timedCalls, maxExecutionTimeMs, avgExecutionTimeMs } = statsOf(monitor, site);
  expect(timedCalls).toBeGreaterThan((CLUSTER - 1) * cold);
  expect([maxExecutionTimeMs / UNIT_MS, avgExecutionTimeMs / UNIT_MS]).toEqual([
    expect.closeTo(1, 3),
    expect.closeTo(1, 3),
  ]);
});

test('are counted exactly, as are their errors, and none stands for calls that were not made', () => {
  const phase = fc.tuple(fc.constantFrom(0, 0.5, 3, 50, 1000), fc.nat(120), fc.boolean());
  fc.assert(
    fc.property(fc.array(phase, { maxLength: 12 }), fc.nat(1e6), (phases, seed) => {
      seedRandom(seed);
      const site = hotSite();
      callSync(site, () => pass(1));
      let calls = 1;
      let errors = 0;
      for (const [mean, times, fails] of phases) {
        statsOf(monitor, site);
        site.sample(mean);
        for (let i = 0; i < times; i++) {
          calls++;
          const isBad = fails && i % 3 === 0;
          if (isBad) errors++;
          try {
            callSync(site, () => {
              pass(1);
              if (isBad) throw new Error('expected');
            });
          } catch (error) {
            site.caught(error);
          }
        }
      }
      const stats = statsOf(monitor, site);
      expect(stats).toMatchObject({ callCount: calls, errorCount: errors });
      expect(site.tally.at(WEIGHT)).toBeLessThanOrEqual(calls);
      expect(stats.totalExecutionTimeMs / UNIT_MS).toBeCloseTo(calls, 3);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['with a rhythm of as many calls', (i: number) => (i % CLUSTER === 0 ? 100 : 1)],
  ['with the rhythm of a gap and a row', (i: number) => (i % (11 * CLUSTER) < CLUSTER ? 100 : 1)],
  ['that grows all the time', (i: number) => i / 100],
])('are estimated without bias for a duration %s', (_, durationOf) => {
  const CALLS = 8000;
  let truth = 0;
  for (let i = 0; i < CALLS; i++) truth += durationOf(i);
  const totals = Array.from({ length: 200 }, (_unused, seed) => {
    seedRandom(seed * 7919 + 1);
    const site = hotSite();
    callSync(site, () => pass(durationOf(0)));
    statsOf(monitor, site);
    site.sample(10);
    for (let i = 1; i < CALLS; i++) callSync(site, () => pass(durationOf(i)));
    return statsOf(monitor, site).totalExecutionTimeMs / UNIT_MS;
  });
  const mean = totals.reduce((sum, total) => sum + total, 0) / totals.length;
  const variance = totals.reduce((sum, total) => sum + (total - mean) ** 2, 0) / (totals.length - 1);
  // What the calls of one gap may be worth, and four standard errors.
  const edge = 10 * CLUSTER * Math.abs(durationOf(CALLS - 1) - truth / CALLS);
  expect(Math.abs(mean - truth)).toBeLessThan(edge + 4 * Math.sqrt(variance / totals.length));
});

/** In how many of 200 seeded runs the average lies within its margin. */
function coverage(run: (site: Site) => number): number {
  let held = 0;
  for (let seed = 1; seed <= 200; seed++) {
    seedRandom(seed);
    const site = hotSite();
    const mean = run(site);
    const { avgExecutionTimeMs, avgExecutionTimeMarginMs = 0 } = statsOf(monitor, site);
    if (Math.abs(avgExecutionTimeMs - mean * UNIT_MS) <= avgExecutionTimeMarginMs) held++;
  }
  return held;
}

test('have a margin that holds also where neighbours are alike', () => {
  const CALLS = 10_000;
  const held = coverage((site) => {
    let sum = 0;
    let durationMs = 1;
    for (let i = 0; i < CALLS; i++) {
      if (i === 20) {
        statsOf(monitor, site);
        site.sample(30);
      }
      if (i % 20 === 0) durationMs = Math.exp(2 * drawUniform());
      const each = durationMs;
      sum += each;
      callSync(site, () => pass(each));
    }
    return sum / CALLS;
  });
  expect(held).toBeGreaterThanOrEqual(186);
});

test('have a margin no wider than needed where they are not', () => {
  const CALLS = 10_000;
  let margins = 0;
  const held = coverage((site) => {
    let sum = 0;
    for (let i = 0; i < CALLS; i++) {
      if (i === 20) {
        statsOf(monitor, site);
        site.sample(30);
      }
      const each = Math.exp(2 * drawUniform());
      sum += each;
      callSync(site, () => pass(each));
    }
    margins += (statsOf(monitor, site).avgExecutionTimeMarginMs ?? 0) / UNIT_MS;
    return sum / CALLS;
  });
  expect(held).toBeGreaterThanOrEqual(186);
  // The standard error of as many calls, twice and somewhat more.
  expect(margins / 200).toBeLessThan((3.2 * 1.76) / Math.sqrt(CALLS / 31));
});

test('are no own time of the one caller of a cluster more than of another', () => {
  let held = 0;
  for (let seed = 1; seed <= 200; seed++) {
    seedRandom(seed);
    const inner = hotSite('inner');
    const callers = [hotSite('a'), hotSite('b')] as const;
    for (let i = 0; i < 3000; i++) {
      if (i === 20) {
        statsOf(monitor, inner);
        inner.sample(30);
      }
      // Forty calls by one of them, and then by the other.
      callSync(callers[Math.floor(i / 40) % 2 ? 1 : 0], () => {
        callSync(inner, () => pass(1));
        pass(0.2);
      });
    }
    const { selfTimeMs = 0, selfTimeMarginMs = 0 } = statsOf(monitor, callers[0]);
    if (Math.abs(selfTimeMs - 1500 * 0.2 * UNIT_MS) <= selfTimeMarginMs) held++;
  }
  expect(held).toBeGreaterThanOrEqual(180);
});

test('are none of a recursive function, of which those that follow are inside of the first', () => {
  seedRandom(1);
  const site = hotSite();
  const recurse = (depth: number): void =>
    callSync(site, () => {
      pass(1);
      if (depth > 0) recurse(depth - 1);
    });
  recurse(0);
  statsOf(monitor, site);
  site.sample(20);
  expect(site.cluster).toBe(CLUSTER);
  for (let i = 0; i < 200; i++) recurse(4);
  expect(site.cluster).toBe(1);
});

test.each([0.2, 1, 5, 20])('are no own time of a caller that is timed itself, with a gap of %d', (gap) => {
  const CALLS = 6000;
  let biased = 0;
  for (let seed = 1; seed <= 100; seed++) {
    seedRandom(seed);
    const caller = makeSite('caller', 'function', { memory: false });
    const inner = hotSite('inner');
    for (let i = 0; i < CALLS; i++) {
      if (i === 20) {
        statsOf(monitor, inner);
        inner.sample(gap);
      }
      callSync(caller, () => {
        callSync(inner, () => pass(10));
        pass(1);
      });
    }
    biased += (statsOf(monitor, caller).selfTimeMs ?? 0) / UNIT_MS - CALLS;
  }
  // What nobody stands for yet: half of a gap, or of a cluster's.
  const waiting = gap < CLUSTER ? gap : CLUSTER * gap;
  expect(biased / 100).toBeLessThan(10 * (0.65 * waiting + 0.5));
});
