/** What measuring is found to cost, by a simulated clock and empty calls that take what the tests say. */
import { beforeEach, describe, expect, test, vi } from 'vitest';

const PROBED = 32;

let ms: number;
/** What lies between the two readings of each empty call, in nanoseconds, over and over. */
let innerNs: readonly number[];
/** What an empty call takes beyond that. */
let aroundNs: number;
/** How often many were asked for. */
let runs: number;

interface Modules {
  readonly calibration: typeof import('../../runtime/budget/calibration.ts');
  readonly frames: typeof import('../../runtime/stack/frames.ts');
  readonly log: typeof import('../../runtime/stack/log.ts');
  readonly entry: typeof import('../../runtime/stack/log-entry.ts');
}
let modules: Modules;

/** As if the runtime had just been loaded. */
beforeEach(async () => {
  vi.resetModules();
  const clock = await import('../../runtime/platform/clock.ts');
  const frames = await import('../../runtime/stack/frames.ts');
  const log = await import('../../runtime/stack/log.ts');
  const entry = await import('../../runtime/stack/log-entry.ts');
  const calibration = await import('../../runtime/budget/calibration.ts');
  modules = { calibration, frames, log, entry };
  clock.setClock(() => ms);
  [ms, innerNs, aroundNs, runs] = [1000, [60], 40, 0];
  let called = 0;
  calibration.setProbe((calls) => {
    if (calls > 1 && called % PROBED === 0) runs++;
    if (calls > 1) called += calls;
    for (let i = 0; i < calls; i++) {
      const next = frames.hot[frames.NEXT_ENTRY] as number;
      const ns = innerNs[i % innerNs.length] as number;
      ms += (ns + aroundNs) / 1e6;
      log.log[next + entry.RAW_DURATION] = ns;
      frames.hot[frames.NEXT_ENTRY] = next + entry.STRIDE;
      frames.pace[frames.OVERHEAD] = (frames.pace[frames.OVERHEAD] as number) + 1;
    }
  });
});

/** What is known of a call after one more calibration, in nanoseconds: between its readings, and of all. */
function known(atMs: number): readonly [inner: number, cost: number] {
  const { calibration, frames } = modules;
  calibration.calibrate(atMs);
  const round = (ns: number): number => Math.round(1000 * ns) / 1000;
  return [round(frames.pace[frames.INNER_NS] as number), round(1e6 * (frames.pace[frames.COST] as number))];
}

describe('the calibration', () => {
  test('tells what a call takes, and how much of it lies between its two readings', () => {
    expect(known(0)).toEqual([60, 100]);
  });

  test('takes an interruption for none of it', () => {
    innerNs = [60, 60, 60, 5_000_000, 60, 60, 60, 60];
    const [inner] = known(0);
    expect(inner).toBe(60);
  });

  test('takes the fastest of some groups of calls, whichever is slow', () => {
    const { calibration, frames, log, entry } = modules;
    let group = 0;
    calibration.setProbe((calls) => {
      ms += calls === 1 ? 1 : (group++ === 2 ? 100 * calls : 900 * calls) / 1e6;
      const next = frames.hot[frames.NEXT_ENTRY] as number;
      for (let i = 0; i < calls; i++) log.log[next + i * entry.STRIDE + entry.RAW_DURATION] = 60;
      frames.hot[frames.NEXT_ENTRY] = next + calls * entry.STRIDE;
    });
    expect(known(0)).toEqual([60, 100]);
  });

  test('takes no more for a call than two readings, which code that is not optimised does not need', () => {
    aroundNs = 940;
    expect(known(0)).toEqual([60, 120]);
  });

  test('believes in less at once, and in more little by little', () => {
    const found = [100, 80, 160, 160].map((ns, i) => {
      innerNs = [ns];
      return known(1000 * i)[0];
    });
    expect(found).toEqual([100, 80, 81.6, 83.232]);
  });

  test('says how far apart calls lie that are all the same', () => {
    innerNs = [76, 60, 68, 64, 72, 62, 66, 70]; // the fastest quarter takes 60 and 62, the slowest 72 and 76
    expect(known(0)[0]).toBe(67);
    expect(modules.calibration.noiseNs).toBe(8);
  });

  test('is no call of the program: nothing is noted, and nothing taken off twice', () => {
    const { frames, entry } = modules;
    frames.hot[frames.NEXT_ENTRY] = 3 * entry.STRIDE;
    frames.pace[frames.OVERHEAD] = 7;
    known(0);
    expect(frames.hot[frames.NEXT_ENTRY]).toBe(3 * entry.STRIDE);
    expect(frames.pace[frames.OVERHEAD]).toBe(7);
  });

  test('waits where the log has no room for its calls', () => {
    const { frames, log, entry } = modules;
    frames.hot[frames.NEXT_ENTRY] = log.LOG_END - PROBED * entry.STRIDE;
    known(0);
    expect(runs).toBe(0);
    frames.hot[frames.NEXT_ENTRY] = 0;
    known(0);
    expect(runs).toBe(1);
  });

  test('comes ever more seldom, as V8 optimises the code: at last four times a second', () => {
    const at: number[] = [];
    for (let atMs = 0; atMs < 1200; atMs++) {
      const before = runs;
      modules.calibration.calibrate(atMs);
      if (runs > before) at.push(atMs);
    }
    const distances = at.slice(1).map((atMs, i) => atMs - (at[i] ?? 0));
    expect(distances).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 256, 256]);
  });
});
