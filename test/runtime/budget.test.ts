import { beforeEach, describe, expect, test } from 'vitest';
import { type Account, accountOf, type BudgetedSite, rateOf } from '../../runtime/budget/account.ts';
import { Budget } from '../../runtime/budget/budget.ts';
import { parseShare } from '../../runtime/budget/share.ts';
import { OVERHEAD, pace } from '../../runtime/stack/frames.ts';

/** What timing one call costs in this simulation. */
const COST_MS = 0.0002;

/** A function that is called at a certain rate, without a clock and without chance. */
class SimulatedSite implements BudgetedSite {
  account: Account | undefined;
  meanGap: number = 0;
  timed: number = 0;
  private squares: number = 0;
  readonly isExact: boolean;
  readonly tally: { seen: number; meanNs: number };
  private readonly mostNs: number;

  constructor(meanNs: number, isExact: boolean = false, mostNs: number = Infinity) {
    this.isExact = isExact;
    this.mostNs = mostNs;
    this.tally = { seen: 0, meanNs };
  }

  sample(meanGap: number): void {
    this.meanGap = meanGap;
  }

  /** Returns how many of the calls are timed. */
  call(times: number): number {
    const weight = 1 + this.meanGap;
    this.tally.seen += times;
    const timed = times / weight;
    this.timed += timed;
    this.squares += timed * weight ** 2;
    return timed;
  }

  /** What one call takes; of its mean one that was kept waiting, and stands for millions, may have made thousands of times as much. */
  get trueNs(): number {
    return Math.min(this.tally.meanNs, this.mostNs);
  }

  /** So many timed calls that stand for equally many each would make an average as certain. */
  get effective(): number {
    return this.tally.seen ** 2 / this.squares;
  }
}

let budget: Budget;
let nowMs: number;
beforeEach(() => {
  budget = new Budget();
  nowMs = 1000;
  pace[OVERHEAD] = 0;
});

/** Lets time pass; returns the share that measuring took of it. */
function run(durationMs: number, sites: readonly (readonly [SimulatedSite, callsPerMs: number])[]): number {
  const before = pace[OVERHEAD] ?? 0;
  const untouched = new Map<SimulatedSite, number>();
  for (let end = nowMs + durationMs; nowMs < end; nowMs++) {
    for (const [site, rate] of sites) {
      const timed = site.call(rate) + (untouched.get(site) ?? 0);
      untouched.set(site, timed % 1);
      const weight = Math.floor(timed) * (1 + site.meanGap);
      if (timed >= 1) budget.touch(site, Math.floor(timed), weight, weight * site.trueNs);
      pace[OVERHEAD] = (pace[OVERHEAD] ?? 0) + Math.floor(timed) * COST_MS;
    }
    budget.steer(nowMs);
  }
  return ((pace[OVERHEAD] ?? 0) - before) / durationMs;
}

