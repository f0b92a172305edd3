/** Months of history in little room: rolled up as time passes, every total kept, whatever moment the process is killed at. */
import fs, { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { findRun } from '../../cli/journal/catalog.ts';
import type { Profile } from '../../cli/profile/profile.ts';
import { readProfile, readProfiles } from '../../cli/profile/read-profile.ts';
import { callsOfRuns } from '../../cli/profile/recent.ts';
import { quantileAt, readSeries, stepFor } from '../../cli/profile/series.ts';
import { metricsOf } from '../../runtime/report/aggregates.ts';
import { setClock } from '../../runtime/platform/clock.ts';
import { getPerformanceMonitor } from '../../runtime/index.ts';
import { retakeDisk } from '../../runtime/platform/disk.ts';
import { times } from '../support/bundle.ts';
import { LongRun, sizeOf, type Truth } from '../support/history.ts';
import { forgetBursts, noteBurst } from '../../runtime/tally/burst-estimates.ts';
import { ACTIVE, CHILDREN, CHILDREN_SPREAD, FOLLOWED, OPEN_TOTAL, SPREAD } from '../../runtime/tally/sums.ts';

const MB = 1024 * 1024;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tka-perf-history-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  retakeDisk();
  setClock();
  delete process.env['TKA_PERF_DIR'];
  delete process.env['TKA_PERF_RUN'];
  rmSync(home, { recursive: true, force: true });
});

function expectTotals({ sites, truth }: LongRun): void {
  const run = findRun(home, 'long');
  const { functions, dropped } = readProfile(run);
  expect(dropped).toEqual([]);
  const series = new Map(readSeries(run, { stepMs: DAY }).map(({ name, points }) => [name, points]));
  sites.forEach(({ name }, i) => {
    const { calls, totalNs } = truth[i] as Truth;
    const aggregate = functions.get(name)?.aggregate;
    expect([aggregate?.calls, aggregate?.totalNs]).toEqual([calls, totalNs]);
    const points = series.get(name) ?? [];
    const sum = (of: (point: (typeof points)[number]) => number): number =>
      points.reduce((all, point) => all + of(point), 0);
    expect([sum((point) => point.calls), sum((point) => point.totalNs)]).toEqual([calls, totalNs]);
    const counted = sum(({ histogram }) => histogram.counts.reduce((a, b) => a + b, histogram.zeroCount));
    expect(counted).toBe(calls);
  });
}

test('durations of nothing, and later longer and shorter ones, are all kept', () => {
  const run = new LongRun(home, 1);
  for (const durationNs of [0, 5_000, 0, 1e9, 20]) {
    run.call(0, durationNs);
    run.flushAfter(SECOND);
  }
  expect(run.truth[0]?.calls).toBe(5);
  expectTotals(run);
});

test.each([
  // Of 200 ms in the whole 60 are its own: 30 of the half of its calls.
  ['a share of the whole, where what was told before is taken back', 0, 140e6, 30],
  ['the difference, where nothing is', 100e6, 80e6, 20],
  ['the difference, where no more is taken back than noise', 35e6, 104e6, 0],
])('estimated time in the function itself since a moment is %s', (_, beforeNs, sinceNs, ownMs) => {
  const run = new LongRun(home, 1);
  const turn = (insideNs: number): void => {
    for (let i = 0; i < 100; i++) run.call(0, 1e6);
    run.sites[0]?.tally.bump(CHILDREN, insideNs);
    run.sites[0]?.tally.bump(CHILDREN_SPREAD, 1e9);
    run.flushAfter(SECOND);
  };
  turn(beforeNs);
  const sinceMs = run.clock.epochMs + run.clock.ms + SECOND / 4;
  turn(sinceNs);
  run.end();
  const { functions } = readProfiles([findRun(home, 'long')], { sinceMs });
  const own = functions.get(run.sites[0]?.name ?? '')?.aggregate;
  expect([own?.calls, own?.selfNs]).toEqual([100, ownMs * 1e6]);
});

