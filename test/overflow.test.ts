/** Async recursion without an end, which the program catches: no promise is left without a handler. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { instrument } from '../transformer/index.ts';
import { BUILT } from './support/fixtures.ts';

const CODE = `
const node = {};
node.next = node;
async function awaits(node) { await awaits(node.next); }
async function returns(node) { return returns(node.next); }
const calls = (node) => isCalled(node);
async function isCalled(node) { await calls(node.next); }
async function* iterates(node) { for await (const each of iterates(node.next)) yield each; }
// From another depth each time.
const deeper = (depth, run) => (depth > 0 ? deeper(depth - 1, run) : run(node));
let unhandled = 0;
process.on('unhandledRejection', () => unhandled++);
async function main() {
  for (const run of [awaits, returns, calls, (node) => iterates(node).next()]) {
    let caught = 0;
    for (let depth = 0; depth < 30; depth++) await deeper(depth, run).catch(() => caught++);
    await new Promise((resolve) => setTimeout(resolve, 1));
    console.log(caught, unhandled);
  }
}
void main();
`;

test.each([['0.01'], ['exact']])('with a budget of %s', (budget) => {
  const folder = join(BUILT, `overflow-${budget}`);
  const dir = mkdtempSync(join(tmpdir(), 'tka-overflow-'));
  mkdirSync(folder, { recursive: true });
  const file = 'main.cjs';
  writeFileSync(join(folder, file), instrument(CODE, { file, functions: 'all' })?.code ?? '');
  const { stdout, status } = spawnSync(process.execPath, [join(folder, file)], {
    encoding: 'utf8',
    maxBuffer: 1 << 28, // V8 tells on stderr of each handler that it could not tell Node of
    env: { ...process.env, TKA_PERF_DIR: dir, TKA_PERF_BUDGET: budget },
  });
  rmSync(dir, { recursive: true });
  expect({ stdout, status }).toEqual({ stdout: '30 0\n'.repeat(4), status: 0 });
});
