/**
 * What is estimated while all code is new to V8. It compiles the runtime's functions among the first thousands of calls, a
 * millisecond and more at a time, and does so where one of them returns: were that between a call's two readings of the
 * clock, hundreds of counted calls would be taken to be as slow.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { instrument } from '../transformer/index.ts';
import { BUILT } from './support/fixtures.ts';

const PROCESSES = 9;
const LASTING_PROCESSES = 5;
/** V8 compiles on the main thread then, so that each time is met, and takes long. */
const ONE_THREAD = '--no-concurrent-recompilation';
const folder = join(BUILT, 'short-programs');
beforeAll(() => rmSync(folder, { recursive: true, force: true }));

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

/** What some processes of a program print. */
function sharesOf(file: string, program: string, processes: number, ...flags: string[]): number[] {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), instrument(program, { file })?.code ?? '');
  return Array.from({ length: processes }, () => {
    const { stdout, stderr } = spawnSync(process.execPath, [...flags, join(folder, file)], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', TKA_PERF_DIR: join(folder, 'journal') },
    });
    expect(stderr).toBe('');
    return Number(stdout);
  });
}

test.each([
  ['main.mjs', `import { getPerformanceMonitor } from 'tka-perf';`],
  ['main.cjs', `const { getPerformanceMonitor } = require('tka-perf');`],
])('the calls of a short program, %s, are estimated at what they took', (file, access) => {
  const shares = sharesOf(file, program(access), PROCESSES, ONE_THREAD);
  expect(shares).not.toContain(Number.NaN);
  // Most of what the loop takes is measuring. The median: some may be interrupted just there.
  expect(shares.toSorted((a, b) => a - b)[PROCESSES >> 1]).toBeLessThan(0.2);
});

/**
 * Calls that outlive their stack, one behind the other. Prints their mean as a share of that of the same calls, not measured, of
 * which one in so many is timed by hand: nothing of it, either, is in a cache, and how slow that is depends on the machine.
 */
const lasting = (declaration: string, call: string): string => `
const { getPerformanceMonitor } = require('tka-perf');
// @monitor
${declaration}
${declaration.replace('f(', 'plain(')}
(async () => {
  for (let i = 0; i < 2_000_000; i++) ${call}
  const [{ avgExecutionTimeMs, timedCalls }] = getPerformanceMonitor().snapshot().aggregates;
  let byHandMs = 0;
  let times = 0;
  for (let i = 0; i < 2_000_000; i++) {
    if (i % 907 > 0) ${call.replace('f(', 'plain(')}
    else {
      const begin = performance.now();
      ${call.replace('f(', 'plain(')}
      byHandMs += performance.now() - begin;
      times++;
    }
  }
  console.log(timedCalls < 200_000 ? avgExecutionTimeMs / (byHandMs / times) : 'not sampled');
})();`;

test.each([
  ['async functions', lasting('async function f(i) { await null; return i; }', 'await f(i);')],
  ['generators', lasting('function* f(i) { yield i; }', 'for (const _ of f(i));')],
])('the calls of %s are estimated at what they took', (name, program) => {
  const shares = sharesOf(`${name.replace(' ', '-')}.cjs`, program, LASTING_PROCESSES);
  expect(shares).not.toContain(Number.NaN);
  expect(shares.toSorted((a, b) => a - b)[LASTING_PROCESSES >> 1]).toBeLessThan(2);
});
