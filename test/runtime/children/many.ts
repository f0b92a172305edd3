/** One process with worker threads; each makes its calls, of which every 1,000th fails, and tells how many. */
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { getPerformanceMonitor } from '../../../runtime/index.ts';
import { measured, sitesOf } from './instrumented.ts';

const threads = Number(process.argv[2]);
const calls = Number(process.argv[3]);

function work(): void {
  const [add, fail] = sitesOf('src/many.ts', [
    ['src/many.add', 'function', 1, 0],
    ['src/many.fail', 'function', 2, 0],
  ]);
  getPerformanceMonitor().configure({ flushIntervalMs: 50 });
  for (let i = 1; i <= calls; i++) {
    measured(add, () => i + 1);
    if (i % 1000 !== 0) continue;
    try {
      measured(fail, () => {
        throw new Error('every thousandth');
      });
    } catch {
      // counted
    }
  }
  // The sums of each writer, as it knows them itself: the reader must find their sum.
  const { aggregates } = getPerformanceMonitor().snapshot();
  process.stdout.write(
    `${JSON.stringify(aggregates.map(({ functionName, callCount, errorCount, timedCalls }) => [functionName, callCount, errorCount, timedCalls]))}\n`,
  );
}

if (isMainThread && threads > 1) {
  for (let i = 1; i < threads; i++)
    new Worker(new URL(import.meta.url), { workerData: i, argv: process.argv.slice(2) }).once('error', () => {
      process.exitCode = 9;
    });
}
if (isMainThread || workerData !== null) work();
