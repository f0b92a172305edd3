/** Bursts: what ran between one call's beginning or end and the next one's (runtime/call/burst.ts). */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { budget } from '../../runtime/budget/budget.ts';
import { watchSelfTime } from '../../runtime/call/burst.ts';
import { enter, exit } from '../../runtime/call/entry.ts';
import type { Site } from '../../runtime/call/site.ts';
import { PerformanceMonitor } from '../../runtime/monitor.ts';
import { setIdle } from '../../runtime/platform/idle.ts';
import { NS_PER_MS, setClock } from '../../runtime/platform/clock.ts';
import { drawUniform, seedRandom } from '../../runtime/platform/random.ts';
import { BURST, isRaised, OVERHEAD, pace } from '../../runtime/stack/frames.ts';
import { MEASURED_BIT } from '../../runtime/stack/token.ts';
import { burstNsOf, burstSpreadOf } from '../../runtime/tally/burst-estimates.ts';
import { recent } from '../../runtime/tally/recent.ts';
import { BEFORE_ALL, BEFORE_SELF, BURST_ALL, BURST_SELF, WEIGHT } from '../../runtime/tally/sums.ts';
import { callSync, FakeClock, makeSite, statsOf } from './support.ts';

const monitor = new PerformanceMonitor(false);
const clock = new FakeClock();
beforeAll(() => {
  clock.install();
});
afterAll(() => setClock());
/** As under a budget, which here moves no gap. */
const sampling = vi.spyOn(budget, 'isSampling', 'get').mockReturnValue(false);

/** Milliseconds in which nothing was called. */
let idle = 0;
setIdle(() => idle);
afterAll(() => setIdle());

const US = 1e-3;

/** What each function has truly taken itself, and with all that it has called, in milliseconds. */
class Truth {
  readonly self: Map<Site, number> = new Map();
  readonly all: Map<Site, number> = new Map();
  private readonly stack: Site[] = [];

  /** Calls a function that is not on the stack, or is: then the time is the outermost call's. */
  call(site: Site, body: () => void): void {
    const isOutermost = !this.stack.includes(site);
    const beganMs = clock.ms;
    this.stack.push(site);
    try {
      callSync(site, body);
    } finally {
      this.stack.pop();
      if (isOutermost) this.all.set(site, (this.all.get(site) ?? 0) + clock.ms - beganMs);
    }
  }

  pass(ms: number): void {
    const site = this.stack.at(-1);
    if (site) this.self.set(site, (this.self.get(site) ?? 0) + ms);
    clock.advance(ms);
  }
}

/** A site of which one call of `gap + 1` is timed. */
function sampledSite(name: string, gap: number): Site {
  const site = makeSite(name, 'function', { memory: false });
  callSync(site, () => clock.advance(US));
  site.sample(gap);
  return site;
}

/** Calls of several functions until so many milliseconds have passed; of each it is random how long it takes and what it calls. */
function program(truth: Truth, sites: readonly Site[], ms: number): void {
  const [main, parse, walk, leaf] = sites as [Site, Site, Site, Site];
  const step = (mean: number): void => truth.pass(mean * US * 2 * drawUniform());
  const down = (depth: number): void =>
    truth.call(walk, () => {
      step(1);
      if (depth > 0 && drawUniform() < 0.8) down(depth - 1);
      for (let i = 0; i < 2; i++) truth.call(leaf, () => step(0.5));
      step(1);
    });
  for (const end = clock.ms + ms; clock.ms < end;)
    truth.call(main, () => {
      step(1);
      truth.call(parse, () => {
        step(2);
        down(6);
        step(2);
      });
      truth.call(leaf, () => step(0.5));
    });
}

function programSites(): readonly Site[] {
  return [
    sampledSite('main', 2),
    sampledSite('parse', 20),
    sampledSite('walk', 200),
    sampledSite('leaf', 300),
  ];
}

