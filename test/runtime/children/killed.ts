/**
 * Calls for ever, on a clock that the calls move, and tells the truth through stdout before each batch: how many calls
 * there will have been after it. Waits to be killed.
 */
import { writeSync } from 'node:fs';
import { setClock } from '../../../runtime/platform/clock.ts';
import { getPerformanceMonitor } from '../../../runtime/index.ts';
import { begun, measured, sitesOf } from './instrumented.ts';

const [, , perInterval = '1000', batch = '100'] = process.argv;
const INTERVAL_MS = 20;
const stepMs = INTERVAL_MS / Number(perInterval);
let nowMs = 1000;
setClock(
  () => nowMs,
  () => 1_700_000_000_000 + nowMs,
);
getPerformanceMonitor().configure({ flushIntervalMs: INTERVAL_MS });
const names = Array.from({ length: 50 }, (_, i) => `src/killed.f${i}`);
const sites = sitesOf(
  'src/killed.ts',
  ['src/killed.waits', ...names].map((name, i) => [
    name,
    i === 0 ? 'async' : 'function',
    i + 1,
    0,
    { memory: false },
  ]),
);
begun(sites[0]);
for (let calls = 0; ;) {
  writeSync(1, `${calls + Number(batch)}\n`);
  for (let i = 0; i < Number(batch); i++, calls++) {
    nowMs += stepMs;
    try {
      measured(sites[1 + (calls % 50)], () => {
        if (calls % 7 === 0) throw new Error(`call ${calls}`);
      });
    } catch {
      // counted
    }
  }
}
