/** The machine's clock is set back over the beginning of an hour, and set right again: nothing that is written is lost. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findRun } from '../../cli/journal/catalog.ts';
import { readProfile } from '../../cli/profile/read-profile.ts';
import { begin, flush } from '../../runtime/lifecycle.ts';
import { PerformanceMonitor } from '../../runtime/monitor.ts';
import { setClock } from '../../runtime/platform/clock.ts';
import { closeHour, type HourlyCounter, NO_HOURS } from '../../runtime/tally/hours.ts';
import { sizeOf } from '../support/history.ts';
import { contentsOf, runDirOf } from '../support/journal.ts';
import { callSync, FakeClock, makeSite } from './support.ts';

const HOUR = 3_600_000;
const home = mkdtempSync(join(tmpdir(), 'tka-perf-set-back-'));
afterAll(() => {
  setClock();
  rmSync(home, { recursive: true, force: true });
});

test('the file is read whole, and the hours have their calls', () => {
  const clock = new FakeClock().install();
  const monitor = new PerformanceMonitor(false);
  monitor.configure({ dir: home });
  begin();
  const sites = ['f', 'g'].map((name) => makeSite(name, 'function', { memory: false }));
  const callAll = (): void => {
    for (const site of sites) callSync(site, () => clock.advance(1));
  };
  for (const change of [0, -2 * HOUR, 2 * HOUR, -HOUR, HOUR, 30 * HOUR, -30 * HOUR]) {
    clock.epochMs += change;
    for (let second = 0; second < 3; second++) {
      callAll();
      clock.advance(1000);
      flush('changes');
    }
  }
  monitor.flush();

  const [content] = Object.values(contentsOf(home));
  for (const { name } of sites) expect(content?.functions.get(name)?.calls).toBe(21);
  const { functions, dropped } = readProfile(findRun(home, undefined), clock.epochMs + clock.ms);
  expect(dropped).toEqual([]);
  const calls = Array.from(functions.values(), ({ aggregate }) =>
    aggregate.hours.reduce((sum, [, count]) => sum + count, 0),
  );
  expect(calls).toEqual([21, 21]);

  clock.epochMs -= 5 * HOUR;
  clock.advance(31_000);
  const before = sizeOf(runDirOf(home));
  flush('changes');
  expect(sizeOf(runDirOf(home))).toBeGreaterThan(before); // a sign of life
});

test('hours stay in order, each once, and no more than are kept', () => {
  const counter: { calls: number; hours: HourlyCounter['hours']; callsBeforeHour: number } = {
    calls: 0,
    hours: NO_HOURS,
    callsBeforeHour: 0,
  };
  for (const hour of [10, 8, 10, 9, 20, 10]) {
    counter.calls += 2;
    closeHour(counter, hour);
  }
  expect(counter.hours).toEqual([
    [8, 2],
    [9, 2],
    [10, 6],
    [20, 2],
  ]);
  for (let hour = 100; hour > 70; hour--) {
    counter.calls++;
    closeHour(counter, hour);
  }
  expect(counter.hours).toHaveLength(25);
  expect(counter.hours.map(([hour]) => hour)).toEqual(Array.from({ length: 25 }, (_, index) => 76 + index));
});
