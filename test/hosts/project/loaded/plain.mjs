import { isMainThread, Worker } from 'node:worker_threads';
import legacy from './legacy.cjs';
import lazy from './lazy.js';

console.log(legacy.twice(1), lazy(), isMainThread ? 'main' : 'worker');
if (isMainThread && process.argv[2] === 'worker') {
  const worker = new Worker(new URL(import.meta.url));
  worker.on('exit', (code) => (process.exitCode = code));
}