test('long calls among those that are estimated are told apart, in the whole and since a moment', () => {
  const run = new LongRun(home, 1);
  const name = run.sites[0]?.name ?? '';
  const turn = (long: number, short: number): void => {
    for (let i = 0; i < short; i++) run.call(0, 1e6);
    for (let i = 0; i < long; i++) run.sites[0]?.tally.addLong(30e6, 31e6, false, -1);
    run.flushAfter(SECOND);
  };
  for (let i = 0; i < 20; i++) turn(1, 5);
  const sinceMs = run.clock.epochMs + run.clock.ms + SECOND / 4;
  for (let i = 0; i < 20; i++) turn(2, 5);
  run.end();
  const file = findRun(home, 'long');
  expect(readProfile(file).functions.get(name)?.aggregate).toMatchObject({
    timed: 200,
    represented: 260,
    totalNs: 60 * 30e6 + 200e6,
    longCalls: 60,
    longNs: 60 * 30e6,
    maxNs: 30e6,
  });
  const part = readProfiles([file], { sinceMs }).functions.get(name)?.aggregate;
  expect(part).toMatchObject({ timed: 100, totalNs: 40 * 30e6 + 100e6 });
  expect(part?.longNs).toBeLessThanOrEqual(part?.totalNs ?? 0);
  expect(part?.longCalls).toBeGreaterThan(0);
  expect(part?.longCalls).toBeLessThan(60);
});

test('how far the outermost calls may be off is told, of a part as much as it is of the whole', () => {
  const run = new LongRun(home, 1);
  const name = run.sites[0]?.name ?? '';
  const turn = (): void => {
    run.call(0, 1e6);
    run.sites[0]?.tally.recurs();
    run.flushAfter(SECOND);
  };
  for (let i = 0; i < 10; i++) turn();
  const sinceMs = run.clock.epochMs + run.clock.ms + SECOND / 4;
  for (let i = 0; i < 30; i++) turn();
  run.end();
  const file = findRun(home, 'long');
  // Nothing is known of them but what was drawn: that may be none of it.
  const whole = readProfile(file).functions.get(name)?.aggregate.outermostSpread ?? 0;
  expect(whole).toBeCloseTo((40 * 1000) ** 2, 0);
  const part = readProfiles([file], { sinceMs }).functions.get(name)?.aggregate;
  expect(part?.outermostSpread).toBeCloseTo((30 / 40) * whole, 0);
});

test('how far estimates of the self time may be off is told, of a part as much as it is of the whole', () => {
  const run = new LongRun(home, 1);
  const name = run.sites[0]?.name ?? '';
  const turn = (): void => {
    for (let i = 0; i < 5; i++) run.call(0, 1e6);
    run.sites[0]?.tally.bump(CHILDREN_SPREAD, 7e9);
    run.flushAfter(SECOND);
  };
  for (let i = 0; i < 10; i++) turn();
  const sinceMs = run.clock.epochMs + run.clock.ms + SECOND / 4;
  for (let i = 0; i < 30; i++) turn();
  run.end();
  const file = findRun(home, 'long');
  expect(readProfile(file).functions.get(name)?.aggregate.selfSpread).toBe(40 * 7000);
  const part = readProfiles([file], { sinceMs }).functions.get(name)?.aggregate;
  expect(part?.selfSpread).toBeCloseTo(30 * 7000, 0);
});

test('a total that bursts tell tells the mean, too, since a moment as of the whole; where nothing was timed, none', () => {
  onTestFinished(forgetBursts);
  const run = new LongRun(home, 1);
  const [site] = run.sites;
  // Drawn calls take 1 µs, all calls half of that.
  const turn = (calls: number): void => {
    for (let i = 0; i < calls; i++) run.call(0, 1000);
    noteBurst(1);
    site?.tally.addBurst(calls * 200, calls * 500);
    site?.tally.bump(SPREAD, 1e12);
    run.flushAfter(SECOND);
  };
  const since = (): number => run.clock.epochMs + run.clock.ms + SECOND / 4;
  for (let i = 0; i < 10; i++) turn(100);
  const aPart = since();
  for (let i = 0; i < 30; i++) turn(100);
  const nothing = since();
  turn(0);
  run.end();
  const file = findRun(home, 'long');
  const toldBy = (profile: Profile): unknown => {
    const { calls, totalNs, selfNs, spread, outermostNs } =
      profile.functions.get(site?.name ?? '')?.aggregate ?? {};
    return [calls, totalNs, selfNs, spread === undefined, outermostNs];
  };
  expect(toldBy(readProfile(file))).toEqual([4000, 2e6, 8e5, false, undefined]);
  expect(toldBy(readProfiles([file], { sinceMs: aPart }))).toEqual([3000, 1.5e6, 6e5, false, undefined]);
  expect(readProfiles([file], { sinceMs: nothing }).functions.size).toBe(0);
});

