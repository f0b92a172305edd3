import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { setClock } from '../../runtime/platform/clock.ts';
import { PerformanceMonitor } from '../../runtime/monitor.ts';
import type { Site } from '../../runtime/call/site.ts';
import { callSync, FakeClock, makeSite, statsOf } from './support.ts';

const monitor = new PerformanceMonitor(false);
const clock = new FakeClock();
beforeEach(() => void clock.install());
afterEach(() => setClock());

const NO_MEMORY = { memory: false } as const;

async function turns(count: number = 5): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

/** What emitted code does around the body of an async function. */
function callAsync(site: Site, body: () => unknown): () => Promise<unknown> {
  return async () => {
    const call = site.start();
    try {
      const value = body();
      call.settle(value);
      return await value;
    } catch (error) {
      call.fail(error);
      throw error;
    }
  };
}

describe('a call of an async function', () => {
  test('is in flight until the promise that it returns settles, and timed to there', async () => {
    const site = makeSite('f', 'async', NO_MEMORY);
    const { promise, resolve } = withResolvers();
    const returned = callAsync(site, () => promise)();
    clock.advance(30);
    expect(statsOf(monitor, site)).toMatchObject({ callCount: 0, inFlight: 1, oldestInFlightMs: 30 });
    clock.advance(70);
    resolve(7);
    expect(await returned).toBe(7);
    expect(statsOf(monitor, site)).toMatchObject({ callCount: 1, inFlight: 0, totalExecutionTimeMs: 100 });
    expect(statsOf(monitor, site)).toMatchObject({ selfTimeMs: 0, activeTimeMs: 0, waitTimeMs: 100 });
  });

  test('has run for as long as it took, where it never waits', () => {
    let ms = clock.ms;
    setClock(() => (ms += 0.001)); // each reading takes a microsecond
    const site = makeSite('f', 'async', NO_MEMORY);
    for (let i = 0; i < 5; i++) site.start().end();
    const { totalExecutionTimeMs, activeTimeMs, waitTimeMs } = statsOf(monitor, site);
    expect(activeTimeMs).toBeCloseTo(totalExecutionTimeMs, 9);
    expect(waitTimeMs).toBeCloseTo(0, 9);
  });

  test('has failed where that promise is rejected, with its reason’s message', async () => {
    const site = makeSite('f', 'async', NO_MEMORY);
    await expect(callAsync(site, () => Promise.reject(new Error('refused')))()).rejects.toThrow('refused');
    expect(statsOf(monitor, site)).toMatchObject({ callCount: 1, errorCount: 1, lastError: 'refused' });
  });

  test('ends once: what comes after the end is no second call', () => {
    const site = makeSite('f', 'async', NO_MEMORY);
    const call = site.start();
    call.fail(new Error('first'));
    call.end();
    call.settle(1);
    call.fail(new Error('second'));
    expect(statsOf(monitor, site)).toMatchObject({
      callCount: 1,
      errorCount: 1,
      lastError: 'first',
      inFlight: 0,
    });
  });

  test('does not touch a thenable that is no promise', () => {
    const site = makeSite('f', 'async', NO_MEMORY);
    const touched: (string | symbol)[] = [];
    const lazy = new Proxy(
      {},
      {
        get: (_target, key) => void touched.push(key),
        getPrototypeOf: () => (touched.push('prototype'), null),
        has: (_target, key) => (touched.push(key), false),
      },
    );
    site.start().settle(lazy);
    callSync(site, () => lazy);
    expect(touched).toEqual([]);
    expect(statsOf(monitor, site).callCount).toBe(2);
  });

  test('the oldest in flight is known in whatever order calls end', () => {
    const site = makeSite('f', 'async', NO_MEMORY);
    const calls = [1, 2, 3, 4].map(() => {
      clock.advance(10);
      return site.start();
    });
    const oldest = (): number | undefined => statsOf(monitor, site).oldestInFlightMs;
    expect(oldest()).toBe(30);
    calls[1]?.end();
    expect(oldest()).toBe(30);
    calls[0]?.end();
    expect(oldest()).toBe(10);
    calls[3]?.end();
    calls[2]?.end();
    expect(oldest()).toBeUndefined();
    expect(statsOf(monitor, site)).toMatchObject({ inFlight: 0, callCount: 4 });
  });

  test('the oldest is known where thousands come and go and there are always many', () => {
    const site = makeSite('f', 'async', NO_MEMORY);
    let calls = Array.from({ length: 1500 }, () => site.start());
    for (let round = 0; round < 3; round++) {
      clock.advance(10);
      const next = Array.from({ length: 1500 }, () => site.start());
      clock.advance(10);
      for (const call of calls) call.end();
      expect(statsOf(monitor, site)).toMatchObject({ inFlight: 1500, oldestInFlightMs: 10 });
      calls = next;
    }
    for (const call of calls) call.end();
  });

  test('a call whose end runs out of stack is not in flight for ever', () => {
    const site = makeSite('f', 'async', NO_MEMORY);
    const call = site.start();
    const bump = vi.spyOn(site.tally, 'bump').mockImplementation(() => {
      throw new RangeError();
    });
    expect(() => call.end()).toThrow(RangeError);
    bump.mockRestore();
    const { begun, ended } = site.inFlight;
    expect([begun, ended]).toEqual([1, 1]);
    expect(monitor.getFunctionStats(site.name)?.inFlight ?? 0).toBe(0);
  });

  test('of more calls than are listed the times and the oldest are right, and none is held once it has ended', () => {
    const site = makeSite('f', 'async', NO_MEMORY);
    const other = makeSite('g', 'async', NO_MEMORY);
    for (let round = 0; round < 3; round++) {
      const calls = Array.from({ length: 70_000 }, () => site.start());
      clock.advance(10);
      const late = other.start();
      clock.advance(10);
      expect(statsOf(monitor, site)).toMatchObject({ inFlight: 70_000, oldestInFlightMs: 20 });
      expect(statsOf(monitor, other)).toMatchObject({ inFlight: 1, oldestInFlightMs: 10 });
      for (const call of round === 1 ? calls.toReversed() : calls) call.end();
      late.end();
      const { oldestInFlightMs, ...ended } = statsOf(monitor, site);
      expect(oldestInFlightMs).toBeUndefined();
      expect(ended).toMatchObject({ inFlight: 0, callCount: 70_000 * (round + 1), minExecutionTimeMs: 20 });
      expect(ended.maxExecutionTimeMs).toBe(20);
    }
  });
});

