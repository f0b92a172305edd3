/**
 * Arguments: step of the clock in nanoseconds, calls to a timed one. A clock that is read in 25 ns and goes by such steps;
 * calls of 5 µs on average. Prints how the averages of many runs came out, as JSON.
 */
import { calibrate, noiseNs } from '../../../runtime/budget/calibration.ts';
import { now, setClock } from '../../../runtime/platform/clock.ts';
import { seedRandom } from '../../../runtime/platform/random.ts';
import { PerformanceMonitor } from '../../../runtime/monitor.ts';
import { callSync, makeSite, statsOf } from '../support.ts';
import { uniforms } from './uniforms.ts';

const RUNS = 200;
const CALLS = 10_000;
const READING_MS = 25e-6;
const MEAN_MS = 5e-3;
const stepMs = Number(process.argv[2]) / 1e6;
const gap = Number(process.argv[3]);

const uniform = uniforms(11);
let trueMs = 1000;
setClock(
  () => {
    trueMs += READING_MS;
    return Math.floor(trueMs / stepMs) * stepMs;
  },
  () => 1_800_000_000_000 + trueMs,
);
/** As a program's time goes by. */
for (let i = 0; i < 40; i++) {
  trueMs += 300 * uniform();
  calibrate(now());
}
const monitor = new PerformanceMonitor(false);
const averages: number[] = [];
let covered = 0;
for (let seed = 1; seed <= RUNS; seed++) {
  seedRandom(seed * 7919);
  const site = makeSite(`f${seed}`, 'function', { memory: false });
  let totalMs = 0;
  const body = (): void => {
    const ms = -MEAN_MS * Math.log(uniform());
    totalMs += ms;
    trueMs += ms;
  };
  for (let i = 0; i < CALLS; i++) {
    if (i === 1 && gap > 0) site.sample(gap);
    trueMs += MEAN_MS * uniform();
    callSync(site, body);
  }
  const { avgExecutionTimeMs, avgExecutionTimeMarginMs = 0 } = statsOf(monitor, site);
  averages.push(avgExecutionTimeMs / (totalMs / CALLS));
  if (Math.abs(avgExecutionTimeMs - totalMs / CALLS) <= avgExecutionTimeMarginMs) covered++;
}
const bias = averages.reduce((sum, each) => sum + each, 0) / RUNS;
const deviation = Math.sqrt(averages.reduce((sum, each) => sum + (each - bias) ** 2, 0) / RUNS);
process.stdout.write(JSON.stringify({ noiseNs, covered, runs: RUNS, bias, deviation }));