test('since a moment a function that has returned promises before is told by the calls that were drawn', () => {
  const run = new LongRun(home, 1);
  const [site] = run.sites;
  const turn = (): void => {
    for (let i = 0; i < 100; i++) run.call(0, 1000);
    site?.tally.bump(SPREAD, 1e12);
    run.flushAfter(SECOND);
  };
  // Half of what has outlived its stack was looked at as it ran.
  site?.tally.open();
  for (const [sum, ns] of [
    [OPEN_TOTAL, 60_000],
    [FOLLOWED, 30_000],
    [ACTIVE, 3000],
  ] as const)
    site?.tally.bump(sum, ns);
  turn();
  const sinceMs = run.clock.epochMs + run.clock.ms + SECOND / 4;
  turn();
  run.end();
  const { functions } = readProfiles([findRun(home, 'long')], { sinceMs });
  const own = functions.get(site?.name ?? '')?.aggregate;
  expect(own).toMatchObject({ calls: 100, totalNs: 1e5 });
  expect(own?.spread).toBeGreaterThan(0);
});

const FUNCTIONS = times(100, 1000);

test(
  `a month of ${FUNCTIONS} active functions stays small, and every total is kept`,
  { timeout: 600_000 },
  () => {
    const share = FUNCTIONS / 1000;
    const run = new LongRun(home, FUNCTIONS);
    const dir = join(home, 'long');
    const stepMs = times(20, 5) * MINUTE;
    let largestDay = 0;
    let yesterday = 0;
    let largest = 0;
    for (let day = 0; day < 30; day++) {
      for (let at = 0; at < DAY; at += stepMs) {
        run.callAll(3);
        run.flushAfter(stepMs);
        if (at % HOUR === 0) largest = Math.max(largest, sizeOf(dir));
      }
      const today = sizeOf(dir);
      largestDay = Math.max(largestDay, today - yesterday);
      yesterday = today;
    }
    // The finest intervals take the most room: the last hours at the default interval.
    for (let at = 0; at < times(20, 120); at++) {
      for (let second = 0; second < 60; second++) {
        run.callAll(1);
        run.flushAfter(SECOND);
      }
      largest = Math.max(largest, sizeOf(dir));
    }
    expectTotals(run);
    run.end();
    expectTotals(run);
    // A segment and its successor stand beside each other for a moment, and are as large with few functions.
    const segments = 2 * 2 * MB;
    expect(largestDay).toBeLessThan(8 * MB * share + (share < 1 ? segments : 0));
    expect(largest).toBeLessThan(64 * MB * share + (share < 1 ? segments : 0));
    if (process.env['TKA_PERF_TEST_FULL'])
      process.stderr.write(
        `month: largest day ${(largestDay / MB).toFixed(1)} MB, largest ${(largest / MB).toFixed(1)} MB, ${readdirSync(dir).length} files\n`,
      );
  },
);

test(
  'killed at any step of writing, rolling up or beginning a segment, nothing is counted twice or lost',
  { timeout: 300_000 },
  () => {
    let before = 0;
    let checks = 0;
    const check = (): void => {
      if (!readdirSync(home).includes('long')) return;
      checks++;
      const found = findRun(home, 'long');
      const calls = readProfile(found).functions.get(first?.name ?? '')?.aggregate.calls ?? 0;
      expect([before, run.truth[0]?.calls]).toContain(calls);
      const points =
        readSeries(found, { stepMs: HOUR }).find(({ name }) => name === first?.name)?.points ?? [];
      expect(points.reduce((sum, point) => sum + point.calls, 0)).toBe(calls);
    };
    let isWatched = false;
    for (const name of ['openSync', 'writeSync', 'unlinkSync', 'closeSync'] as const) {
      const original = fs[name] as (...args: readonly unknown[]) => unknown;
      vi.spyOn(fs, name).mockImplementation(((...args: readonly unknown[]) => {
        const path = String(args[0]);
        const isOurs = isWatched && (name === 'writeSync' || name === 'closeSync' || path.startsWith(home));
        if (isOurs) {
          isWatched = false;
          check();
          isWatched = true;
        }
        return original(...args);
      }) as never);
    }
    retakeDisk();
    const run = new LongRun(home, 60);
    const [first] = run.sites;
    const segments = new Set<string>();
    for (let i = 0; i < times(900, 3_000); i++) {
      before = run.truth[0]?.calls ?? 0;
      run.callAll(8);
      // Roll-ups all the time, switches of segments when they come.
      const size = sizeOf(i === 0 ? home : join(home, 'long'));
      isWatched = i % 24 === 0 || size % (2 * MB) > 1.99 * MB;
      run.flushAfter(i % 3 === 0 ? 20 * MINUTE : SECOND);
      isWatched = false;
      for (const name of readdirSync(join(home, 'long'))) if (/\.\d+\.tkap$/.test(name)) segments.add(name);
    }
    expect(segments.size).toBeGreaterThan(1);
    expect(checks).toBeGreaterThan(100);
    check();
  },
);