describe('a plain function that returns a native promise', () => {
  test('is timed until the promise settles', async () => {
    const site = makeSite('f', 'function', NO_MEMORY);
    const { promise, resolve } = withResolvers();
    expect(callSync(site, () => promise)).toBe(promise);
    clock.advance(40);
    expect(statsOf(monitor, site)).toMatchObject({ callCount: 0, inFlight: 1 });
    resolve(1);
    await turns();
    expect(statsOf(monitor, site)).toMatchObject({ callCount: 1, inFlight: 0, totalExecutionTimeMs: 40 });
  });

  test('many that settle in one turn are told apart, whatever they hold', async () => {
    const rejected = Promise.reject(new Error('first'));
    const read: string[] = [];
    const held = {
      get message() {
        read.push('message');
        return 'read';
      },
    };
    const cases: readonly (readonly [promise: Promise<unknown>, errors: number, message?: string])[] = [
      [Promise.resolve(null), 0],
      [Promise.resolve(Symbol('a mark')), 0],
      [Promise.reject(rejected), 1],
      [rejected, 1, 'first'],
      [Promise.resolve([rejected, null, held]), 0],
      [Promise.reject(new Error('second')), 1, 'second'],
      [Promise.reject('a text'), 1, 'a text'],
      [Promise.reject(null), 1, 'null'],
      [Promise.reject(held), 1],
      [Promise.resolve('text'), 0],
      [new Promise(() => {}), 0],
    ];
    const sites = cases.map(([promise]) => {
      promise.catch(() => {});
      const site = makeSite('f', 'function', NO_MEMORY);
      callSync(site, () => promise);
      return site;
    });
    await turns();
    const found = sites.map((site) => statsOf(monitor, site));
    expect(found.map(({ errorCount, lastError }) => [errorCount, lastError])).toEqual(
      cases.map(([, errors, message]) => [errors, message]),
    );
    expect(found.map(({ inFlight }) => inFlight)).toEqual(
      cases.map((_, i) => (i === cases.length - 1 ? 1 : 0)),
    );
    expect(read).toEqual([]);
  });

  test('is timed through the promise that its promise follows', async () => {
    const site = makeSite('f', 'function', NO_MEMORY);
    const [outer, inner] = [withResolvers(), withResolvers()];
    void callSync(site, () => outer.promise);
    clock.advance(10);
    outer.resolve(inner.promise);
    await turns();
    expect(statsOf(monitor, site).inFlight).toBe(1);
    clock.advance(20);
    inner.resolve(1);
    await turns();
    expect(statsOf(monitor, site)).toMatchObject({ callCount: 1, totalExecutionTimeMs: 30 });
  });

  test('and that follows a foreign thenable is timed until the thenable answers', async () => {
    const site = makeSite('f', 'function', NO_MEMORY);
    const { promise, resolve } = withResolvers();
    void callSync(site, () => promise);
    let answer: ((value: number) => void) | undefined;
    // oxlint-disable-next-line unicorn/no-thenable -- a thenable is what this test is about
    resolve({ then: (answered: (value: number) => void) => void (answer = answered) });
    await turns();
    clock.advance(20);
    expect(statsOf(monitor, site).inFlight).toBe(1);
    answer?.(1);
    await turns();
    expect(statsOf(monitor, site)).toMatchObject({ callCount: 1, totalExecutionTimeMs: 20 });
  });

  test('has failed where it is rejected, with the message of an error and of a string', async () => {
    const reasons: [unknown, string | undefined][] = [
      [new Error('out of order'), 'out of order'],
      [new TypeError('two\nlines'), 'two\nlines'],
      [Object.assign(new Error('with a code'), { code: 'E_CODE' }), 'with a code'],
      ['a string', 'a string'],
      [{ some: 'object' }, undefined],
    ];
    for (const [reason, message] of reasons) {
      const site = makeSite('f', 'function', NO_MEMORY);
      const { promise, reject } = withResolvers();
      callSync(site, () => promise).catch(() => {});
      reject(reason);
      await turns();
      expect(statsOf(monitor, site)).toMatchObject({ callCount: 1, errorCount: 1 });
      expect(statsOf(monitor, site).lastError).toBe(message);
    }
  });

  test('that has settled already ends the call at its return', () => {
    const site = makeSite('f', 'function', NO_MEMORY);
    callSync(site, () => Promise.resolve(1));
    callSync(site, () => Promise.reject(new Error('at once'))).catch(() => {});
    expect(statsOf(monitor, site)).toMatchObject({
      callCount: 2,
      errorCount: 1,
      lastError: 'at once',
      inFlight: 0,
    });
  });

  test('one promise given to many callers ends all their calls', async () => {
    const site = makeSite('f', 'function', NO_MEMORY);
    const { promise, resolve } = withResolvers();
    for (let i = 0; i < 3; i++) void callSync(site, () => promise);
    resolve(1);
    await turns();
    expect(statsOf(monitor, site)).toMatchObject({ callCount: 3, inFlight: 0 });
  });

  test('the time until the return alone is the caller’s child time', async () => {
    const [outer, inner] = [
      makeSite('outer', 'function', NO_MEMORY),
      makeSite('inner', 'function', NO_MEMORY),
    ];
    const { promise, resolve } = withResolvers();
    callSync(outer, () => {
      void callSync(inner, () => (clock.advance(3), promise));
      clock.advance(4);
    });
    clock.advance(100);
    resolve(1);
    await turns();
    expect(statsOf(monitor, outer)).toMatchObject({ totalExecutionTimeMs: 7, selfTimeMs: 4 });
    expect(statsOf(monitor, inner)).toMatchObject({ totalExecutionTimeMs: 107, selfTimeMs: 3 });
  });
});

