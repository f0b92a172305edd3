/** Calls over time: how many each interval of a journal has, whatever single calls are known. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findRun } from '../../cli/journal/catalog.ts';
import { readProfiles } from '../../cli/profile/read-profile.ts';
import { STEPS, type Timeline } from '../../cli/profile/timeline.ts';
import { setClock } from '../../runtime/platform/clock.ts';
import { LongRun } from '../support/history.ts';

const SECOND = 1000;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tka-perf-lines-'));
});
afterEach(() => {
  setClock();
  delete process.env['TKA_PERF_DIR'];
  delete process.env['TKA_PERF_RUN'];
  rmSync(home, { recursive: true, force: true });
});

function timelineOf(run: LongRun, sinceMs: number = -Infinity): Timeline {
  const nowMs = run.clock.epochMs + run.clock.ms;
  const { timelines } = readProfiles([findRun(home, 'long')], { nowMs, sinceMs, steps: STEPS });
  const timeline = timelines.get(run.sites[0]?.name ?? '');
  if (timeline === undefined) throw new Error('no time line');
  return timeline;
}

/** Calls, and what they take on average in milliseconds, of each second. */
function bySecond({ calls, avgMs, stepMs }: Timeline): number[][] {
  const steps = SECOND / stepMs;
  return Array.from({ length: Math.round(calls.length / steps) }, (_, second) => {
    const from = Math.round(second * steps);
    const sum = calls.slice(from, Math.round(from + steps)).reduce((a, b) => a + b, 0);
    // A step may lie across two seconds: to ten calls.
    return [10 * Math.round(sum / 10), Math.round(avgMs[from + 1] ?? 0)];
  });
}

// The ring has room for a thousand calls.
test.each([
  ['a whole run', -Infinity],
  ['a run since its beginning', SECOND],
])(
  'of four seconds of %s each has its own calls and their mean, though single calls are known of the last only',
  (_, afterMs) => {
    const run = new LongRun(home, 1);
    const startMs = run.clock.epochMs + run.clock.ms;
    for (const [times, durationNs] of [
      [2000, 1e6],
      [1800, 2e6],
      [2200, 3e6],
      [2000, 4e6],
    ] as const) {
      for (let i = 0; i < times; i++) run.call(0, durationNs);
      run.flushAfter(SECOND);
    }
    run.end();
    const timeline = timelineOf(run, afterMs === -Infinity ? afterMs : startMs + 1);
    expect(bySecond(timeline)).toEqual([
      [2000, 1],
      [1800, 2],
      [2200, 3],
      [2000, 4],
    ]);
    // Within each of them they are spread evenly.
    expect(Math.max(...timeline.calls)).toBeCloseTo(2200 / 15, 0);
  },
);

test('few calls stand where they ended', () => {
  const run = new LongRun(home, 1);
  for (const pauseMs of [310, 200, 2820, 600]) {
    run.clock.advance(pauseMs);
    run.call(0, 1e6);
  }
  run.flushAfter(70);
  run.end();
  const { calls, stepMs } = timelineOf(run);
  const steps = calls.flatMap((count, step) => (count > 0 ? [[step, count]] : []));
  expect(steps).toEqual([310, 510, 3330, 3930].map((atMs) => [Math.floor(atMs / stepMs), 1]));
});
