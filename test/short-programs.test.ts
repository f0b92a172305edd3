/**
 * What is estimated while all code is new to V8. It compiles the runtime's functions among the first thousands of calls, a
 * millisecond and more at a time, and does so where one of them returns: were that between a call's two readings of the
 * clock, hundreds of counted calls would be taken to be as slow.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { instrument } from '../transformer/index.ts';
import { BUILT } from './support/fixtures.ts';

const PROCESSES = 9;
/** V8 compiles on the main thread then, so that each time is met, and takes long. */
const ONE_THREAD = '--no-concurrent-recompilation';
const folder = join(BUILT, 'short-programs');

/** A loop of calls that take next to nothing. Prints their estimated total as a share of what the loop took. */
const program = (access: string): string => `
${access}
// @monitor
function add(a, b) { return a + b; }
let sum = 0;
const begin = performance.now();
for (let i = 0; i < 100_000; i++) sum = add(sum, i);
const tookMs = performance.now() - begin;
const [{ totalExecutionTimeMs, timedCalls }] = getPerformanceMonitor().snapshot().aggregates;
console.log(timedCalls < 100_000 && timedCalls > 0 ? totalExecutionTimeMs / tookMs : 'not sampled');
`;

test.each([
  ['main.mjs', `import { getPerformanceMonitor } from 'tka-perf';`],
  ['main.cjs', `const { getPerformanceMonitor } = require('tka-perf');`],
])('the calls of a short program, %s, are estimated at what they took', (file, access) => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), instrument(program(access), { file })?.code ?? '');
  const shares = Array.from({ length: PROCESSES }, () => {
    const { stdout, stderr } = spawnSync(process.execPath, [ONE_THREAD, join(folder, file)], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', TKA_PERF_DIR: join(folder, 'journal') },
    });
    expect(stderr).toBe('');
    return Number(stdout);
  });
  expect(shares).not.toContain(Number.NaN);
  // Most of what the loop takes is measuring. The median: some may be interrupted just there.
  expect(shares.toSorted((a, b) => a - b)[PROCESSES >> 1]).toBeLessThan(0.2);
});
