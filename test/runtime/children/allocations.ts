/** Prints what first calls allocated by their samples: of a body that does nothing, and of one that makes objects. */
import { PerformanceMonitor } from '../../../runtime/monitor.ts';
import { setClock } from '../../../runtime/platform/clock.ts';
import { measured, sitesOf } from './instrumented.ts';

const CALLS = 41;
const kept: object[][] = [];

// Samples are rationed by what they take. By a clock that stands still that is nothing, on the slowest machine.
setClock(
  () => 1000,
  () => 1.8e12,
);

/** The median: the very first ones compile what they run. */
function medianAllocated(name: string, body: () => unknown): number {
  const monitor = new PerformanceMonitor(false);
  const names = Array.from({ length: CALLS }, (_, i) => `src/allocations.${name}${i}`);
  const sites = sitesOf(
    `src/${name}.ts`,
    names.map((each) => [each, 'function', 1, 0, { memory: true }]),
  );
  sites.forEach((site) => measured(site, body));
  const bytes = names.map((each) => monitor.getFunctionStats(each)?.avgAllocatedBytes ?? 0);
  return bytes.toSorted((a, b) => a - b)[CALLS >> 1] ?? Number.NaN;
}

const nothing = medianAllocated('nothing', () => 1);
const objects = medianAllocated('objects', () => {
  // Some 100 kB, each object 12 to 40 bytes by the version of V8.
  kept.push(Array.from({ length: 5000 }, (_, i) => ({ i })));
});
process.stdout.write(JSON.stringify({ nothing, objects }));
process.exit();
