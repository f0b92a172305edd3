/** Clocks that go by steps: some machines' by 41 or 100 ns, browsers' by 5 µs to 1 ms. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { setClock } from '../../runtime/platform/clock.ts';
import { HALF_STEP_NS, pace } from '../../runtime/stack/frames.ts';
import { recent } from '../../runtime/tally/recent.ts';
import { temporaryFolder } from '../cli/support.ts';
import { callSync, FakeClock, makeSite } from './support.ts';

const child = fileURLToPath(new URL('children/stepped.ts', import.meta.url));

interface Outcome {
  readonly noiseNs: number;
  /** Of so many runs, those in which the true mean lay within the margin of the average. */
  readonly covered: number;
  readonly runs: number;
  /** Mean of the averages, as shares of the true ones, and how far they lie apart. */
  readonly bias: number;
  readonly deviation: number;
}

const outcomeOf = (stepNs: number, gap: number): Outcome =>
  JSON.parse(
    execFileSync(process.execPath, ['--import', 'tsx', child, String(stepNs), String(gap)], {
      encoding: 'utf8',
      timeout: 120_000,
    }),
  );

/** What is taken off a call is known to some nanoseconds, of 5 µs. */
const TAKEN_OFF = 0.001;

describe.each([100, 5000, 100_000])('a clock that goes by steps of %i ns', (stepNs) => {
  test.each([
    ['all calls of 5 µs are timed', 0],
    ['one of forty is', 40],
  ])('%s: the mean is true all the same, and one call is told to a step', (_, gap) => {
    const { noiseNs, covered, runs, bias, deviation } = outcomeOf(stepNs, gap);
    expect(noiseNs).toBe(stepNs);
    expect(Math.abs(bias - 1)).toBeLessThan((4 * deviation) / Math.sqrt(runs) + TAKEN_OFF);
    // Of all timed calls the mean is known better by a step of 100 ns than what is taken off them, and by 5 µs as well.
    if (gap > 0) expect(covered).toBeGreaterThanOrEqual(0.95 * runs);
    else if (stepNs > 100) expect(covered).toBeGreaterThanOrEqual(0.93 * runs);
  });
});

test('some readings of 0 are no reason to time a function hardly any more', () => {
  new FakeClock().install();
  pace[HALF_STEP_NS] = 50_000;
  try {
    const site = makeSite('short');
    const meanOfTen = (): number => {
      for (let i = 0; i < 10; i++) callSync(site, () => {});
      recent.drain();
      return site.tally.meanNs;
    };
    expect([meanOfTen(), meanOfTen()]).toEqual([5000, 2500]);
  } finally {
    pace[HALF_STEP_NS] = 0;
    setClock();
  }
});

test('a clock that stands still, as those of some edge runtimes do, tells nothing', () => {
  const runtime = fileURLToPath(new URL('../../dist/runtime/index.cjs', import.meta.url));
  const program = `
    const moment = process.hrtime.bigint();
    process.hrtime.bigint = function hrtimeBigInt() { return moment; }; // by its text it is taken for Node’s own
    const { performanceReport } = require(${JSON.stringify(runtime)});
    const { enter, exit, first } = globalThis[Symbol.for('tka-perf')].unit(2, 'a.ts', [['a.f', 'function', 1, 0]]);
    for (let i = 0; i < 10; i++) exit(~enter(0, first), 1);
    console.log(performanceReport());
  `;
  const report = execFileSync(process.execPath, ['-e', program], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, TKA_PERF_DIR: temporaryFolder() },
  });
  expect(report).toContain('1. a.f: <1.00ms avg ➡️');
});