describe('the overhead budget', () => {
  test('times every call while that takes less than its share', () => {
    const site = new SimulatedSite(1000);
    const share = run(2000, [[site, 20]]); // 4 µs a ms
    expect(share).toBeCloseTo(0.004, 4);
    expect(site.meanGap).toBe(0);
  });

  test.each([
    ['one hot function', [[20, 10_000]]],
    [
      'functions of all kinds',
      [
        [20, 5000],
        [300, 1000],
        [5000, 100],
        [40_000, 10],
        [2e6, 0.3],
      ],
    ],
    ['two thousand lukewarm ones', Array.from({ length: 2000 }, (_, i) => [50 + i, 5])],
  ] as const)('keeps its share with %s', (_, kinds) => {
    const sites = kinds.map(([meanNs = 0, rate = 0]) => [new SimulatedSite(meanNs), rate] as const);
    run(3000, sites); // finds its way
    const share = run(5000, sites);
    expect(share).toBeGreaterThan(0.005);
    expect(share).toBeLessThan(0.015);
  });

  test('keeps it where the mean of a hot function is one that cannot be', () => {
    const sites = [
      [new SimulatedSite(40_000, false, 10), 50_000],
      [new SimulatedSite(20, false), 10_000],
    ] as const;
    run(3000, sites);
    expect(run(5000, sites)).toBeLessThan(0.015);
    expect(sites[1][0].effective).toBeGreaterThan(500);
  });

  test('demotes those that burn most, never an exact one, and none that is slow', () => {
    const hot = new SimulatedSite(20);
    const exact = new SimulatedSite(20, true);
    const slow = new SimulatedSite(5e6);
    run(5000, [
      [hot, 10_000],
      [exact, 10],
      [slow, 0.2],
    ]);
    expect(hot.meanGap).toBeGreaterThan(100);
    expect(exact.timed).toBe(exact.tally.seen);
    expect(slow.timed).toBeCloseTo(slow.tally.seen, 6);
  });

  test('times functions that are called by turns evenly, so that no few calls stand for most', () => {
    const kinds = [
      [50, 18_000],
      [500, 1900],
      [1e6, 1],
    ] as const;
    const turns = (sites: readonly SimulatedSite[]): void =>
      sites.forEach((site, i) => void run(80, [[site, kinds[i]?.[1] ?? 0]]));
    const sites = kinds.map(([meanNs]) => new SimulatedSite(meanNs));
    for (let round = 0; round < 24; round++) turns(sites);
    for (const site of sites) expect(site.effective / site.timed).toBeGreaterThan(0.3);
  });

  test('promotes them again when they have cooled', () => {
    const site = new SimulatedSite(20);
    run(3000, [[site, 10_000]]);
    expect(site.meanGap).toBeGreaterThan(10);
    run(10_000, [[site, 1]]);
    expect(site.meanGap).toBe(0);
  });

  test('times every call of a program that works now and then, like most servers', () => {
    const sites = [new SimulatedSite(150), new SimulatedSite(4000)] as const;
    for (let second = 0; second < 10; second++) {
      const busy = run(150, [
        [sites[0], 190],
        [sites[1], 10],
      ]);
      expect(busy).toBeGreaterThan(0.03);
      run(850, [[sites[1], 0.1]]);
    }
    for (const { timed, tally } of sites) expect(timed).toBe(tally.seen);
  });

  test('does not spend what was saved on the first calls of a hot moment, which stand for themselves only', () => {
    const site = new SimulatedSite(1000);
    let share = 0;
    for (let second = 0; second < 10; second++) {
      share += run(300, [[site, 900]]) * 0.03;
      run(700, []);
    }
    expect(share).toBeGreaterThan(0.008);
    expect(site.effective / site.timed).toBeGreaterThan(0.5);
  });

  test('knows a hot function by its calls, also where nothing was spent before', () => {
    const site = new SimulatedSite(40);
    for (let second = 0; second < 10; second++) {
      run(300, [[site, 16_000]]);
      nowMs += 700; // nobody looks
    }
    // 120,000 where the first dear look of each second is paid.
    expect(site.effective).toBeGreaterThan(150_000);
  });

  test('pays for a moment that was dear, as by a garbage collection, with what was saved before', () => {
    const sites = [new SimulatedSite(1000), new SimulatedSite(20)] as const;
    const calls = [
      [sites[0], 3],
      [sites[1], 20],
    ] as const;
    run(3000, calls); // 0.5 %
    for (let times = 0; times < 3; times++) {
      pace[OVERHEAD] = (pace[OVERHEAD] ?? 0) + 2;
      run(300, calls);
    }
    for (const { timed, tally } of sites) expect(timed).toBe(tally.seen);
  });

  test('times few calls of a new function where all is overdrawn, and all where there is enough', () => {
    const welcomed = (isExact: boolean): SimulatedSite => {
      const site = new SimulatedSite(20, isExact);
      budget.welcome(site);
      return site;
    };
    run(2000, [[new SimulatedSite(1e6), 1]]);
    expect(welcomed(false).meanGap).toBe(0);
    pace[OVERHEAD] = (pace[OVERHEAD] ?? 0) + 100;
    run(10, [[new SimulatedSite(1e6), 1]]);
    const few = welcomed(false);
    expect(few.meanGap).toBeGreaterThan(10);
    expect(welcomed(true).meanGap).toBe(0);
    run(60_000, [[few, 1]]);
    expect(few.meanGap).toBe(0);
  });

  test('times the calls of a new function that takes long, however much is overdrawn', () => {
    const meet = (durationNs: number): number => {
      const site = new SimulatedSite(durationNs);
      budget.welcome(site);
      expect(site.meanGap).toBeGreaterThan(10);
      budget.meet(site, durationNs);
      return site.meanGap;
    };
    const hot = new SimulatedSite(20);
    run(2000, [[hot, 10_000]]);
    pace[OVERHEAD] = (pace[OVERHEAD] ?? 0) + 100;
    run(10, [[hot, 10_000]]);
    expect(meet(20e6)).toBe(0);
    expect(meet(100)).toBeGreaterThan(10);
    expect(meet(0)).toBeGreaterThan(10);
  });

  test('is not misled by one slow call of a function that it knows', () => {
    const site = new SimulatedSite(20);
    run(3000, [[site, 10_000]]);
    const { meanGap } = site;
    budget.meet(site, 20e6);
    expect(site.meanGap).toBe(meanGap);
  });

  test('saves later what a program has overdrawn as it began', () => {
    const sites = [20, 300, 5000].map((meanNs) => [new SimulatedSite(meanNs), 2000] as const);
    const beganMs = nowMs;
    run(100, sites);
    pace[OVERHEAD] = (pace[OVERHEAD] ?? 0) + 30; // thousands of first calls, in code that is new to V8
    run(9000, sites);
    const share = (pace[OVERHEAD] ?? 0) / (nowMs - beganMs);
    expect(share).toBeGreaterThan(0.009);
    expect(share).toBeLessThan(0.012);
    expect(run(5000, sites)).toBeGreaterThan(0.007);
  });

  test('lets what costs something be twice as far apart while something is saved', () => {
    const sites = [[new SimulatedSite(20), 2000]] as const;
    run(100, sites);
    expect(budget.restMs(0.1, 0.2, 5, 250)).toBeCloseTo(50);
    pace[OVERHEAD] = (pace[OVERHEAD] ?? 0) + 30;
    run(2000, sites);
    expect(budget.restMs(0.1, 0.2, 5, 250)).toBeCloseTo(100);
    run(8000, sites);
    expect(budget.restMs(0.1, 0.2, 5, 250)).toBeCloseTo(50);
    expect(budget.restMs(0.001, 0.2, 5, 250)).toBe(5);
    expect(budget.restMs(1, 0.2, 5, 250)).toBe(250);
  });

  test('begins with the runtime: what went before was no time to spend', () => {
    budget = new Budget(nowMs);
    const site = new SimulatedSite(20);
    pace[OVERHEAD] = 8;
    run(200, [[site, 40]]);
    expect(site.timed).toBeLessThan(0.6 * site.tally.seen);
  });

  test('is asked nothing where every call is to be timed, and forgets its samples then', () => {
    const site = new SimulatedSite(20);
    run(3000, [[site, 10_000]]);
    budget.configure(Infinity);
    expect(site.meanGap).toBe(0);
    run(1000, [[site, 10_000]]);
    expect(site.meanGap).toBe(0);
  });

  test('takes nothing of the time before for its own where it is asked again', () => {
    const site = new SimulatedSite(20);
    budget.configure(Infinity);
    run(20_000, [[site, 1000]]);
    budget.configure(0.01);
    expect(run(500, [[site, 1000]])).toBeGreaterThan(0.005);
  });

  test('promotes what has cooled since it was asked again, called so seldom that it is not timed either', () => {
    const site = new SimulatedSite(20);
    run(3000, [[site, 10_000]]);
    budget.configure(0.01);
    run(3000, [[site, 10_000]]);
    expect(site.meanGap).toBeGreaterThan(100);
    run(10_000, [[site, 0.005]]);
    expect(site.meanGap).toBe(0);
  });

  test('keeps no part for functions that are not called any more', () => {
    const many = Array.from({ length: 500 }, () => [new SimulatedSite(100), 20] as const);
    const timedOfSeldom = (): number => {
      const [often, seldom] = [new SimulatedSite(2000), new SimulatedSite(20)];
      run(5000, [
        [often, 1000],
        [seldom, 100],
      ]);
      return seldom.timed;
    };
    const before = timedOfSeldom();
    run(3000, many);
    run(30_000, []);
    for (const [site] of many) expect(site.meanGap).toBe(0);
    expect(timedOfSeldom()).toBeGreaterThan(before / 2);
  });

  test('counts the calls of a function from when it is asked again, not those that were all timed', () => {
    const [quiet, busy] = [new SimulatedSite(20), new SimulatedSite(20)];
    budget.configure(Infinity);
    run(1000, [[quiet, 1000]]);
    budget.configure(0.01);
    run(500, [[busy, 10_000]]);
    for (let i = 0; i < 3; i++) budget.touch(quiet, quiet.call(1), 1, 20);
    expect(quiet.meanGap).toBeLessThan(1000);
  });

  test('goes on timing some calls where other things take all of it, and it was overdrawn by far once', () => {
    const sites = [300, 2000, 60_000].map((meanNs) => [new SimulatedSite(meanNs), 3e5 / meanNs] as const);
    run(1000, sites);
    // A moment in which everything waits: what was timed has cost hundreds of times what it costs.
    budget.touch(sites[0]?.[0] as SimulatedSite, 1, 1e6, 1e12);
    pace[OVERHEAD] = (pace[OVERHEAD] ?? 0) + 50;
    let timed = 0;
    for (let i = 0; i < 5000; i++) {
      budget.setApart(0.02); // twice the share
      pace[OVERHEAD] = (pace[OVERHEAD] ?? 0) + 0.02;
      const before = sites.reduce((sum, [site]) => sum + site.timed, 0);
      run(1, sites);
      if (i >= 4000) timed += sites.reduce((sum, [site]) => sum + site.timed, 0) - before;
    }
    // Of a second's share at least a seventh.
    expect(timed * COST_MS).toBeGreaterThan(1.5);
  });

  test('is not overdrawn by what is pardoned', () => {
    const site = new SimulatedSite(1000);
    for (let i = 0; i < 200; i++) {
      run(10, [[site, 10]]);
      pace[OVERHEAD] = (pace[OVERHEAD] ?? 0) + 5;
      budget.pardon(5);
    }
    expect(site.meanGap).toBe(0);
  });
});

