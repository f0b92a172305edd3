/** What a program lets go of within one job, or a chain of microtasks, is not kept by the runtime until a later turn. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { instrument } from '../transformer/index.ts';
import { BUILT } from './support/fixtures.ts';

const folder = join(BUILT, 'held-memory');
/** Much more than the programs need, and much less than what they make. */
const HEAP_MB = 64;

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
});

test.each([
  [
    'errors that are caught in one job',
    'job',
    `// @monitor
function fails(i) { throw new Error('no ' + i); }
let caught = 0;
for (let i = 0; i < 400_000; i++) try { fails(i); } catch { caught++; }
console.log(caught === 400_000);`,
  ],
  [
    'what hangs on errors that are caught',
    'heavy',
    `// @monitor
function fails(i) { const error = new Error('no ' + i); error.rows = new Array(400_000).fill(i + 0.5); throw error; }
// @monitor
function attempt(i) { try { fails(i); } catch { return 1; } }
let caught = 0;
for (let i = 0; i < 200; i++) caught += attempt(i);
console.log(caught === 200);`,
  ],
  [
    'values of promises that are awaited one after the other',
    'chain',
    `// @monitor
function load(i) { return Promise.resolve(new Array(12_500).fill(i)); }
let sum = 0;
for (let i = 0; i < 3_000; i++) sum += (await load(i)).length;
console.log(sum === 3_000 * 12_500);`,
  ],
  [
    'values of promises that nobody awaits, in one job',
    'dropped',
    `// @monitor
function load(i) { return Promise.resolve(new Array(12_500).fill(i)); }
for (let i = 0; i < 3_000; i++) load(i);
console.log(true);`,
  ],
  [
    'promises that are dropped before they settle',
    'pending',
    `// @monitor
function load(i) { const rows = new Array(12_500).fill(i); return new Promise((resolve) => { rows.push(resolve); }); }
for (let i = 0; i < 10; i++) load(i);
await new Promise((resolve) => setTimeout(resolve, 200)); // it is expected to be pending from now on
for (let i = 0; i < 3_000; i++) load(i);
console.log(true);`,
  ],
  [
    'values of promises that settle together',
    'together',
    `// @monitor
function load() { let settle; const promise = new Promise((resolve) => { settle = resolve; }); settles.push(settle); return promise; }
const settles = [];
for (let i = 0; i < 3_000; i++) load();
await new Promise((resolve) => setTimeout(resolve, 200));
while (settles.length > 0) { settles.pop()(new Array(12_500).fill(1)); await null; }
console.log(true);`,
  ],
])('%s', (_, name, program) => {
  const file = `${name}.mjs`;
  writeFileSync(join(folder, file), instrument(program, { file })?.code ?? '');
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [`--max-old-space-size=${HEAP_MB}`, join(folder, file)],
    { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '', TKA_PERF_DIR: join(folder, 'journal') } },
  );
  expect({ stdout, stderr, status }).toEqual({ stdout: 'true\n', stderr: '', status: 0 });
});
