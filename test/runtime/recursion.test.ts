/** The time of functions that call themselves, while few of their calls are timed. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { budget } from '../../runtime/budget/budget.ts';
import { exit } from '../../runtime/call/entry.ts';
import { installProbes } from '../../runtime/call/probes.ts';
import type { Site } from '../../runtime/call/site.ts';
import { setWarmUp } from '../../runtime/call/warm-up.ts';
import { setClock } from '../../runtime/platform/clock.ts';
import { drawUniform, seedRandom } from '../../runtime/platform/random.ts';
import { PerformanceMonitor } from '../../runtime/monitor.ts';
import { signed } from '../../runtime/report/estimates.ts';
import { pace, SAMPLED_INNER_NS } from '../../runtime/stack/frames.ts';
import { forgetBursts, noteBurst } from '../../runtime/tally/burst-estimates.ts';
import { recent } from '../../runtime/tally/recent.ts';
import { callSync, FakeClock, makeSite, statsOf } from './support.ts';

const monitor = new PerformanceMonitor(false);
const clock = new FakeClock();
beforeAll(() => {
  clock.install();
  budget.configure(Infinity); // the gaps here are the tests'
});
afterAll(() => setClock());

/** What a call takes itself, in milliseconds. */
const OWN_MS = 0.001;
const GAP = 2_000;

function siteWith(last: string): Site {
  const site = makeSite(last, 'function', { memory: false });
  callSync(site, () => clock.advance(OWN_MS));
  recent.drain();
  site.sample(GAP);
  return site;
}

function callerNamed(last: string): Site {
  return makeSite(last, 'function', { memory: false });
}

/** How far off the own time of a function is. */
function ownOf(site: Site, trueMs: number): { offMs: number; marginMs: number; totalMs: number } {
  const { selfTimeMs = NaN, selfTimeMarginMs: marginMs = NaN, totalExecutionTimeMs } = statsOf(monitor, site);
  return { offMs: Math.abs(selfTimeMs - trueMs), marginMs, totalMs: totalExecutionTimeMs };
}

/** A tree of calls, `below` of each. Returns how many there were. */
function grow(site: Site, depth: number, below: number): number {
  return callSync(site, () => {
    clock.advance(OWN_MS);
    if (depth === 0) return 1;
    let calls = 1;
    for (let i = 0; i < below; i++) calls += grow(site, depth - 1, below);
    return calls;
  });
}

/** What is told of a function of which the total is known. */
function toldOf(site: Site, trueMs: number): object {
  const stats = statsOf(monitor, site);
  const { callCount, timedCalls, totalExecutionTimeMs, totalExecutionTimeMarginMs = 0 } = stats;
  const offMs = Math.abs(totalExecutionTimeMs - trueMs);
  return {
    callCount,
    isSampled: timedCalls < callCount / 100,
    isTrue: offMs < totalExecutionTimeMarginMs + 0.02 * trueMs,
    sign: signed(stats, totalExecutionTimeMs, 'total').sign,
  };
}

const told = (callCount: number): object => ({ callCount, isSampled: true, isTrue: true, sign: '~' });