test('what was before the first one counts, calls that were going on among it', () => {
  const truth = new Truth();
  const sites = programSites();
  for (const site of sites) site.sample(0);
  const outer = makeSite('outer', 'function', { memory: false });
  const beganMs = clock.ms;
  truth.call(outer, () => {
    truth.pass(3);
    program(truth, sites, 20);
    recent.drain();
    sampling.mockReturnValue(true);
    watchSelfTime();
    const known = (site: Site): readonly number[] =>
      [BEFORE_SELF, BEFORE_ALL].map((sum) => site.tally.at(sum) / NS_PER_MS);
    for (const site of sites) {
      // One call of each was before, of which the program knows nothing.
      const real = [truth.self, truth.all].map((times) => (times.get(site) ?? 0) + US);
      expect(known(site)).toEqual(real.map((ms) => expect.closeTo(ms, 4)));
    }
    expect(known(outer)).toEqual([expect.closeTo(3, 6), expect.closeTo(clock.ms - beganMs, 6)]);
    for (const site of sites) site.sample(200);
    program(truth, sites, 400);
  });
  for (const site of [outer, ...sites]) {
    const { selfTimeMs = 0, selfTimeMarginMs = 0 } = statsOf(monitor, site);
    expect(Math.abs(selfTimeMs - (truth.self.get(site) ?? 0))).toBeLessThan(1.5 * selfTimeMarginMs);
  }
});

test('where most are missed, as hardly anything asks, what they tell is doubtful', () => {
  seedRandom(9);
  const sites = programSites();
  program(new Truth(), sites, 300);
  const doubts = (): readonly boolean[] =>
    sites.map(({ tally }) => burstSpreadOf(tally, BURST_SELF) > burstNsOf(tally, BURST_SELF) ** 2);
  expect(doubts()).toEqual(sites.map(() => false));
  const rare = sampledSite('rare', 0);
  for (let i = 0; i < 500; i++) callSync(rare, () => clock.advance(30));
  expect(doubts()).toEqual(sites.map(() => true));
});

describe('own times and totals', () => {
  beforeAll(() => monitor.reset());
  const RUNS = 40;
  const runs = (): readonly {
    readonly site: number;
    readonly kind: string;
    readonly off: number;
    readonly held: boolean;
  }[] =>
    Array.from({ length: RUNS }, (_, seed) => {
      seedRandom(seed * 7919 + 1);
      const truth = new Truth();
      const sites = programSites();
      program(truth, sites, 600);
      return sites.flatMap((each, site) => {
        const {
          selfTimeMs = 0,
          selfTimeMarginMs = 0,
          totalExecutionTimeMs,
          totalExecutionTimeMarginMs,
          avgExecutionTimeMarginMs = 0,
          callCount,
        } = statsOf(monitor, each);
        const allMarginMs = totalExecutionTimeMarginMs ?? avgExecutionTimeMarginMs * callCount;
        const self = truth.self.get(each) ?? 0;
        const all = truth.all.get(each) ?? 0;
        return [
          {
            site,
            kind: 'self',
            off: selfTimeMs / self - 1,
            held: Math.abs(selfTimeMs - self) <= selfTimeMarginMs,
          },
          {
            site,
            kind: 'all',
            off: totalExecutionTimeMs / all - 1,
            held: Math.abs(totalExecutionTimeMs - all) <= allMarginMs,
          },
        ];
      });
    }).flat();

  test('are those of the program, also of a recursive function, and lie within their margins', () => {
    const found = runs();
    for (const kind of ['self', 'all'])
      for (let site = 0; site < 4; site++) {
        const some = found.filter((each) => each.kind === kind && each.site === site);
        const mean = some.reduce((sum, { off }) => sum + off, 0) / some.length;
        expect(Math.abs(mean), `${kind} ${site}`).toBeLessThan(0.05);
      }
    const held = found.filter((each) => each.held).length;
    expect(held / found.length).toBeGreaterThan(0.93);
    // By the calls that were drawn the own times are 0.2 to 0.9 off.
    const own = found.filter(({ kind }) => kind === 'self');
    expect(own.reduce((sum, { off }) => sum + Math.abs(off), 0) / own.length).toBeLessThan(0.15);
  });
});

