/** A process that may be ended from outside: in order, whatever it still does, until it is told that it goes on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { begin, flush, mayEnd } from '../../runtime/lifecycle.ts';
import { PerformanceMonitor } from '../../runtime/monitor.ts';
import { setClock } from '../../runtime/platform/clock.ts';
import { sizeOf } from '../support/history.ts';
import { contentsOf, runDirOf } from '../support/journal.ts';
import { callSync, FakeClock, makeSite } from './support.ts';

const [home, other] = [1, 2].map(() => mkdtempSync(join(tmpdir(), 'tka-perf-may-end-'))) as [string, string];
afterAll(() => {
  setClock();
  for (const dir of [home, other]) rmSync(dir, { recursive: true, force: true });
});

test('it has ended, also while it has something to do still, until it is told that it goes on', () => {
  const clock = new FakeClock().install();
  const monitor = new PerformanceMonitor(false);
  monitor.configure({ dir: home });
  begin();
  const site = makeSite('f', 'function', { memory: false });
  const told = (): readonly (readonly [string | undefined, number | undefined])[] =>
    Object.values(contentsOf(home)).map(({ end, functions }) => [
      end?.reason,
      functions.get(site.name)?.calls,
    ]);

  callSync(site, () => clock.advance(1));
  mayEnd(true);
  expect(told()).toEqual([['stop', 1]]);
  clock.advance(31_000);
  monitor.flush();
  expect(told()).toEqual([['stop', 1]]);
  callSync(site, () => clock.advance(1));
  flush('changes');
  expect(told()).toEqual([['stop', 2]]);

  mayEnd(false);
  expect(told()).toEqual([['stop', 2]]);
  callSync(site, () => clock.advance(1));
  flush('changes');
  expect(told()).toEqual([[undefined, 3]]);
  clock.advance(31_000);
  flush('changes');
  expect(told()).toEqual([[undefined, 3]]);
  mayEnd(true);
  expect(told()).toEqual([['stop', 3]]);
});

test('a journal that it leaves for another directory has ended in order, with all that was measured', () => {
  const clock = new FakeClock().install();
  const monitor = new PerformanceMonitor(false);
  const [left, gone] = ['left', 'gone'].map((name) => join(other, name)) as [string, string];
  monitor.configure({ dir: left });
  begin();
  mayEnd(false);
  const site = makeSite('h', 'function', { memory: false });
  callSync(site, () => clock.advance(1));
  monitor.configure({ dir: gone });
  callSync(site, () => clock.advance(1));
  flush('changes');
  const told = (dir: string): unknown[] =>
    Object.values(contentsOf(dir)).map(({ end, functions }) => [
      end?.reason,
      functions.get(site.name)?.calls,
    ]);
  expect(told(left)).toEqual([['stop', 1]]);
  expect(told(gone)).toEqual([[undefined, 2]]);
});

test('while it may end and nothing happens, it writes no more than any other', () => {
  const clock = new FakeClock().install();
  new PerformanceMonitor(false).configure({ dir: home });
  begin();
  callSync(makeSite('g', 'function', { memory: false }), () => clock.advance(1));
  mayEnd(true);
  const size = sizeOf(runDirOf(home));
  for (let second = 0; second < 20; second++) {
    clock.advance(1000);
    flush('changes');
  }
  expect(sizeOf(runDirOf(home))).toBe(size);
});