test('what was not called since a reset is in no report', () => {
  const run = new LongRun(home, 2);
  run.call(0, 1000);
  run.call(1, 1000);
  run.flushAfter(SECOND);
  getPerformanceMonitor().reset();
  run.call(1, 1000);
  run.flushAfter(SECOND);
  run.end();
  const { functions } = readProfile(findRun(home, 'long'));
  expect(run.sites.map(({ name }) => functions.get(name)?.aggregate.calls)).toEqual([undefined, 1]);
});

test('of the recent calls the newest are written first, and all when the program ends', () => {
  const run = new LongRun(home, 1);
  for (let i = 1; i <= 700; i++) run.call(0, i);
  run.flushAfter(SECOND);
  const own = run.sites[0]?.name;
  const read = (): number[] =>
    callsOfRuns([findRun(home, 'long')]).flatMap(({ site, durationNs }) =>
      site.name === own ? [durationNs] : [],
    );
  expect(read()).toEqual(Array.from({ length: 200 }, (_, i) => 501 + i));
  run.end();
  expect(read().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 700 }, (_, i) => 1 + i));
});

test('since: only what was measured after it, whatever is left of that time', () => {
  const run = new LongRun(home, 3);
  for (let hour = 0; hour < 100; hour++) {
    run.callAll(10);
    run.flushAfter(HOUR);
  }
  run.end();
  const found = findRun(home, 'long');
  const nowMs = run.clock.epochMs + run.clock.ms;
  const callsSince = (ms: number): number | undefined =>
    readProfiles([found], { nowMs, sinceMs: nowMs - ms }).functions.get(run.sites[0]?.name ?? '')?.aggregate
      .calls;
  expect(callsSince(24 * HOUR)).toBe(240);
  expect(callsSince(HOUR)).toBe(10);
  expect(callsSince(HOUR / 2)).toBe(5); // of an interval of an hour, its half
  expect(callsSince(1000 * HOUR)).toBe(1000);
});

test('of days of calls those of the last 24 hours count as such', () => {
  const run = new LongRun(home, 2);
  for (let i = 0; i < 30; i++) run.call(1, 1000); // and never again
  for (let hour = 0; hour < 100; hour++) {
    for (let i = 0; i < 10; i++) run.call(0, 1000);
    run.flushAfter(HOUR);
  }
  run.end();
  const { functions } = readProfile(findRun(home, 'long'));
  const nowMs = run.clock.epochMs + run.clock.ms;
  const seen = run.sites.map(({ name }) => {
    const found = functions.get(name);
    if (found === undefined) throw new Error('not called');
    return [found.aggregate.calls, metricsOf(found.site, found.aggregate, nowMs).last24hCalls];
  });
  expect(seen).toEqual([
    [1000, 230], // the hour that has just begun is one of the 24
    [30, 0],
  ]);
});

test('a series has steps that people read well, and quantiles', () => {
  expect([stepFor(50 * SECOND, 60), stepFor(HOUR, 60), stepFor(30 * DAY, 100)]).toEqual([
    SECOND,
    MINUTE,
    12 * HOUR,
  ]);
  const run = new LongRun(home, 1);
  run.callAll(200);
  run.flushAfter(SECOND);
  run.end();
  const [series] = readSeries(findRun(home, 'long')).filter(({ name }) => name === run.sites[0]?.name);
  const [point] = series?.points ?? [];
  if (point === undefined) throw new Error('no point');
  const mean = point.totalNs / point.represented;
  expect(quantileAt(point, 0.5)).toBeLessThan(quantileAt(point, 0.99));
  expect(quantileAt(point, 0)).toBeLessThan(mean);
  expect(quantileAt(point, 1)).toBeGreaterThan(mean);
});