test('they tell the mean, too, of a function of which one drawn call was kept waiting; of one that calls itself not', () => {
  seedRandom(8);
  sampling.mockReturnValue(true);
  watchSelfTime();
  const short = sampledSite('short', 20);
  const walk = sampledSite('walk', 300);
  const CALLS = 400_000;
  let wasKept = false;
  for (let i = 1; i < CALLS; i++) {
    const token = enter(0, short.number);
    const isKept: boolean = !wasKept && i > CALLS / 2 && token >> MEASURED_BIT !== 0 && !isRaised(BURST);
    wasKept ||= isKept;
    clock.advance(isKept ? 20 : US);
    exit(~token);
    callSync(walk, () => callSync(walk, () => clock.advance(US)));
  }
  const [of, ofWalk] = [statsOf(monitor, short), statsOf(monitor, walk)];
  // By the calls that were drawn it is 2.5 times as much.
  expect(of.avgExecutionTimeMs / US).toBeGreaterThan(0.4);
  expect(of.avgExecutionTimeMs / US).toBeLessThan(1.4);
  expect(of.callCount * of.avgExecutionTimeMs).toBeCloseTo(of.totalExecutionTimeMs, 6);
  expect((ofWalk.callCount * ofWalk.avgExecutionTimeMs) / ofWalk.totalExecutionTimeMs).toBeGreaterThan(1.5);
});

test('what comes right behind a pause is in no more of them than anything else', () => {
  seedRandom(5);
  const truth = new Truth();
  const [wake, serve, step] = [sampledSite('wake', 2), sampledSite('serve', 2), sampledSite('step', 2)];
  const handle = makeSite('handle', 'function', { memory: false });
  for (let i = 0; i < 3000; i++) {
    const pauseMs = 1 + 20 * drawUniform();
    clock.advance(pauseMs);
    idle += pauseMs;
    truth.call(handle, () => {
      truth.call(wake, () => {
        for (let k = 0; k < 40; k++) truth.call(step, () => truth.pass(2 * US));
      });
      for (let k = 0; k < 400; k++) truth.call(serve, () => truth.pass(4 * US));
    });
  }
  const bursts = wake.tally.at(BURST_ALL) / serve.tally.at(BURST_ALL);
  const real = (truth.all.get(wake) ?? 0) / (truth.all.get(serve) ?? 1);
  expect(bursts / real).toBeGreaterThan(0.5);
  expect(bursts / real).toBeLessThan(1.6);
});

test('every call and every error is counted, whatever is told, and calls are timed as often', () => {
  let bursts = 0;
  // Calls one behind the other: which function, whether it throws, how many of the next ones are inside of it.
  const call = fc.tuple(fc.nat(3), fc.boolean(), fc.nat(3));
  fc.assert(
    fc.property(
      fc.array(call, { minLength: 1, maxLength: 60 }),
      fc.array(fc.constantFrom(0, 1, 7, 5000), { minLength: 4, maxLength: 4 }),
      fc.nat(1e6),
      (list, gaps, seed) => {
        seedRandom(seed);
        const sites = gaps.map((gap, i) => {
          const site = makeSite(`s${i}`, 'function', { memory: false });
          callSync(site, () => clock.advance(US));
          site.sample(gap);
          return site;
        });
        const calls = [1, 1, 1, 1];
        const errors = [0, 0, 0, 0];
        let next = 0;
        const run = (): void => {
          const [site, fails, inside] = list[next++] ?? [0, false, 0];
          calls[site] = (calls[site] as number) + 1;
          if (fails) errors[site] = (errors[site] as number) + 1;
          try {
            callSync(sites[site] as Site, () => {
              clock.advance(2 * US);
              for (let i = 0; i < inside && next < list.length; i++) run();
              if (fails) throw new Error('expected');
            });
          } catch (error) {
            (sites[site] as Site).caught(error);
          }
        };
        let told = 0;
        for (const end = clock.ms + 20; clock.ms < end;) {
          for (next = 0; next < list.length;) run();
          if (isRaised(BURST)) told++;
        }
        sites.forEach((site, i) => {
          const stats = statsOf(monitor, site);
          expect(stats).toMatchObject({ callCount: calls[i], errorCount: errors[i] });
          if (gaps[i] === 0) expect(stats.timedCalls).toBe(calls[i]);
        });
        bursts += told;
      },
    ),
    { numRuns: 100 },
  );
  expect(bursts).toBeGreaterThan(20);
});

