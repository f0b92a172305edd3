import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { setClock } from '../../runtime/platform/clock.ts';
import { PerformanceMonitor } from '../../runtime/monitor.ts';
import { enter, exit } from '../../runtime/call/entry.ts';
import type { Site } from '../../runtime/call/site.ts';
import { Job } from '../../runtime/stack/schedule.ts';
import { bundleChild } from '../support/bundle.ts';
import { callSync, FakeClock, makeSite, statsOf } from './support.ts';

const monitor = new PerformanceMonitor(false);
const MEMORY = { memory: true } as const;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const tellsAcrossCollections = Number.parseInt(process.versions.node, 10) >= 26;

// Samples are rationed by what they take. By a clock that stands still that is nothing, on the slowest machine.
const clock = new FakeClock();
beforeAll(() => {
  clock.install();
});
afterAll(() => setClock());

const kept: object[][] = [];

/** Some 100 kB, each object 12 to 40 bytes by the version of V8. */
function allocate(): number {
  kept.push(Array.from({ length: 5000 }, (_, i) => ({ i })));
  return kept.length;
}

// First: taking the very first sample is when the sample itself is measured.
test('what is due is done as a call ends, not while its sample is measured', () => {
  const run = vi.fn<() => void>();
  new Job(run).moveTo(clock.ms - 1);
  const site = makeSite('due', 'function', MEMORY);
  const token = enter(0, site.number);
  expect(run).not.toHaveBeenCalled();
  exit(~token);
  expect(run).toHaveBeenCalledOnce();
});

describe('bytes allocated by a call', () => {
  test('are what its objects take, and not what reading the counters does', () => {
    const child = bundleChild(fileURLToPath(new URL('children/allocations.ts', import.meta.url)));
    const dir = mkdtempSync(join(tmpdir(), 'tka-perf-memory-'));
    const env = { ...process.env, TKA_PERF_DIR: dir };
    const output = execFileSync(process.execPath, [child.path], { encoding: 'utf8', env });
    child.remove();
    const { nothing, objects } = JSON.parse(output) as { readonly nothing: number; readonly objects: number };
    expect(nothing).toBeLessThan(300);
    expect(objects).toBeGreaterThan(5000 * 12);
    expect(objects).toBeLessThan(5000 * 100);
  });

  test('are unknown where a garbage collection ran, unless the platform counts across it', () => {
    const site = makeSite('collects', 'function', MEMORY);
    callSync(site, () => {
      allocate();
      collect();
    });
    const { memorySamples, allocationSamples, avgAllocatedBytes } = statsOf(monitor, site);
    expect(memorySamples).toBe(1);
    expect(allocationSamples).toBe(tellsAcrossCollections ? 1 : 0);
    if (tellsAcrossCollections) expect(avgAllocatedBytes).toBeGreaterThan(5000 * 12);
  });
});

/** A promise and what resolves it. */
function defer(): { readonly promise: Promise<void>; readonly resolve: (value?: Promise<void>) => void } {
  let resolve: (value?: Promise<void>) => void = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = (value) => settle(value);
  });
  return { promise, resolve };
}

describe('samples whose memory may be another call’s', () => {
  async function call(site: Site, body: () => Promise<void>): Promise<void> {
    const entered = site.start();
    const promise = body();
    entered.suspend(undefined);
    await promise;
    entered.resume(undefined);
    entered.end();
  }

  test('are those of async calls that others went on beside', async () => {
    const alone = makeSite('alone', 'async', MEMORY);
    await call(alone, async () => {});
    expect(statsOf(monitor, alone)).toMatchObject({ memorySamples: 1, overlappingSamples: 0 });

    const [first, second] = [makeSite('first', 'async', MEMORY), makeSite('second', 'async', MEMORY)];
    await Promise.all([call(first, async () => {}), call(second, async () => {})]);
    expect(statsOf(monitor, first)).toMatchObject({ memorySamples: 1, overlappingSamples: 1 });
  });

  test('are those of functions that return a promise where their calls overlap, not where one awaits the other', async () => {
    const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
    const [f, g] = [makeSite('f', 'function', MEMORY), makeSite('g', 'async', MEMORY)];
    for (let i = 0; i < 3; i++) {
      await callSync(f, turn);
      await call(g, turn);
    }
    // The last one's end is noticed a turn later.
    await turn();
    expect(statsOf(monitor, f)).toMatchObject({ memorySamples: 3, overlappingSamples: 0 });
    expect(statsOf(monitor, g)).toMatchObject({ memorySamples: 3, overlappingSamples: 0 });

    // A promise that follows another one has an event, and does not settle by it.
    const h = makeSite('h', 'function', MEMORY);
    const [outer, inner, second] = [defer(), defer(), defer()];
    callSync(h, () => outer.promise);
    outer.resolve(inner.promise);
    await turn();
    callSync(h, () => second.promise);
    inner.resolve();
    await turn();
    second.resolve();
    await turn();
    expect(statsOf(monitor, h)).toMatchObject({ memorySamples: 2, overlappingSamples: 2 });

    const k = makeSite('k', 'function', MEMORY);
    await Promise.all([callSync(k, turn), callSync(k, turn), callSync(k, turn)]);
    await turn();
    expect(statsOf(monitor, k)).toMatchObject({ memorySamples: 3, overlappingSamples: 3 });
  });

  test('are none of synchronous calls, nor of a call that only its caller awaits', async () => {
    const [outer, inner, sync] = [
      makeSite('outer', 'async', { memory: false }),
      makeSite('inner', 'async', MEMORY),
      makeSite('sync', 'function', MEMORY),
    ];
    await call(outer, () =>
      call(inner, async () => {
        await undefined;
        callSync(sync, () => 1);
      }),
    );
    expect(statsOf(monitor, sync)).toMatchObject({ memorySamples: 1, overlappingSamples: 0 });
  });
});

