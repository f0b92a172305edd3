/** A program whose `process` is a stand-in: what each kind of call gives, and what the runtime has counted of it. */
import { getPerformanceMonitor, measure } from '../../../runtime/index.ts';
import { measured, sitesOf } from './instrumented.ts';

const [double, fails] = sitesOf('src/edge.ts', [
  ['src/edge.double', 'function', 1, 0],
  ['src/edge.fails', 'function', 5, 0],
]);

const results: unknown[] = [1, 2, 3].map((n) => measured(double, () => 2 * n));
try {
  measured(fails, () => {
    throw new Error('mine');
  });
} catch (error) {
  results.push((error as Error).message);
}
results.push(
  await measure('waits', async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return 'waited';
  }),
);

const observer = getPerformanceMonitor();
observer.flush();
const calls = ['src/edge.double', 'src/edge.fails', 'waits'].map(
  (name) => observer.getFunctionStats(name)?.callCount,
);
console.log(JSON.stringify([results, calls, observer.diagnostics]));
