/** What watching the promises of plain functions takes is told, and is no call's own time; nothing is kept of them. */
import util from 'node:util';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { verifyPromises } from '../../runtime/call/promise-watch.ts';
import { usageOfThread } from '../../runtime/budget/usage.ts';
import { PerformanceMonitor } from '../../runtime/monitor.ts';
import { setClock } from '../../runtime/platform/clock.ts';
import { othersInFlightNow } from '../../runtime/stack/in-flight.ts';
import { callSync, FakeClock, makeSite, statsOf } from './support.ts';

test('watching promises has an account of its own, and is in no caller’s time', async () => {
  const monitor = new PerformanceMonitor(false);
  monitor.configure({ budget: 'exact' });
  const [outer, inner] = [
    makeSite('outer', 'function', { memory: false }),
    makeSite('inner', 'function', {}),
  ];
  let ms = 1000;
  // Each reading takes a millisecond.
  setClock(
    () => ms++,
    () => 1_800_000_000_000 + ms,
  );
  callSync(inner, () => 0);
  inner.sample(1e6); // from here on its calls are only counted
  const before = usageOfThread();
  expect(before.watchMs).toBeUndefined();
  callSync(outer, () => {
    for (let i = 0; i < 100; i++) callSync(inner, () => Promise.resolve(i));
  });
  const { watchMs = 0, overheadMs } = usageOfThread();
  expect(watchMs).toBeGreaterThanOrEqual(100);
  expect(overheadMs - before.overheadMs).toBeGreaterThanOrEqual(watchMs);
  // Four readings a call, one of them between the first and the last of what watching does.
  expect(statsOf(monitor, outer).selfTimeMs).toBeLessThan(350);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(usageOfThread().watchMs).toBeGreaterThan(watchMs);
  setClock();
  expect(statsOf(monitor, inner)).toMatchObject({ callCount: 101, errorCount: 0, inFlight: 0 });
});

