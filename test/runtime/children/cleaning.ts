/** A program that begins a run. `lives`: until no run of 2020 is left. */
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { getPerformanceMonitor } from '../../../runtime/index.ts';
import { measured, sitesOf } from './instrumented.ts';

const dir = process.env['TKA_PERF_DIR'] ?? '';
const monitor = getPerformanceMonitor();
const [site] = sitesOf('src/s.ts', [['src/s.work', 'function', 1, 0]]);

monitor.configure({ flushIntervalMs: 20 });
measured(site, () => 0);
if (process.argv[2] === 'lives')
  while (readdirSync(dir).some((name) => name.startsWith('2020'))) await sleep(20);
process.stdout.write(JSON.stringify(monitor.diagnostics));