describe('the share of CPU time', () => {
  const spin = (ms: number): void => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  };

  test('is told of calls that compute, without what reading the counters takes', () => {
    const site = makeSite('f', 'function', MEMORY);
    callSync(site, () => {
      spin(30);
      clock.advance(30);
    });
    const { cpuPercent = 0 } = statsOf(monitor, site);
    expect(cpuPercent).toBeGreaterThan(0);
    // All threads of the process, before Node 23.9.
    expect(cpuPercent).toBeLessThan(100 * availableParallelism() + 50);
  });

  test('is not told of calls that are shorter than the clock of the CPU can tell', () => {
    const site = makeSite('f', 'function', MEMORY);
    callSync(site, () => 1);
    expect(statsOf(monitor, site)).not.toHaveProperty('cpuPercent');
    expect(statsOf(monitor, site).avgMemoryBytes).toBeTypeOf('number');
  });
});

describe('of functions that ask to be sampled', () => {
  /** By a clock that each reading takes two microseconds of, so that a sample has its price. */
  const priced = (body: () => void): void => {
    setClock(
      () => (clock.ms += 0.002),
      () => clock.epochMs + clock.ms,
    );
    body();
    clock.install();
  };
  const samplesOf = (site: Site): number => statsOf(monitor, site).memorySamples ?? 0;
  const take = (site: Site, ms: number): void => callSync(site, () => clock.advance(ms));

  test.each([3, 100])('all have their turn, also those that a quick one follows: after %i ms', (slowMs) => {
    const [quick, slow] = [makeSite('quick', 'function', MEMORY), makeSite('slow', 'function', MEMORY)];
    priced(() => {
      for (let i = 0; i < 400; i++) {
        take(quick, 0.02);
        take(slow, slowMs);
      }
    });
    expect(samplesOf(quick)).toBeGreaterThan(20);
    expect(Math.abs(samplesOf(slow) - samplesOf(quick))).toBeLessThan(3);
  });

  test('none waits for good for one that never comes again', () => {
    const [often, once] = [makeSite('often', 'function', MEMORY), makeSite('once', 'function', MEMORY)];
    priced(() => {
      for (let i = 0; i < 20; i++) take(often, 50);
      for (let i = 0; i < 2; i++) take(once, 1);
      for (let i = 0; i < 400; i++) take(often, 50);
    });
    expect(samplesOf(once)).toBe(1);
    expect(samplesOf(often)).toBeGreaterThan(150);
  });

  test('they are as many as the budget has room for', () => {
    const [usual, thrifty] = [0.01, 0.001].map((share) => {
      monitor.configure({ budget: share });
      const site = makeSite('exact', 'function', { memory: true, exact: true });
      priced(() => {
        for (let i = 0; i < 4000; i++) take(site, 5);
      });
      return samplesOf(site);
    });
    monitor.configure({ budget: 'exact' });
    expect(usual).toBeGreaterThan(1000);
    expect(thrifty).toBeGreaterThan(100);
    expect(thrifty).toBeLessThan((usual ?? 0) / 5);
  });
});

describe('where nobody asks for samples', () => {
  beforeEach(() => {
    monitor.configure({ budget: 'exact' });
    // Each reading takes a microsecond, so that samples cost something.
    setClock(
      () => (clock.ms += 0.001),
      () => clock.epochMs + clock.ms,
    );
  });
  afterEach(() => {
    clock.install();
    monitor.configure({ budget: 0.01 });
  });

  test('a function that is only called within another has as many', () => {
    const sites = [makeSite('outer'), makeSite('inner'), makeSite('other')] as const;
    const [outer, inner, other] = sites;
    for (let i = 0; i < 4000; i++) {
      callSync(outer, () => {
        callSync(inner, () => clock.advance(1));
        clock.advance(1);
      });
      callSync(other, () => clock.advance(1));
    }
    const samples = sites.map((site) => statsOf(monitor, site).memorySamples);
    expect(Math.min(...samples)).toBeGreaterThan(100);
    expect(Math.max(...samples)).toBeLessThan(Math.min(...samples) + 10);
  });

  test('calls that are rare are not waited for', () => {
    const rare = makeSite('rare');
    for (let i = 0; i < 50; i++) {
      callSync(rare, () => clock.advance(1));
      clock.advance(1000);
    }
    expect(statsOf(monitor, rare).memorySamples).toBeGreaterThan(20);
  });
});
