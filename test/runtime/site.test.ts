import { createContext, Script } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setClock } from '../../runtime/platform/clock.ts';
import { enter, exit } from '../../runtime/call/entry.ts';
import { failureCounts } from '../../runtime/platform/diagnostics.ts';
import { BOTTOM, dropLostFrames, hidden, stack, TOP } from '../../runtime/stack/frames.ts';
import { PerformanceMonitor } from '../../runtime/monitor.ts';
import { live } from '../../runtime/call/on-off.ts';
import type { Site } from '../../runtime/call/site.ts';
import { registry } from '../../runtime/registry.ts';
import { callSync, FakeClock, makeSite, statsOf } from './support.ts';

const monitor = new PerformanceMonitor(false);
let clock: FakeClock;
beforeEach(() => {
  clock = new FakeClock().install();
});
afterEach(() => {
  setClock();
  monitor.startMonitoring();
  dropLostFrames();
});

const NO_MEMORY = { memory: false } as const;

describe('a synchronous site', () => {
  test('minimum, maximum, average and percentiles are of the calls’ durations', () => {
    const site = makeSite('f', 'function', NO_MEMORY);
    for (let ms = 1; ms <= 100; ms++) callSync(site, () => clock.advance(ms));
    const stats = statsOf(monitor, site);
    expect(stats).toMatchObject({
      callCount: 100,
      timedCalls: 100,
      minExecutionTimeMs: 1,
      maxExecutionTimeMs: 100,
    });
    expect(stats.avgExecutionTimeMs).toBeCloseTo(50.5, 9);
    expect(Math.abs(stats.p50ExecutionTimeMs / 50 - 1)).toBeLessThan(0.011);
    expect(Math.abs(stats.p99ExecutionTimeMs / 99 - 1)).toBeLessThan(0.011);
  });

  test('calls under the threshold are in no number but their own', () => {
    const site = makeSite('f', 'function', { threshold: 10, memory: false });
    callSync(site, () => clock.advance(9.999));
    callSync(site, () => clock.advance(10));
    callSync(site, () => clock.advance(30));
    expect(statsOf(monitor, site)).toMatchObject({
      callCount: 2,
      belowThresholdCalls: 1,
      minExecutionTimeMs: 10,
      selfTimeMs: 40,
    });
  });

  test('a call that fails is in the numbers however fast it did', () => {
    const site = makeSite('f', 'function', { threshold: 10, memory: false });
    for (let i = 0; i < 3; i++) callSync(site, () => clock.advance(1));
    expect(() =>
      callSync(site, () => {
        clock.advance(2);
        throw new Error('at once');
      }),
    ).toThrow('at once');
    expect(statsOf(monitor, site)).toMatchObject({
      callCount: 1,
      errorCount: 1,
      successRate: 0,
      belowThresholdCalls: 3,
      maxExecutionTimeMs: 2,
    });
  });

  test('a threshold of 0 is none: every call is counted, however short', () => {
    const site = makeSite('f', 'function', { threshold: 0, memory: false });
    for (let i = 0; i < 10; i++) callSync(site, () => clock.advance(-1e-6));
    expect(statsOf(monitor, site)).toMatchObject({ callCount: 10, belowThresholdCalls: 0 });
  });

  test('what a call under the threshold took is still not its caller’s own time', () => {
    const outer = makeSite('outer', 'function', NO_MEMORY);
    const inner = makeSite('inner', 'function', { threshold: 10, memory: false });
    callSync(outer, () => {
      callSync(inner, () => clock.advance(4));
      clock.advance(6);
    });
    expect(statsOf(monitor, outer)).toMatchObject({ totalExecutionTimeMs: 10, selfTimeMs: 6 });
  });

  test('stopped, nothing is recorded', () => {
    const site = makeSite('f', 'function', NO_MEMORY);
    callSync(site, () => clock.advance(1));
    monitor.stopMonitoring();
    expect(monitor.monitoringActive).toBe(false);
    callSync(site, () => clock.advance(1));
    live(site).start().end();
    monitor.startMonitoring();
    callSync(site, () => clock.advance(1));
    expect(statsOf(monitor, site)).toMatchObject({ callCount: 2, inFlight: 0 });
  });

  test('a call that was going on while monitoring stopped is recorded', () => {
    const site = makeSite('f', 'function', NO_MEMORY);
    callSync(site, () => monitor.stopMonitoring());
    expect(statsOf(monitor, site).callCount).toBe(1);
  });

  test('stopped and started again inside of calls, the others still know their callers', () => {
    const outer = makeSite('outer', 'function', NO_MEMORY);
    const inner = makeSite('inner', 'function', NO_MEMORY);
    callSync(outer, () => {
      monitor.stopMonitoring();
      callSync(inner, () => {
        expect(statsOf(monitor, outer).inFlight).toBe(1);
        clock.advance(1);
        monitor.startMonitoring();
        callSync(inner, () => clock.advance(2));
      });
      callSync(inner, () => clock.advance(4));
      clock.advance(8);
    });
    expect(stack[TOP]).toBe(BOTTOM);
    expect(statsOf(monitor, outer)).toMatchObject({ callCount: 1, totalExecutionTimeMs: 15, selfTimeMs: 9 });
    expect(statsOf(monitor, inner)).toMatchObject({ callCount: 2, totalExecutionTimeMs: 6 });
  });

  test('an async function that began before the stop goes on afterwards', () => {
    const site = makeSite('f', 'async', NO_MEMORY);
    const call = site.start();
    clock.advance(1);
    monitor.stopMonitoring();
    call.suspend(undefined);
    clock.advance(2);
    call.resume(undefined);
    clock.advance(4);
    call.suspend(undefined);
    monitor.startMonitoring();
    call.resume(undefined);
    call.end();
    expect(stack[TOP]).toBe(BOTTOM);
    expect(statsOf(monitor, site)).toMatchObject({ callCount: 1, activeTimeMs: 5, waitTimeMs: 2 });
  });

  test('a lost exit of another site does not disturb its caller', () => {
    const outer = makeSite('outer', 'function', NO_MEMORY);
    const lost = makeSite('lost', 'function', NO_MEMORY);
    callSync(outer, () => {
      enter(0, lost.number);
      clock.advance(5);
    });
    expect(stack[TOP]).toBe(BOTTOM);
    expect(statsOf(monitor, outer)).toMatchObject({ callCount: 1, totalExecutionTimeMs: 5 });
  });

  test('calls that began while there was no runtime yet end without a trace', () => {
    const site = makeSite('f', 'function', NO_MEMORY);
    callSync(site, () => {
      exit(~0);
      exit(0);
      expect(stack[TOP]).toBe(BOTTOM + 1);
    });
    expect(statsOf(monitor, site)).toMatchObject({ callCount: 1, errorCount: 0 });
  });

  test('a module that is loaded again, with a function more, adds to the functions that there were', () => {
    const [f, g, h] = ['f', 'g', 'h'].map((name) => makeSite(name, 'function', NO_MEMORY)) as [
      Site,
      Site,
      Site,
    ];
    const numberOf = (...sites: Site[]): number =>
      registry.unit(
        2,
        'src/test.ts',
        sites.map(({ name }) => [name, 'function', 1, 0]),
      ).first;
    expect(numberOf(f, g)).toBe(f.number);
    callSync(f, () => clock.advance(1));
    const again = numberOf(h, f, g);
    for (let i = 0; i < 10; i++) exit(~enter(1, again));
    f.sample(1e9);
    for (let i = 0; i < 10; i++) exit(enter(1, again));
    expect(statsOf(monitor, f)).toMatchObject({ callCount: 21, errorCount: 10 });
    expect(monitor.getFunctionStats(h.name)).toBeUndefined();
  });

  test('a program that runs out of stack goes on, and so does its measuring', () => {
    setClock();
    const site = makeSite('recurse', 'function', NO_MEMORY);
    const recurse = (): number => callSync(site, () => recurse() + 1);
    expect(recurse).toThrow(RangeError);
    dropLostFrames();
    const before = statsOf(monitor, site).callCount;
    expect(before).toBeGreaterThan(100);
    callSync(site, () => 1);
    expect(stack[TOP]).toBe(BOTTOM);
    expect(statsOf(monitor, site).callCount).toBe(before + 1);
  });

  test('a time limit that breaks off the runtime’s own work is told, and measuring goes on', () => {
    setClock();
    const site = makeSite('limited', 'function', NO_MEMORY);
    const loop = new Script('hidden(() => { for (has.begun = true; ; ); })');
    const has = { begun: false };
    // A busy machine may not come as far as that in the first ones.
    for (let timeout = 5; !has.begun; timeout *= 2)
      expect(() => void loop.runInContext(createContext({ hidden, has }), { timeout })).toThrow('timed out');
    const before = failureCounts()['broken-off'] ?? 0;
    dropLostFrames(); // as the next turn does
    dropLostFrames();
    expect(failureCounts()['broken-off']).toBe(before + 1);
    callSync(site, () => 1);
    expect(statsOf(monitor, site).callCount).toBe(1);
  });

  test('more nested calls than there are frames for are counted only', () => {
    const site = makeSite('deep', 'function', NO_MEMORY);
    callSync(site, () => {});
    const tokens = Array.from({ length: 70_000 }, () => enter(0, site.number));
    for (const token of tokens.toReversed()) exit(~token);
    expect(stack[TOP]).toBe(BOTTOM);
    expect(statsOf(monitor, site)).toMatchObject({ callCount: 70_001, timedCalls: 65_536 });
    expect(monitor.diagnostics['stack-too-deep']).toBe(70_001 - 65_536);
  });

  test('deeper than the stack itself calls are counted too', () => {
    const site = makeSite('f');
    const calls = 2 ** 20 + 1000;
    const tokens = new Int32Array(calls);
    for (let i = 0; i < calls; i++) tokens[i] = enter(0, site.number);
    for (let i = calls - 1; i >= 0; i--) exit(~(tokens[i] as number));
    expect(stack[TOP]).toBe(BOTTOM);
    expect(statsOf(monitor, site)).toMatchObject({ callCount: calls, timedCalls: 65_535 });
  });

  test('calls on the stack are in flight, with the age of the oldest', () => {
    const site = makeSite('f', 'function', NO_MEMORY);
    callSync(site, () => {
      clock.advance(20);
      callSync(site, () => {
        clock.advance(5);
        expect(statsOf(monitor, site)).toMatchObject({ inFlight: 2, oldestInFlightMs: 25, callCount: 0 });
      });
    });
    expect(statsOf(monitor, site).inFlight).toBe(0);
  });

  test('the first call of a site has its memory sampled, unless the mark forbids it', () => {
    setClock();
    const sampled = makeSite('sampled');
    const never = makeSite('never', 'function', NO_MEMORY);
    callSync(sampled, () => Array.from({ length: 1000 }, () => ({})));
    callSync(never, () => 1);
    expect(statsOf(monitor, sampled).avgMemoryBytes).toBeTypeOf('number');
    expect(statsOf(monitor, sampled).cpuPercent).toBeTypeOf('number');
    expect(statsOf(monitor, never).avgMemoryBytes).toBeUndefined();
    expect(statsOf(monitor, never)).not.toHaveProperty('cpuPercent');
  });

  test('arguments are hashed where the mark asks for it', () => {
    const site = makeSite('f', 'function', { args: true, memory: false });
    for (const args of [[1, { a: 2 }], [1, { a: 2 }], [2]]) callSync(site, () => {}, args);
    const hashes = monitor.getMetrics().flatMap(({ argsHash }) => argsHash ?? []);
    expect(hashes[0]).toMatch(/^[0-9a-f]{8}$/);
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).not.toBe(hashes[0]);
  });
});
