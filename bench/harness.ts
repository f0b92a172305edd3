/** Times competing ways of doing the same, in turns, so that a slow moment of the machine meets all of them. */
import { getHeapStatistics } from 'node:v8';

/** One way: a function to call very often. It is given its last result, so that no call can be optimised away. */
export interface Contender {
  readonly name: string;
  readonly call: (value: number) => number;
}

/** What one contender took. */
export interface Timing {
  readonly name: string;
  readonly minNs: number;
  readonly medianNs: number;
  /** By medians. */
  readonly ratioToFloor: number;
  readonly allocatedBytes: number;
}

const ROUNDS = 15;
const ROUND_NS = 20e6;
const ASYNC_CALLS = 100_000;
/** Rounds that are not counted, until V8 has optimised all. */
const WARM_UP = 4;
/** Few enough that no garbage collection hides what they allocate. */
const COUNTED_CALLS = 5000;

/** Runs all contenders; the first is the floor. */
export function race(contenders: readonly Contender[]): Timing[] {
  const runs = contenders.map(({ name, call }) => {
    // A loop of its own for each contender: one shared loop would call them all through the same, megamorphic site. The
    // name makes the texts differ: V8 keeps one set of feedback for all functions that are made of the same text.
    const run = new Function(
      'call',
      'count',
      `/* ${name} */ let value = 1; for (let i = 0; i < count; i++) value = call(value & 1023); return value;`,
    ) as (call: Contender['call'], count: number) => number;
    run(call, 20_000);
    const perCall = time(run, call, 20_000);
    const count = Math.max(1000, Math.round(ROUND_NS / perCall));
    run(call, count);
    return { name, run, call, count, times: [] as number[] };
  });
  for (let round = 0; round < ROUNDS; round++) {
    for (const { run, call, count, times } of runs) times.push(time(run, call, count));
  }
  const floor = median(runs[0]?.times ?? []);
  return runs.map(({ name, run, call, count, times }) => ({
    name,
    minNs: Math.min(...times),
    medianNs: median(times),
    ratioToFloor: median(times) / floor,
    allocatedBytes: allocated(run, call, Math.min(count, 100_000)),
  }));
}

/** One way of doing something asynchronous. */
export interface AsyncContender {
  readonly name: string;
  readonly call: (value: number) => Promise<number>;
}

/** {@link race} for async functions, each call awaited before the next. */
export async function raceAsync(contenders: readonly AsyncContender[]): Promise<Timing[]> {
  const runs = contenders.map(({ name, call }) => {
    const run = new Function(
      'call',
      'count',
      `/* ${name} */ return (async () => { let value = 1; for (let i = 0; i < count; i++) value = await call(value & 1023); return value; })();`,
    ) as (call: AsyncContender['call'], count: number) => Promise<number>;
    return { name, run: (count: number) => run(call, count), times: [] as number[], bytes: [] as number[] };
  });
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const { run, times } of runs) {
      const begin = process.hrtime.bigint();
      await run(ASYNC_CALLS);
      if (round >= 0) times.push(Number(process.hrtime.bigint() - begin) / ASYNC_CALLS);
    }
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const { run, bytes } of runs) {
      globalThis.gc?.();
      const before = getHeapStatistics().used_heap_size;
      await run(COUNTED_CALLS);
      bytes.push((getHeapStatistics().used_heap_size - before) / COUNTED_CALLS);
    }
  }
  const floor = median(runs[0]?.times ?? []);
  return runs.map(({ name, times, bytes }) => ({
    name,
    minNs: Math.min(...times),
    medianNs: median(times),
    ratioToFloor: median(times) / floor,
    allocatedBytes: median(bytes.filter((found) => found >= 0)),
  }));
}

function time(
  run: (call: Contender['call'], count: number) => number,
  call: Contender['call'],
  count: number,
): number {
  const begin = process.hrtime.bigint();
  run(call, count);
  return Number(process.hrtime.bigint() - begin) / count;
}

/** Bytes a call leaves on the heap, garbage included; the smallest of some runs, as a collection in between hides some. */
function allocated(
  run: (call: Contender['call'], count: number) => number,
  call: Contender['call'],
  count: number,
): number {
  const seen: number[] = [];
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    const before = getHeapStatistics().used_heap_size;
    run(call, count);
    const bytes = (getHeapStatistics().used_heap_size - before) / count;
    if (bytes >= 0) seen.push(bytes);
  }
  return median(seen);
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