test('nothing is registered of a promise that has settled: V8 would hold it until it collects all that there is', async () => {
  const { register, unregister } = FinalizationRegistry.prototype;
  const tokens = new Set<WeakKey>();
  vi.spyOn(FinalizationRegistry.prototype, 'register').mockImplementation(function (
    this: FinalizationRegistry<unknown>,
    target,
    held,
    token,
  ) {
    tokens.add(token ?? target);
    register.call(this, target, held, token);
  });
  vi.spyOn(FinalizationRegistry.prototype, 'unregister').mockImplementation(function (
    this: FinalizationRegistry<unknown>,
    token,
  ) {
    tokens.delete(token);
    return unregister.call(this, token);
  });
  const site = makeSite('returns', 'function', { memory: false });
  const turns = async (): Promise<void> => {
    for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  const resolves: (() => void)[] = [];
  for (let i = 0; i < 10; i++) callSync(site, () => new Promise<void>((resolve) => resolves.push(resolve)));
  await turns();
  expect(tokens.size).toBe(10);
  for (const resolve of resolves.slice(1)) resolve();
  await turns();
  verifyPromises();
  expect(tokens.size).toBe(1);
  resolves[0]?.();
  await turns();
});

test('who asks whether others are in flight hears the truth, whatever was expected', () => {
  verifyPromises();
  const [cached, slow] = [makeSite('cached'), makeSite('slow')];
  const settles: (() => void)[] = [];
  for (let i = 0; i < 3; i++) {
    callSync(cached, () => Promise.resolve(i));
    callSync(slow, () => new Promise<void>((resolve) => settles.push(resolve)));
    verifyPromises();
  }
  for (const settle of settles) settle();
  verifyPromises();
  expect(othersInFlightNow()).toBe(false);
  callSync(cached, () => Promise.resolve());
  callSync(slow, () => Promise.resolve());
  expect([cached.inFlight.count, slow.inFlight.count, othersInFlightNow()]).toEqual([1, 1, false]);
  callSync(cached, () => new Promise<void>((resolve) => settles.push(resolve)));
  expect(othersInFlightNow()).toBe(true);
  settles.at(-1)?.();
  verifyPromises();
});

test.each([
  ['that had settled', 0],
  ['that settles meanwhile', 20],
])(
  'of a promise returned again %s each call ends when it has settled, and not before it began',
  async (_, ms) => {
    const monitor = new PerformanceMonitor(false);
    monitor.configure({ budget: 'exact' });
    const clock = new FakeClock().install();
    const site = makeSite('memo', 'function', { memory: false });
    let settle = (): void => {};
    const memo = new Promise<void>((resolve) => (settle = resolve));
    if (ms === 0) settle();
    for (let i = 0; i < 10; i++) {
      callSync(site, () => {
        clock.advance(1);
        return memo;
      });
      clock.advance(5);
      if (i === 4) settle();
    }
    await Promise.resolve();
    const { totalExecutionTimeMs, minExecutionTimeMs } = statsOf(monitor, site);
    setClock();
    // The first five wait for the other four, or not at all.
    expect(totalExecutionTimeMs).toBeCloseTo(ms === 0 ? 10 : 5 + 6 * (5 + 4 + 3 + 2 + 1) - 5 + 5, 3);
    expect(minExecutionTimeMs).toBeCloseTo(1, 3);
  },
);

test('a promise that is returned again while it is looked at is watched once', () => {
  verifyPromises();
  const site = makeSite('peeked', 'function', { memory: false });
  const call = (promise: Promise<unknown>): void => void callSync(site, () => promise);
  let isPeeking = true;
  class Peeking extends Promise<void> {
    override get [Symbol.toStringTag](): string {
      if (isPeeking) {
        isPeeking = false;
        call(this);
        verifyPromises();
      }
      return 'Peeking';
    }
  }
  let settle = (): void => {};
  call(new Peeking((resolve) => (settle = resolve)));
  verifyPromises();
  expect(site.inFlight.count).toBe(2);
  settle();
  verifyPromises();
  expect(site.inFlight.count).toBe(0);
});

test('what a program has put in place of the methods of Map is not asked', async () => {
  const site = makeSite('waits', 'function', { memory: false });
  const settles: (() => void)[] = [];
  const call = (): void => {
    callSync(site, () => new Promise<void>((resolve) => settles.push(resolve)));
  };
  // The last ones are expected to be pending; those before were, and a reader has looked.
  for (let i = 0; i < 5; i++) {
    call();
    if (i < 4) verifyPromises();
  }
  for (const method of ['get', 'set', 'delete', 'forEach'] as const)
    vi.spyOn(Map.prototype, method).mockImplementation(() => {
      throw new TypeError('no maps here');
    });
  call();
  for (const settle of settles) settle();
  await Promise.resolve();
  verifyPromises();
  vi.restoreAllMocks();
  expect(site.inFlight).toMatchObject({ count: 0, begun: 6 });
});

test('of a promise that cannot be printed the others of its batch know nothing', () => {
  verifyPromises();
  const [hostile, failing] = [makeSite('hostile'), makeSite('failing')];
  class Hostile extends Promise<void> {
    override get [Symbol.toStringTag](): string {
      throw new Error('no name');
    }
  }
  const failed = Promise.reject(new Error('reason'));
  failed.catch(() => {});
  const plain: Promise<unknown> = Promise.reject(5);
  plain.catch(() => {});
  Object.assign(plain, { more: new Error('not the reason') });
  const five = makeSite('five');
  callSync(hostile, () => new Hostile(() => {}));
  callSync(failing, () => failed);
  callSync(five, () => plain);
  verifyPromises();
  expect([failing.tally.lastError, five.tally.lastError]).toEqual(['reason', '5']);
});

function rejectedWith(reason: unknown): Promise<unknown> {
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors
  const promise = Promise.reject(reason);
  promise.catch(() => {});
  return promise;
}

describe('promises are looked at together, and most of them once', () => {
  type PromiseWatch = typeof import('../../runtime/call/promise-watch.ts');
  const source = { pendingInRow: 0 };
  /** How many promises each look is at. */
  let looks: number[];
  let told: { atMs: number; ok: boolean; message: string | undefined }[];
  let module: PromiseWatch;
  const follow = (promise: Promise<unknown>): void => {
    const settled = (atMs: number, ok: boolean, message: string | undefined): void => {
      told.push({ atMs, ok, message });
    };
    module.watch(promise, 1, { settled }, source);
  };
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

  beforeEach(async () => {
    looks = [];
    told = [];
    const { inspect } = util;
    vi.resetModules();
    vi.spyOn(util, 'inspect').mockImplementation((...given: Parameters<typeof inspect>) => {
      looks.push((given[0] as unknown[]).length - 1);
      return inspect(...given);
    });
    module = await import('../../runtime/call/promise-watch.ts');
    vi.restoreAllMocks();
  });

  test('where it is not known what to expect, in the next turn', async () => {
    source.pendingInRow = 0;
    follow(Promise.resolve());
    follow(new Promise(() => {}));
    await turn();
    expect(looks).toEqual([2]);
    expect(told).toEqual([{ atMs: 1, ok: true, message: undefined }]);
    expect(source.pendingInRow).toBe(1);
  });

  test('what they were rejected with is told, whatever it is, but of objects', async () => {
    source.pendingInRow = 0;
    for (const reason of [
      'text',
      undefined,
      null,
      0,
      -1.5,
      7n,
      false,
      Symbol('s'),
      new Error('of an error'),
      {},
    ])
      follow(rejectedWith(reason));
    await turn();
    expect(told.map(({ ok, message }) => [ok, message])).toEqual(
      ['text', 'undefined', 'null', '0', '-1.5', '7n', 'false', 'Symbol(s)', 'of an error', undefined].map(
        (message) => [false, message],
      ),
    );
  });

  test('those expected to be pending, when they have settled', async () => {
    source.pendingInRow = 10;
    const settle: (() => void)[] = [];
    for (let i = 0; i < 20; i++) follow(new Promise<void>((resolve) => settle.push(resolve)));
    await turn();
    for (const each of settle) each();
    await turn();
    expect(looks).toEqual([]);
    module.verifyPromises(); // a reader
    expect(looks).toEqual([20]);
    expect(told.map(({ ok, atMs }) => ok && atMs > 1)).toEqual(Array(20).fill(true));
    module.verifyPromises();
    expect(looks).toEqual([20]);
  });

  test('by a timer where nobody reads, what is pending and what has settled', async () => {
    source.pendingInRow = 10;
    let settle = (): void => {};
    follow(new Promise(() => {}));
    follow(new Promise<void>((resolve) => (settle = resolve)));
    settle();
    await vi.waitFor(() => expect(told).toHaveLength(1), 5000);
    expect(looks).toEqual([2]);
  });

  test('those expected to have settled, many at once; one that has not is told of when it has', async () => {
    source.pendingInRow = -10;
    let settle = (): void => {};
    const slow = new Promise((_, reject) => (settle = () => reject(new Error('late'))));
    slow.catch(() => {});
    follow(slow);
    for (let i = 0; i < 62; i++) follow(Promise.resolve(i));
    await turn();
    expect(looks).toEqual([]);
    follow(Promise.resolve()); // in the middle of the job
    expect(looks).toEqual([64]);
    expect(told).toHaveLength(63);
    expect(source.pendingInRow).toBe(-63);
    settle();
    module.verifyPromises();
    expect(told.at(-1)).toMatchObject({ ok: false, message: 'late' });
  });

  test('what one holds is not taken for another', async () => {
    const inner = Promise.reject(new Error('inner'));
    const promises = [Promise.reject(inner), inner, Promise.resolve('text'), Promise.reject('reason')];
    for (const promise of promises) {
      promise.catch(() => {});
      follow(promise as Promise<unknown>);
    }
    module.verifyPromises();
    expect(told.map(({ ok, message }) => [ok, message])).toEqual([
      [false, undefined],
      [false, 'inner'],
      [true, undefined],
      [false, 'reason'],
    ]);
  });
});
