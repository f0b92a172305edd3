/** What measuring took, of a process that may be killed at any moment: the journal tells it of most of its life. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findRun } from '../../cli/journal/catalog.ts';
import { readProfile } from '../../cli/profile/read-profile.ts';
import { usageOfThread } from '../../runtime/budget/usage.ts';
import { begin, flush } from '../../runtime/lifecycle.ts';
import { PerformanceMonitor } from '../../runtime/monitor.ts';
import { setClock } from '../../runtime/platform/clock.ts';
import { callSync, FakeClock, makeSite } from './support.ts';

const home = mkdtempSync(join(tmpdir(), 'tka-perf-usage-'));
afterAll(() => {
  setClock();
  rmSync(home, { recursive: true, force: true });
});

test('is told of three quarters of it, but for a minute, and seldom', () => {
  const clock = new FakeClock().install();
  new PerformanceMonitor(false).configure({ dir: home });
  begin();
  const site = makeSite('f', 'function', { memory: false });
  const beganMs = clock.ms;
  const told = new Set<number>();
  for (let second = 1; second <= 600; second++) {
    callSync(site, () => clock.advance(1));
    clock.advance(999);
    flush('changes');
    const { writers } = readProfile(findRun(home, undefined), clock.epochMs + clock.ms);
    const elapsedMs = writers[0]?.usage?.elapsedMs ?? 0;
    told.add(elapsedMs);
    // By the clock of this test, which did not go on until here.
    const untoldMs = usageOfThread().elapsedMs - elapsedMs;
    expect(untoldMs).toBeLessThan(Math.min(0.25 * (clock.ms - beganMs) + 2000, 62_000));
  }
  expect(told.size).toBeLessThan(40);
});
