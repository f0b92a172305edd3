/** Since a moment in a long run: what counts is told by the finest that is left of that time. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findRun } from '../../cli/journal/catalog.ts';
import type { FunctionProfile } from '../../cli/profile/profile.ts';
import { readProfiles } from '../../cli/profile/read-profile.ts';
import { setClock } from '../../runtime/platform/clock.ts';
import { LongRun } from '../support/history.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tka-perf-since-'));
});
afterEach(() => {
  setClock();
  delete process.env['TKA_PERF_DIR'];
  delete process.env['TKA_PERF_RUN'];
  rmSync(home, { recursive: true, force: true });
});

/** A run with a log of its calls: one function, called now and then for a time. */
class LoggedRun {
  readonly run: LongRun = new LongRun(home, 1);
  /** Epoch milliseconds of each call. */
  readonly log: number[] = [];

  get nowMs(): number {
    return this.run.clock.epochMs + this.run.clock.ms;
  }

  /** Calls it so many times in each interval, for so long. */
  callFor(durationMs: number, intervalMs: number, times: number = 1): this {
    for (let passedMs = 0; passedMs < durationMs; passedMs += intervalMs) {
      for (let i = 0; i < times; i++) {
        this.run.call(0, 1000 + (this.log.length % 7) * 1000);
        this.log.push(this.nowMs + intervalMs / 2);
      }
      this.run.flushAfter(intervalMs);
    }
    return this;
  }

  /** The segment goes: the next one begins with the whole state. */
  loseSegment(): this {
    const dir = join(home, 'long');
    for (const name of readdirSync(dir)) if (/\.\d+\.tkap$/.test(name)) rmSync(join(dir, name));
    return this;
  }

  since(sinceMs: number): FunctionProfile['aggregate'] | undefined {
    const { functions } = readProfiles([findRun(home, 'long')], { nowMs: this.nowMs, sinceMs });
    return functions.get(this.run.sites[0]?.name ?? '')?.aggregate;
  }

  seenSince(sinceMs: number): number {
    return this.since(sinceMs)?.calls ?? 0;
  }

  calledSince(sinceMs: number): number {
    return this.log.filter((at) => at >= sinceMs).length;
  }
}

// The first one: only as long as few functions are known, each file names them in words of its own.
test('the trend is that of the function once, where minutes and seconds tell of it', () => {
  const logged = new LoggedRun().callFor(40 * MINUTE, 10 * SECOND);
  logged.loseSegment().callFor(2 * MINUTE, 10 * SECOND);
  expect(logged.since(logged.nowMs - 30 * MINUTE)?.trend).toEqual(logged.since(-Infinity)?.trend);
});

test('a segment that holds everything tells any moment to the second', () => {
  const logged = new LoggedRun().callFor(3.5 * HOUR, 10 * SECOND);
  for (let back = 0; back < 3.6 * HOUR; back += 7 * MINUTE + SECOND) {
    const sinceMs = logged.nowMs - back;
    expect([back, logged.seenSince(sinceMs)]).toEqual([back, logged.calledSince(sinceMs)]);
  }
});

test('minutes within an hour that has lost some of them count as such, and the rest of the hour with them', () => {
  // The oldest file of minutes that is left begins half an hour into an hour.
  const logged = new LoggedRun()
    .callFor(2.5 * HOUR, 10 * SECOND) // 8:00 to 10:30
    .callFor(20 * MINUTE, 10 * SECOND, 5)
    .callFor(10 * MINUTE, 10 * SECOND)
    .callFor(55 * MINUTE, 10 * SECOND)
    .loseSegment()
    .callFor(30 * SECOND, 10 * SECOND);
  const full = logged.run.clock.epochMs;
  const minutes = readdirSync(join(home, 'long')).filter((name) => /\.m\d+\.tkap$/.test(name));
  expect(minutes.map((name) => name.split('.').at(-2)).toSorted()).toEqual(['m5', 'm6', 'm7']);
  for (let minute = 150; minute <= 235; minute++) {
    const sinceMs = full + minute * MINUTE;
    const seen = logged.seenSince(sinceMs);
    // A call may lie on the other side of a minute's begin, where its interval is cut there.
    expect([minute, Math.abs(seen - logged.calledSince(sinceMs)) <= 5]).toEqual([minute, true]);
  }
  // Half an hour of 10:00 to 10:30 is known as such; of a part of it, the share.
  for (const minute of [120, 125, 135, 149])
    expect([
      minute,
      Math.abs(logged.seenSince(full + minute * MINUTE) - logged.calledSince(full + minute * MINUTE)) <= 5,
    ]).toEqual([minute, true]);
  // Of hours before only they are known: calls that come evenly are told by their share.
  for (let minute = 1; minute < 120; minute += 11) {
    const sinceMs = full + minute * MINUTE;
    expect([minute, Math.abs(logged.seenSince(sinceMs) - logged.calledSince(sinceMs)) <= 5]).toEqual([
      minute,
      true,
    ]);
  }
});

test('a part of an hour has whole calls, as long as they are in the whole, and never more for a later moment', () => {
  const logged = new LoggedRun()
    .callFor(3 * HOUR, 13 * SECOND)
    .loseSegment()
    .callFor(2 * HOUR, 11 * SECOND)
    .loseSegment()
    .callFor(25 * SECOND, 5 * SECOND);
  const { epochMs } = logged.run.clock;
  let before = Infinity;
  for (let minute = 0; minute < 305; minute += 3.7) {
    const part = logged.since(epochMs + minute * MINUTE + SECOND);
    if (part === undefined) break;
    const { calls, timed, represented = timed, totalNs, histogram, minNs, maxNs } = part;
    expect([calls, timed, represented].every((n) => Number.isInteger(n) && n >= 0)).toBe(true);
    expect(calls).toBeLessThanOrEqual(before);
    expect(represented).toBe(histogram.counts.reduce((a, b) => a + b, histogram.zeroCount));
    expect(represented).toBe(calls);
    if (calls > 50) expect(totalNs / calls / 1000).toBeCloseTo(4, 0);
    expect([minNs, maxNs].every((ns) => ns !== undefined && ns >= 800 && ns <= 8500)).toBe(true);
    before = calls;
  }
  expect(logged.seenSince(epochMs)).toBe(logged.log.length);
});

test('a clock that was set back makes no call count twice, and none less than none', () => {
  const logged = new LoggedRun().callFor(2.3 * HOUR, 10 * SECOND);
  logged.run.clock.epochMs -= 40 * MINUTE;
  logged
    .callFor(1.2 * HOUR, 10 * SECOND)
    .loseSegment()
    .callFor(3 * MINUTE, 10 * SECOND);
  logged.run.clock.epochMs -= 10 * MINUTE;
  logged.callFor(25 * MINUTE, 10 * SECOND);
  let before = logged.log.length;
  for (let back = 4 * HOUR; back > 0; back -= 7 * MINUTE) {
    const seen = logged.seenSince(logged.nowMs - back);
    expect(seen).toBeLessThanOrEqual(before);
    expect(Number.isInteger(seen)).toBe(true);
    before = seen;
  }
});
