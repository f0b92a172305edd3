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
