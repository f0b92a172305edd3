/** What watching the promises of plain functions takes is told, and is no call's own time; nothing is kept of them. */
import { expect, test, vi } from 'vitest';
import { usageOfThread } from '../../runtime/budget/usage.ts';
import { PerformanceMonitor } from '../../runtime/monitor.ts';
import { setClock } from '../../runtime/platform/clock.ts';
import { callSync, makeSite, statsOf } from './support.ts';

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
  expect(tokens.size).toBe(1);
});