describe('a call of a generator', () => {
  /** What emitted code does around the body of a generator. */
  function generatorOf(site: Site): () => Generator<number, void, unknown> {
    return function* () {
      const call = site.start();
      try {
        for (let i = 0; i < 3; i++) {
          clock.advance(1);
          call.resume(yield call.suspend(i));
        }
      } catch (error) {
        call.fail(error);
        throw error;
      } finally {
        call.end();
      }
    };
  }

  test('is timed from the first next to completion, the consumer’s time apart', () => {
    const site = makeSite('g', 'generator', NO_MEMORY);
    for (const _ of generatorOf(site)()) clock.advance(10);
    expect(statsOf(monitor, site)).toMatchObject({
      callCount: 1,
      errorCount: 0,
      totalExecutionTimeMs: 33,
      activeTimeMs: 3,
      waitTimeMs: 30,
      inFlight: 0,
    });
  });

  test('that the consumer closes early has succeeded', () => {
    const site = makeSite('g', 'generator', NO_MEMORY);
    for (const _ of generatorOf(site)()) {
      clock.advance(10);
      break;
    }
    expect(statsOf(monitor, site)).toMatchObject({
      callCount: 1,
      errorCount: 0,
      activeTimeMs: 1,
      waitTimeMs: 10,
    });
  });

  test('into which the consumer throws has failed, and the time before that was the consumer’s', () => {
    const site = makeSite('g', 'generator', NO_MEMORY);
    const generator = generatorOf(site)();
    generator.next();
    clock.advance(10);
    expect(() => generator.throw(new Error('thrown in'))).toThrow('thrown in');
    expect(statsOf(monitor, site)).toMatchObject({
      callCount: 1,
      errorCount: 1,
      lastError: 'thrown in',
      waitTimeMs: 10,
    });
  });
});

interface Resolvers {
  readonly promise: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

function withResolvers(): Resolvers {
  let settle: Omit<Resolvers, 'promise'> | undefined;
  const promise = new Promise((resolve, reject) => void (settle = { resolve, reject }));
  if (settle === undefined) throw new Error('unreachable');
  return { promise, ...settle };
}
