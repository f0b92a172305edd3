/** The first calls of functions that come while the budget is overdrawn: slow ones are timed from the second call on. */
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { budget } from '../../runtime/budget/budget.ts';
import { verifyPromises } from '../../runtime/call/promise-watch.ts';
import type { Site } from '../../runtime/call/site.ts';
import { setClock } from '../../runtime/platform/clock.ts';
import { OVERHEAD, pace } from '../../runtime/stack/frames.ts';
import { recent } from '../../runtime/tally/recent.ts';
import { TIMED, TOTAL } from '../../runtime/tally/sums.ts';
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

function timedOf(site: Site): number {
  recent.drain();
  return site.tally.at(TIMED);
}

function callAsync(site: Site, ms: number): void {
  const call = site.start();
  clock.advance(ms);
  call.end();
}

const callPlain = (site: Site, ms: number): void => callSync(site, () => clock.advance(ms));

test.each([
  ['functions', 'function', callPlain],
  ['blocks', 'block', callPlain],
  ['async functions, one after the other', 'async', callAsync],
] as const)('%s: slow ones are timed, of fast ones few calls', (_, kind, call) => {
  const slow = makeSite('slow', kind);
  const fast = makeSite('fast', kind);
  for (let i = 0; i < 20; i++) call(fast, 1e-5);
  for (let i = 0; i < 20; i++) call(slow, 20);
  expect(timedOf(slow)).toBe(20);
  expect(timedOf(fast)).toBeLessThan(20);
  expect(fast.tally.calls).toBe(20);
});

describe('the first call goes on while others come and go: none is left to what it has taken', () => {
  test.each(['async', 'generator', 'async-generator'] as const)('%s', (kind) => {
    const site = makeSite('waits', kind);
    const first = site.start();
    for (let i = 0; i < 29; i++) site.start().end();
    clock.advance(800);
    first.end();
    expect(timedOf(site)).toBe(30);
    expect(site.tally.at(TOTAL)).toBeLessThan(801e6);
  });

  test('a function that returns a promise', async () => {
    const site = makeSite('promises');
    let settle = (): void => {};
    const first = new Promise<void>((resolve) => (settle = resolve));
    void callSync(site, () => first);
    for (let i = 0; i < 29; i++) await callSync(site, () => Promise.resolve());
    verifyPromises();
    clock.advance(800);
    settle();
    await turn();
    verifyPromises();
    expect(timedOf(site)).toBe(30);
    expect(site.tally.at(TOTAL)).toBeLessThan(801e6);
  });
});