describe.each([1, 2, 3])('by seed %i', (seed) => {
  beforeEach(() => {
    seedRandom(seed);
    clock.advance(20_000); // what looking may take has been saved up
  });

  test.each([
    ['small', 4, 4_000],
    ['of hundreds of calls', 8, 300],
    ['of ten thousand', 13, 40],
    ['of a million, of which none is the outermost', 19, 3],
  ])(
    'trees that are %s: the total is that of the outermost calls, all of it their own',
    (_, depth, trees) => {
      const site = siteWith('grow');
      let calls = 1;
      for (let i = 0; i < trees; i++) {
        calls += grow(site, depth, 2);
        clock.advance(3); // nobody's
      }
      expect(toldOf(site, calls * OWN_MS)).toEqual(told(calls));
      const { selfTimeMs, totalExecutionTimeMs } = statsOf(monitor, site);
      expect(selfTimeMs).toBeCloseTo(totalExecutionTimeMs, 3);
    },
  );

  test('bursts tell neither its total nor its own time, as rows of outermost calls tell more', () => {
    const site = siteWith('grow');
    let calls = 1;
    for (let i = 0; i < 300; i++) calls += grow(site, 8, 2);
    const toldNs = 0.6 * calls * OWN_MS * 1e6;
    for (let i = 0; i < 20; i++) {
      noteBurst(1);
      site.tally.addBurst(toldNs / 20, toldNs / 20);
    }
    expect(toldOf(site, calls * OWN_MS)).toEqual(told(calls));
    const { selfTimeMs, totalExecutionTimeMs } = statsOf(monitor, site);
    expect(totalExecutionTimeMs).toBeGreaterThan(0.9 * calls * OWN_MS);
    expect(selfTimeMs).toBeCloseTo(totalExecutionTimeMs, 3);
    forgetBursts();
  });

  test('trees large and small by turns', () => {
    const site = siteWith('grow');
    let calls = 1;
    for (let i = 0; i < 600; i++) calls += grow(site, drawUniform() < 0.2 ? 10 : 3, 2);
    expect(toldOf(site, calls * OWN_MS)).toEqual(told(calls));
  });

  test('two functions that call each other', () => {
    const [even, odd] = [siteWith('even'), siteWith('odd')];
    const isEven = (n: number): boolean =>
      callSync(even, () => {
        clock.advance(OWN_MS);
        return n === 0 || isOdd(n - 1);
      });
    const isOdd = (n: number): boolean =>
      callSync(odd, () => {
        clock.advance(3 * OWN_MS);
        return n !== 0 && isEven(n - 1);
      });
    for (let i = 0; i < 4_000; i++) isEven(49);
    expect(toldOf(even, OWN_MS + 4_000 * 25 * 4 * OWN_MS)).toEqual(told(1 + 4_000 * 25));
    expect(toldOf(odd, OWN_MS + 4_000 * (25 * 4 - 1) * OWN_MS)).toEqual(told(1 + 4_000 * 25));
    for (const [site, trueMs] of [
      [even, 4_000 * 25 * OWN_MS],
      [odd, 4_000 * 25 * 3 * OWN_MS],
    ] as const) {
      const { offMs, marginMs } = ownOf(site, trueMs);
      expect(offMs).toBeLessThan(marginMs);
    }
  });

  test.each([
    ['of hundreds of calls', 7, 400],
    ['of ten thousand', 12, 40],
    ['of a million', 18, 3],
  ])('trees that are %s: none of it is their callers’ own time', (_, depth, rounds) => {
    const site = siteWith('grow');
    const [once, often] = [callerNamed('once'), callerNamed('often')];
    for (let round = 0; round < rounds; round++) {
      callSync(once, () => {
        clock.advance(100 * OWN_MS);
        grow(site, depth, 2);
      });
      callSync(often, () => {
        clock.advance(100 * OWN_MS);
        for (let i = 0; i < 6; i++) grow(site, depth - 2, 2);
      });
    }
    for (const caller of [once, often]) {
      const { offMs, marginMs, totalMs } = ownOf(caller, rounds * 100 * OWN_MS);
      expect(offMs).toBeLessThan(0.01 * totalMs + marginMs);
      expect(offMs).toBeLessThan(0.1 * totalMs);
      if (rounds > 3) expect(marginMs).toBeLessThan(0.5 * totalMs);
    }
  });

  test('one large tree, and many small ones for another caller: own times are right or doubtful', () => {
    const site = siteWith('grow');
    const [large, small] = [callerNamed('large'), callerNamed('small')];
    for (let round = 0; round < 20; round++) {
      callSync(large, () => grow(site, 12, 2));
      for (let i = 0; i < 200; i++) callSync(small, () => grow(site, 4, 2));
    }
    for (const caller of [large, small]) {
      const { offMs, marginMs, totalMs } = ownOf(caller, 0);
      expect(offMs).toBeLessThan(0.1 * totalMs + marginMs);
    }
  });

  test('what was measured of a caller alone is forgotten with all else', () => {
    const site = siteWith('grow');
    const caller = callerNamed('caller');
    for (let i = 0; i < 100; i++) callSync(caller, () => grow(site, 9, 2));
    monitor.reset();
    for (let i = 0; i < 100; i++) grow(site, 9, 2);
    callSync(caller, () => clock.advance(1));
    expect(statsOf(monitor, caller).selfTimeMs).toBeCloseTo(1, 3);
  });

  test('inner calls that come out below nothing, as measuring is taken to take more: all is their own all the same', () => {
    const site = siteWith('grow');
    site.sample(50);
    pace[SAMPLED_INNER_NS] = 1_000_000;
    setWarmUp((token) => {
      clock.advance(1);
      exit(token);
    });
    try {
      for (let i = 0; i < 300; i++) grow(site, 11, 2);
    } finally {
      installProbes();
      pace[SAMPLED_INNER_NS] = 0;
    }
    const { selfTimeMs, totalExecutionTimeMs } = statsOf(monitor, site);
    expect(totalExecutionTimeMs).toBeGreaterThan(0);
    expect(selfTimeMs).toBeCloseTo(totalExecutionTimeMs, 3);
  });

  test('outermost calls that throw', () => {
    const site = siteWith('fails');
    let calls = 1;
    for (let i = 0; i < 400; i++) {
      const fail = (): void =>
        callSync(site, () => {
          calls += 1 + grow(site, 7, 2);
          clock.advance(OWN_MS);
          throw new Error('mine');
        });
      expect(fail).toThrow('mine');
    }
    expect(toldOf(site, calls * OWN_MS)).toEqual(told(calls));
    expect(statsOf(monitor, site).errorCount).toBe(400);
  });

  test('trees of which rows tell little: the total is doubtful, or right', () => {
    const site = siteWith('grow');
    let trueMs = OWN_MS;
    for (let round = 0; round < 4; round++) {
      const calls = grow(site, 15, 2); // of cheap calls
      trueMs += calls * OWN_MS;
      for (let i = 0; i < 200; i++) {
        // Of one that is as dear as a thousand.
        callSync(site, () => clock.advance(1));
        trueMs += 1;
      }
    }
    const stats = statsOf(monitor, site);
    const { totalExecutionTimeMs } = stats;
    const isRight = Math.abs(totalExecutionTimeMs / trueMs - 1) < 0.5;
    expect(isRight || signed(stats, totalExecutionTimeMs, 'total').sign === '?').toBe(true);
  });

  test('recursion that is rare at first', () => {
    const site = siteWith('grow');
    let calls = 1;
    for (let i = 0; i < 200_000; i++) calls += grow(site, i % 100 === 0 ? 1 : 0, 2);
    expect(toldOf(site, calls * OWN_MS)).toEqual(told(calls));
    for (let i = 0; i < 60; i++) calls += grow(site, 12, 2);
    expect(toldOf(site, calls * OWN_MS)).toEqual(told(calls));
  });

  test('measurements that are begun anew within an outermost call', () => {
    const site = siteWith('grow');
    let calls = 0;
    for (let i = 0; i < 200; i++) grow(site, 9, 2);
    callSync(site, () => {
      monitor.reset();
      for (let i = 0; i < 20; i++) calls += grow(site, 9, 2);
    });
    for (let i = 0; i < 200; i++) calls += grow(site, 9, 2);
    expect(toldOf(site, calls * OWN_MS)).toEqual(told(calls));
  });

  test('what was measured before a reset is forgotten', () => {
    const site = siteWith('grow');
    for (let i = 0; i < 100; i++) grow(site, 9, 2);
    monitor.reset();
    let calls = 0;
    for (let i = 0; i < 200; i++) calls += grow(site, 9, 2);
    expect(toldOf(site, calls * OWN_MS)).toEqual(told(calls));
  });
});
