/** How far off the time in a function itself may be, where it or what it calls is estimated. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { budget } from '../../runtime/budget/budget.ts';
import { setClock } from '../../runtime/platform/clock.ts';
import { PerformanceMonitor } from '../../runtime/monitor.ts';
import { drawUniform, seedRandom } from '../../runtime/platform/random.ts';
import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { HALF_STEP_NS, pace } from '../../runtime/stack/frames.ts';
import { recent } from '../../runtime/tally/recent.ts';
import { selfSpreadOf } from '../../runtime/tally/self-time.ts';
import { CHILDREN, CHILDREN_SPREAD, SPREAD, TIMED, TOTAL } from '../../runtime/tally/sums.ts';
import type { Tally } from '../../runtime/tally/tally.ts';
import { signed } from '../../runtime/report/estimates.ts';
import type { Site } from '../../runtime/call/site.ts';
import { callSync, FakeClock, makeSite, statsOf } from './support.ts';

const monitor = new PerformanceMonitor(false);
const clock = new FakeClock();
beforeAll(() => {
  clock.install();
  budget.configure(Infinity); // the gaps here are the tests'
});
afterAll(() => setClock());

const RUNS = 100;
const CALLS = 3000;
/** What a call takes itself, in milliseconds. */
const OWN_MS = 0.3;

/** A site of which one call of `gap + 1` is timed; 0: each. */
function siteWith(gap: number): Site {
  const site = makeSite('f', 'function', { memory: false });
  site.sample(gap);
  return site;
}

/** What calls of a function took itself that has called one that takes now a tenth and now all of a millisecond. */
function outerOf(run: {
  readonly outerGap: number;
  readonly innerGap: number;
  readonly hasOthers: boolean;
  readonly innerMs?: () => number;
}): AggregateMetrics {
  const [outer, other] = [siteWith(run.outerGap), siteWith(run.outerGap)];
  const inner = siteWith(run.innerGap);
  const innerMs = run.innerMs ?? (() => (drawUniform() < 0.2 ? 1 : 0.1));
  for (let call = 0; call < CALLS; call++) {
    // At any time one of the two, so that the next call that is timed may be of either.
    const isOther = run.hasOthers && drawUniform() < 0.5;
    callSync(isOther ? other : outer, () => {
      clock.advance(OWN_MS);
      callSync(inner, () => clock.advance(innerMs()));
    });
  }
  return statsOf(monitor, outer);
}

describe.each([
  ['all of whose calls are timed', 0],
  ['of which some calls are timed', 30],
])('the time in a function itself, %s', (_, outerGap) => {
  test.each([
    ['that nobody else calls', false],
    ['that others call, too', true],
  ])('and that calls one %s: it lies within its margin in 95 of 100 runs', (__, hasOthers) => {
    let covered = 0;
    for (let seed = 0; seed < RUNS; seed++) {
      seedRandom(seed * 104_729 + 1);
      const {
        selfTimeMs = 0,
        selfTimeMarginMs = 0,
        callCount,
      } = outerOf({
        outerGap,
        innerGap: 40,
        hasOthers,
      });
      if (Math.abs(selfTimeMs - callCount * OWN_MS) <= selfTimeMarginMs) covered++;
    }
    // So many at least in 99 of 100 tests of a true 95 %.
    expect(covered).toBeGreaterThanOrEqual(0.95 * RUNS - 2.33 * Math.sqrt(RUNS * 0.95 * 0.05));
  });
});

test('of what several callers have called, each call adds to its own caller’s account', () => {
  seedRandom(1);
  const [first, second] = [siteWith(0), siteWith(0)];
  const inner = siteWith(0);
  callSync(first, () => callSync(inner, () => clock.advance(1)));
  callSync(second, () => clock.advance(1));
  recent.drain();
  const mean = inner.tally.at(TOTAL);
  // Two at once, for 3 and 5 calls.
  recent.note(inner.number, second.number, 2000, 2000, 0, 3);
  recent.note(inner.number, second.number, 7000, 7000, 0, 5);
  recent.drain();
  expect(second.tally.at(CHILDREN)).toBe(3 * 2000 + 5 * 7000);
  expect(second.tally.at(CHILDREN_SPREAD)).toBeCloseTo(6 * 2000 ** 2 + 20 * 7000 ** 2, 0);
  expect(first.tally.at(CHILDREN_SPREAD)).toBe(0);
  expect(inner.tally.at(SPREAD)).toBeCloseTo(6 * (2000 - mean) ** 2 + 20 * (7000 - mean) ** 2, 0);
});

