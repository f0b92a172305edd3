/** Timers and clocks that somebody has taken before the runtime loads: fake ones of tests, and zone.js. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { mock } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const timers = async (): Promise<typeof import('../../runtime/platform/timers.ts')> =>
  import('../../runtime/platform/timers.ts');
const clock = async (): Promise<typeof import('../../runtime/platform/clock.ts')> =>
  import('../../runtime/platform/clock.ts');

beforeEach(() => {
  vi.resetModules();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  mock.timers.reset();
});

/** Sets one of each kind of timer. Resolves once all that come soon have come. */
async function setAll(wait: (ms: number) => Promise<unknown>): Promise<string[]> {
  const { after, every, later, soon } = await timers();
  const came: string[] = [];
  const stop = every(1, () => came.push('every'));
  soon(() => came.push('soon'));
  later(() => came.push('later'));
  after(1, () => came.push('after'));
  for (let turns = 0; turns < 1_000 && new Set(came).size < 4; turns++) await wait(1);
  stop();
  return [...new Set(came)].toSorted();
}

const ALL = ['after', 'every', 'later', 'soon'];
const FAKED = [
  'setTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'queueMicrotask',
  'Date',
  'performance',
  'hrtime',
] as const;

describe('fake timers', () => {
  test('know nothing of ours, which run all the same', async () => {
    vi.useFakeTimers({ toFake: [...FAKED], now: 0 });
    expect(await setAll(sleep)).toEqual(ALL);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('of clocks are not ours', async () => {
    const { performance, Date: real } = globalThis;
    const began = { epoch: real.now(), monotonic: performance.now() };
    vi.useFakeTimers({ toFake: [...FAKED], now: 0 });
    const { epochNow, now, nowNs, toEpoch } = await clock();
    expect(Date.now()).toBe(0);
    expect(epochNow()).toBeGreaterThanOrEqual(began.epoch);
    const from = now();
    await sleep(2);
    expect(now()).toBeGreaterThan(from);
    expect(nowNs()).toBeGreaterThan(from * 1e6);
    expect(toEpoch(now())).toBeGreaterThanOrEqual(began.epoch);
  });

  test('of node:test are not waited for: what is due is done as calls end', async () => {
    const real = setTimeout;
    mock.timers.enable();
    const { after, every, later } = await timers();
    const came: string[] = [];
    const stop = every(1, () => came.push('every'));
    later(() => came.push('later'));
    after(1, () => came.push('after'));
    await new Promise((resolve) => real(resolve, 5));
    expect(came).toEqual(['later', 'after']);
    mock.timers.tick(1_000);
    expect(came).toEqual(['later', 'after']);
    stop();
  });
});

test('zone.js is not told of ours', async () => {
  const scheduled: string[] = [];
  const symbol = (name: string): string => `__zone_symbol__${name}`;
  vi.stubGlobal('Zone', { __symbol__: symbol });
  for (const name of [
    'setTimeout',
    'setInterval',
    'clearInterval',
    'setImmediate',
    'queueMicrotask',
  ] as const) {
    const own = globalThis[name] as (...given: unknown[]) => unknown;
    vi.stubGlobal(symbol(name), own);
    vi.stubGlobal(name, (...given: unknown[]) => {
      scheduled.push(name);
      return own(...given);
    });
  }
  expect(await setAll(sleep)).toEqual(ALL);
  expect(scheduled).toEqual([]);
});

test('a timer that stays does not hold what the request has stored that it was made in', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { every } = await timers();
  const request = new AsyncLocalStorage<object>();
  const seen: unknown[] = [];
  let stop = (): void => {};
  const stored = ((store: object): WeakRef<object> => {
    request.run(store, () => {
      stop = every(1, () => seen.push(request.getStore()));
    });
    return new WeakRef(store);
  })({});
  for (let turns = 0; turns < 1_000 && (seen.length === 0 || stored.deref()); turns++) {
    await sleep(1);
    collect();
  }
  stop();
  expect(new Set(seen)).toEqual(new Set([undefined]));
  expect(stored.deref()).toBeUndefined();
});
