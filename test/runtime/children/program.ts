/** A program with emitted code in it, in several ways of going and ending; the way is the first argument. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, Worker } from 'node:worker_threads';
import { getPerformanceMonitor } from '../../../runtime/index.ts';
import { measured, sitesOf } from './instrumented.ts';

const way = process.argv[2] ?? '';

const sites = sitesOf('src/program.ts', [
  ['src/program.work', 'function', 1, 0],
  ['src/program.fail', 'function', 5, 0, { memory: false }],
  ['src/program.outer', 'function', 9, 0],
]);

function work(): number {
  return measured(sites[0], () => Math.sqrt(2));
}

function fail(): never {
  return measured(sites[1], function fail(): never {
    throw new Error('nobody catches this');
  });
}

function journalBytes(): number {
  const dir = process.env['TKA_PERF_DIR'] ?? '';
  if (!existsSync(dir)) return 0;
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.tkap'),
  );
  return files.reduce((sum, file) => sum + statSync(join(dir, file)).size, 0);
}

for (let i = 0; i < 1000; i++) work();

let worker: Worker | undefined;
switch (way) {
  case 'exit-code':
    process.exit(3);
    break;
  case 'uncaught':
    fail();
    break;
  case 'rejected':
    void measured(sites[1], () => Promise.reject(new Error('nobody handles this')));
    break;
  case 'killed-in-sync-work':
    getPerformanceMonitor().configure({ flushIntervalMs: 20 });
    measured(sites[2], () => {
      // Until it has been written some times, however slow the machine is.
      const sizes = new Set<number>();
      const until = Date.now() + 30_000;
      while (sizes.size < 6 && Date.now() < until) {
        for (let i = 0; i < 1000; i++) work();
        sizes.add(journalBytes());
      }
      process.kill(process.pid, 'SIGKILL');
      for (;;);
    });
    break;
  case 'worker':
    // Node 20 knows no TypeScript in a worker.
    if (isMainThread) {
      const load = `import('tsx/esm/api').then(({ register }) => (register(), import('${import.meta.url}')))`;
      worker = new Worker(load, { eval: true, argv: ['worker'] });
    }
    break;
  case 'prints':
    process.stdout.write(
      `${getPerformanceMonitor().getFunctionStats('src/program.work')?.callCount ?? 'none'} done ${JSON.stringify(process.env['TKA_PERF_RUN'])}\n`,
    );
    break;
}
worker?.once('error', () => process.exit(9));