test('is certain where what it calls takes the same each time, and nobody else calls that', () => {
  seedRandom(1);
  const alone = { outerGap: 0, innerGap: 40, innerMs: () => 0.1 };
  const { selfTimeMs, selfTimeMarginMs = 0 } = outerOf({ ...alone, hasOthers: false });
  expect(selfTimeMs).toBeCloseTo(CALLS * OWN_MS, -2);
  expect(selfTimeMarginMs).toBeLessThan(0.001);
  expect(outerOf({ ...alone, hasOthers: true }).selfTimeMarginMs).toBeGreaterThan(10);
});

test('has no margin where every call is timed', () => {
  expect(outerOf({ outerGap: 0, innerGap: 0, hasOthers: true }).selfTimeMarginMs).toBeUndefined();
});

test('is no estimate of its callees where every call is timed by a clock that goes by steps', () => {
  const [outer, inner] = [siteWith(0), siteWith(0)];
  pace[HALF_STEP_NS] = 50_000;
  for (let call = 0; call < 100; call++) callSync(outer, () => callSync(inner, () => clock.advance(0.1)));
  recent.drain();
  pace[HALF_STEP_NS] = 0;
  expect(inner.tally.at(SPREAD)).toBeGreaterThan(0);
  expect(outer.tally.at(CHILDREN_SPREAD)).toBe(0);
});

describe('the variance', () => {
  /** Of a function with so many calls timed, and such a variance of what they have called, in square nanoseconds. */
  const tallyWith = (timed: number, inside: number): Tally => {
    const { tally } = siteWith(0);
    tally.open();
    tally.bump(TIMED, timed);
    tally.bump(CHILDREN_SPREAD, inside);
    return tally;
  };
  const STUDENT = (2.2015 / 2.170_09) ** 2;

  test('is that of the total and that of the calls inside, as of two that have nothing to do with each other', () => {
    expect(selfSpreadOf(tallyWith(101, 400), 0, 1)).toBe(400);
    expect(selfSpreadOf(tallyWith(101, 0), 400, 1)).toBeCloseTo(STUDENT * 400, 1);
    expect(selfSpreadOf(tallyWith(101, 400), 400, 1)).toBeCloseTo(400 + STUDENT * 400, 1);
  });

  test('is of the time that a function ran, where it waited too', () => {
    expect(selfSpreadOf(tallyWith(101, 0), 400, 1 / 4)).toBeCloseTo((STUDENT * 400) / 16, 2);
  });

  test.each([
    ['nothing is estimated', 101, 0],
    ['one call was timed, and stands for others', 1, 400],
  ])('is not known where %s', (_, timed, spread) => {
    expect(selfSpreadOf(tallyWith(timed, 0), spread, 1)).toBe(0);
  });
});

describe('is shown', () => {
  const exact = { callCount: 10, timedCalls: 10, noiseMs: 0, avgNoiseMs: 0, avgExecutionTimeMs: 1 };
  const metrics = { ...exact, totalExecutionTimeMs: 10, selfTimeMs: 4 } as AggregateMetrics;

  test.each([
    ['as it is', '', {}],
    [
      'as an estimate where what it calls is one, though its own calls were all timed',
      '~',
      { selfTimeMarginMs: 1 },
    ],
    ['as doubtful where it may be off by more than half', '?', { selfTimeMarginMs: 3 }],
    ['as it is where the clock goes by steps', '', { selfTimeMarginMs: 1, avgExecutionTimeMarginMs: 0.1 }],
  ])('%s', (_, sign, change) => {
    expect(signed({ ...metrics, ...change }, 4, 'self')).toEqual({ sign, durationMs: 4 });
    expect(signed({ ...metrics, ...change }, 10, 'total').sign).toBe('');
  });

  test('as doubtful where nothing is left of it', () => {
    const { sign } = signed({ ...metrics, avgNoiseMs: 0.001, selfTimeMarginMs: 1 }, 0, 'self');
    expect(sign).toBe('?');
  });
});
