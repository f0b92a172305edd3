/** The first calls of functions that come while the budget is overdrawn: slow ones are timed from the second call on. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { budget } from '../../runtime/budget/budget.ts';
import type { Site } from '../../runtime/call/site.ts';
import { setClock } from '../../runtime/platform/clock.ts';
import { OVERHEAD, pace } from '../../runtime/stack/frames.ts';
import { recent } from '../../runtime/tally/recent.ts';
import { TIMED } from '../../runtime/tally/sums.ts';
import { callSync, FakeClock, makeSite } from './support.ts';

let clock: FakeClock;
/** Later than anything was looked at, by the true clock or in the test before. */
let beginMs = 1e7;
beforeEach(() => {
  clock = new FakeClock().install();
  clock.advance((beginMs += 1e6));
  budget.configure(0.01);
  budget.steer(clock.ms);
  clock.advance(5_000);
  pace[OVERHEAD] = (pace[OVERHEAD] as number) + 1000;
  budget.steer(clock.ms);
});
afterEach(() => {
  budget.configure(Infinity);
  setClock();
});

function callAsync(site: Site, ms: number): void {
  const call = site.start();
  clock.advance(ms);
  call.end();
}

function timedOf(site: Site): number {
  recent.drain();
  return site.tally.at(TIMED);
}

test.each([
  ['synchronous', 'function', (site: Site, ms: number) => callSync(site, () => clock.advance(ms))],
  ['async', 'async', callAsync],
] as const)('%s', (_, kind, call) => {
  const slow = makeSite('slow', kind);
  const fast = makeSite('fast', kind);
  for (let i = 0; i < 20; i++) call(fast, 1e-5);
  for (let i = 0; i < 20; i++) call(slow, 20);
  expect(timedOf(slow)).toBe(20);
  expect(timedOf(fast)).toBeLessThan(20);
  expect(fast.tally.calls).toBe(20);
});