test('measuring is stopped in one, and goes on as if there had been none', () => {
  seedRandom(3);
  const site = sampledSite('stopped', 40);
  let calls = 1;
  let stops = 0;
  for (let i = 0; i < 40_000; i++) {
    callSync(site, () => clock.advance(2 * US));
    calls++;
    if (!isRaised(BURST) || i % 3 > 0) continue;
    stops++;
    monitor.stopMonitoring();
    for (let k = 0; k < 5; k++) callSync(site, () => clock.advance(2 * US));
    monitor.startMonitoring();
  }
  expect(stops).toBeGreaterThan(3);
  expect(statsOf(monitor, site).callCount).toBe(calls);
});

test('stretches of async functions are theirs, and calls in flight exact', () => {
  seedRandom(4);
  const work = makeSite('work', 'async', { memory: false });
  const step = sampledSite('step', 30);
  const truth = { work: 0, step: 0 };
  work.start().end();
  work.sample(60);
  let before = work.start();
  for (let i = 0; i < 60_000; i++) {
    const call = work.start();
    clock.advance(2 * US);
    callSync(step, () => clock.advance(US));
    call.suspend(0);
    before.resume(0);
    clock.advance(3 * US);
    before.end();
    before = call;
    truth.work += 5 * US;
    truth.step += US;
  }
  expect(statsOf(monitor, work)).toMatchObject({ callCount: 60_001, inFlight: 1 });
  // A call that is told in a burst, and not drawn, is not timed.
  expect(work.tally.at(WEIGHT) / 60_000).toBeLessThan(1.05);
  expect(step.tally.at(WEIGHT) / 60_000).toBeLessThan(1.05);
  const part = work.tally.at(BURST_SELF) / step.tally.at(BURST_SELF);
  expect(part / (truth.work / truth.step)).toBeGreaterThan(0.9);
  expect(part / (truth.work / truth.step)).toBeLessThan(1.1);
});

test('what was forgotten is in no margin of what comes after', () => {
  seedRandom(6);
  const truth = new Truth();
  const sites = programSites();
  program(truth, sites, 300);
  monitor.reset();
  expect(sites.map(({ tally }) => burstSpreadOf(tally, BURST_ALL))).toEqual(sites.map(() => Infinity));
  program(truth, sites, 300);
  expect(sites.every(({ tally }) => burstSpreadOf(tally, BURST_ALL) < Infinity)).toBe(true);
});

test('a function that is called for a moment only is not told to have taken nothing', () => {
  seedRandom(8);
  const others = programSites();
  const truth = new Truth();
  program(truth, others, 200);
  const rare = Array.from({ length: 40 }, (_, i) => sampledSite(`rare${i}`, 40));
  for (const site of rare) {
    for (let i = 0; i < 1500; i++) truth.call(site, () => truth.pass(2 * US * (0.5 + drawUniform())));
    program(truth, others, 2);
  }
  const all = rare.map((site) => statsOf(monitor, site).totalExecutionTimeMs);
  const real = rare.map((site) => truth.all.get(site) ?? 0);
  const sum = (times: readonly number[]): number => times.reduce((total, ms) => total + ms, 0);
  expect(Math.abs(sum(all) / sum(real) - 1)).toBeLessThan(0.1);
  expect(Math.min(...all.map((ms, i) => ms / (real[i] ?? 1)))).toBeGreaterThan(0.5);
});

test('an event that the end of the stack breaks off has taken no time', () => {
  seedRandom(12);
  const site = sampledSite('broken', 3);
  const call = (): void => callSync(site, () => clock.advance(2 * US));
  while (!isRaised(BURST)) call();
  const beforeMs = pace[OVERHEAD] as number;
  vi.spyOn(recent, 'note').mockImplementationOnce(() => {
    throw new RangeError('expected');
  });
  let thrown = 0;
  for (let i = 0; i < 20; i++) {
    try {
      call();
    } catch {
      thrown++;
    }
  }
  while (isRaised(BURST)) call();
  expect(thrown).toBe(1);
  expect((pace[OVERHEAD] as number) - beforeMs).toBeLessThan(1);
});