describe('how often a function is called', () => {
  /** Calls per millisecond after each of these stretches, as far as they are known then. */
  const ratesAfter = (...stretches: readonly (readonly [calls: number, durationMs: number])[]): number[] => {
    const site = new SimulatedSite(20);
    const account = accountOf(site);
    let atMs = 1000;
    rateOf(account, atMs);
    return stretches.map(([calls, durationMs]) => {
      site.tally.seen += calls;
      return rateOf(account, (atMs += durationMs));
    });
  };

  test('is told by what came since it was first looked at', () => {
    expect(ratesAfter([30, 10])).toEqual([3]);
  });

  test('is the mean of now and before', () => {
    expect(ratesAfter([30, 10], [10, 10], [20, 10])).toEqual([3, 2, 2]);
  });

  test('is told by no moment: what comes in less than two milliseconds counts with the next', () => {
    expect(ratesAfter([30, 10], [500, 1], [20, 9])).toEqual([3, 3, (3 + 52) / 2]);
  });

  test('is what it is now where it was not looked at for long, or had not been called', () => {
    expect(ratesAfter([30, 10], [600, 600], [0, 600], [40, 10])).toEqual([3, 1, 0, 4]);
  });
});

describe('a share as it is written', () => {
  test.each([
    ['1%', 0.01],
    ['2.5 %', 0.025],
    [0.02, 0.02],
    ['0.02', 0.02],
    ['exact', Infinity],
    ['100%', 1],
  ])('%s is %d', (text, share) => {
    expect(parseShare(text)).toBe(share);
  });

  test.each(['', '0', '-1%', '200%', 'lots', Number.NaN, 3])('%s is none', (text) => {
    expect(parseShare(text)).toBeUndefined();
  });
});
