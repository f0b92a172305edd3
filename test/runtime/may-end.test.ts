/** A process that may be ended from outside: in order, as long as it has nothing to do. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { begin, mayEnd } from '../../runtime/lifecycle.ts';
import { PerformanceMonitor } from '../../runtime/monitor.ts';
import { setClock } from '../../runtime/platform/clock.ts';
import { contentsOf } from '../support/journal.ts';
import { callSync, FakeClock, makeSite } from './support.ts';

const home = mkdtempSync(join(tmpdir(), 'tka-perf-may-end-'));
afterAll(() => {
  setClock();
  rmSync(home, { recursive: true, force: true });
});

test('it has ended while it is idle, and has not while it goes on', () => {
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
  mayEnd();
  expect(told()).toEqual([['stop', 1]]);
  clock.advance(31_000);
  monitor.flush();
  expect(told()).toEqual([['stop', 1]]);
  callSync(site, () => clock.advance(1));
  monitor.flush();
  expect(told()).toEqual([[undefined, 2]]);
  clock.advance(31_000);
  monitor.flush();
  expect(told()).toEqual([[undefined, 2]]);
  mayEnd();
  expect(told()).toEqual([['stop', 2]]);
});
