/** Argument: `exact` or `sampled`, and the distribution. Prints what of a million calls came out how, as JSON. */
import { setClock } from '../../../runtime/platform/clock.ts';
import { seedRandom } from '../../../runtime/platform/random.ts';
import { PerformanceMonitor } from '../../../runtime/monitor.ts';
import { callSync, makeSite, statsOf } from '../support.ts';
import { uniforms } from './uniforms.ts';

const CALLS = 1_000_000;
const ERRORS_EVERY = 1000;
const [, , way = 'exact', distribution = 'log-normal'] = process.argv;

const uniform = uniforms(7);
const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
const DURATIONS_MS: Readonly<Record<string, () => number>> = {
  'log-normal': () => Math.exp(normal()),
  // Three calls of a hundred miss the cache.
  bimodal: () => (uniform() < 0.03 ? 100 : 1) * Math.exp(0.2 * normal()),
  // Pareto's, of index 2.5: its variance is finite, its skewness is not.
  'heavy-tailed': () => uniform() ** (-1 / 2.5),
};
const draw = DURATIONS_MS[distribution] as () => number;
// Whole nanoseconds, as clocks tell them.
const durations = Float64Array.from({ length: CALLS }, () => Math.round(draw() * 1e6) / 1e6);
const truth = durations.reduce((sum, ms) => sum + ms, 0) / CALLS;
const sorted = durations.toSorted();
const percentile = (q: number): number => sorted[Math.ceil(q * CALLS) - 1] as number;

let nowMs = 1000;
setClock(
  () => nowMs,
  () => 1_800_000_000_000 + nowMs,
);
const monitor = new PerformanceMonitor(false);
const isSampled = way === 'sampled';
const runs = isSampled ? 200 : 1;
const QUANTILES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 };
const misses: Record<keyof typeof QUANTILES, number[]> = { p50: [], p90: [], p95: [], p99: [] };
const averages: number[] = [];
let covered = 0;
let inexact = 0;
let leastTimed = Infinity;

for (let seed = 1; seed <= runs; seed++) {
  seedRandom(seed * 7919);
  nowMs = 1000; // digits of the clock are not what is tested
  const site = makeSite(`f${seed}`, 'function', { memory: false });
  let at = 0;
  let least = Infinity;
  let largest = 0;
  const body = (): void => {
    const ms = durations[at] as number;
    nowMs += ms;
    if (at % ERRORS_EVERY === 1) throw FAILURE;
  };
  const FAILURE = new Error('expected');
  for (at = 0; at < CALLS; at++) {
    // The gap changes, as it does under a budget.
    if (isSampled && at % 100_000 === 1) site.sample([40, 120, 70, 200][(at / 100_000) & 3] as number);
    const before = nowMs;
    try {
      callSync(site, body);
    } catch {
      site.caught(FAILURE);
    }
    least = Math.min(least, nowMs - before);
    largest = Math.max(largest, nowMs - before);
  }
  const stats = statsOf(monitor, site);
  leastTimed = Math.min(leastTimed, stats.timedCalls);
  averages.push(stats.avgExecutionTimeMs);
  const margin = stats.avgExecutionTimeMarginMs ?? 0;
  if (Math.abs(stats.avgExecutionTimeMs - truth) <= margin) covered++;
  const isExact =
    stats.callCount === CALLS &&
    stats.errorCount === CALLS / ERRORS_EVERY &&
    stats.minExecutionTimeMs >= least - 1e-6 &&
    stats.maxExecutionTimeMs <= largest + 1e-6 &&
    (isSampled || (stats.timedCalls === CALLS && Math.abs(stats.maxExecutionTimeMs - largest) < 2e-6));
  if (!isExact) inexact++;
  for (const [name, q] of Object.entries(QUANTILES) as [keyof typeof QUANTILES, number][])
    misses[name].push(Math.abs(stats[`${name}ExecutionTimeMs`] / percentile(q) - 1));
}

const mean = averages.reduce((sum, each) => sum + each, 0) / runs;
const deviation = Math.sqrt(averages.reduce((sum, each) => sum + (each - mean) ** 2, 0) / runs);
process.stdout.write(
  JSON.stringify({
    covered,
    runs,
    bias: mean / truth,
    edge: (4 * deviation) / Math.sqrt(runs) / truth,
    percentiles: Object.fromEntries(
      Object.entries(misses).map(([name, all]) => [name, all.toSorted((a, b) => a - b)[all.length >> 1]]),
    ),
    leastTimed,
    inexact,
    exactMean: Math.abs(mean / truth - 1),
  }),
);
