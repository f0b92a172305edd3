/** What a clock that goes by steps has told, by way of a journal. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { runCli, temporaryFolder, writeTree } from './support.ts';

const runtime = fileURLToPath(new URL('../../dist/runtime/index.cjs', import.meta.url));

/** By a clock of its own: a reading takes 40 ns of it, on the busiest machine. Short calls begin anywhere in a step, the others with one. */
const PROGRAM = `
let ns = process.hrtime.bigint();
// By its text it is taken for Node’s own.
process.hrtime.bigint = function hrtimeBigInt() { ns += 40n; return ns - (ns % 100_000n); };
require(${JSON.stringify(runtime)});
const names = ['short', 'nothing'].map((name, i) => ['a.' + name, 'function', i + 1, 0]);
const { enter, exit, first } = globalThis[Symbol.for('tka-perf')].unit(2, 'a.js', names);
for (let i = 0; i < 2000; i++) {
  ns += BigInt((i * 7919) % 100) * 1_000n;
  const token = enter(0, first);
  ns += 20_000n;
  exit(~token, 1);
  ns -= ns % 100_000n;
  exit(~enter(1, first), 1);
}
`;

test('a mean is told finer than a call, and says how far it may be off where every call was timed', () => {
  const folder = temporaryFolder();
  const dir = join(folder, 'journal');
  writeTree(folder, { 'main.cjs': PROGRAM });
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'main.cjs')], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, TKA_PERF_DIR: dir, TKA_PERF_BUDGET: 'exact' },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });

  const functionsOf = (...options: string[]): Record<string, AggregateMetrics> => {
    const { stdout } = runCli(['report', '--json', '--dir', dir, ...options]);
    const { functions } = JSON.parse(stdout) as { readonly functions: readonly AggregateMetrics[] };
    return Object.fromEntries(functions.map((each) => [each.functionName, each]));
  };
  const { 'a.short': short, 'a.nothing': nothing } = functionsOf();
  for (const each of [short, nothing])
    expect(each).toMatchObject({ callCount: 2000, timedCalls: 2000, noiseMs: 0.1 });
  expect(short?.avgNoiseMs).toBeLessThan(0.01);
  expect(short?.avgExecutionTimeMs).toBeGreaterThan(0.01);
  expect(short?.avgExecutionTimeMarginMs).toBeGreaterThan(0);
  expect(functionsOf('--since', '1h')['a.short']).toMatchObject({
    avgExecutionTimeMarginMs: short?.avgExecutionTimeMarginMs,
  });

  const rowOf = (name: string): string => {
    const { stdout } = runCli(['report', '--dir', dir, '--filter', name]);
    return stdout.slice(stdout.indexOf(`\n${name}`)).split('\n\n')[0] ?? '';
  };
  expect(rowOf('a.nothing')).toMatch(/^\na\.nothing +2,000 +<\S+ ?\S+ +<\S+s .*<100µs/);
  // Its mean is told; its median is not, and the note says what the sign means.
  expect(rowOf('a.short')).toMatch(
    /^\na\.short +2,000 +\d.* \d\S+µs .*<100µs[^]*\n< shorter than the clock can tell/,
  );
});

test('of several processes each tells how fine its clock was, as much as it has timed', () => {
  const folder = temporaryFolder();
  const dir = join(folder, 'journal');
  const fine = PROGRAM.replace('ns - (ns % 100_000n)', 'ns').replace('i < 2000', 'i < 40_000');
  writeTree(folder, { 'coarse.cjs': PROGRAM, 'fine.cjs': fine });
  for (const name of ['coarse.cjs', 'fine.cjs']) {
    const env = { ...process.env, TKA_PERF_DIR: dir, TKA_PERF_BUDGET: 'exact', TKA_PERF_RUN: 'both' };
    expect(spawnSync(process.execPath, [join(folder, name)], { timeout: 60_000, env }).status).toBe(0);
  }
  const { functions } = JSON.parse(runCli(['report', '--json', '--dir', dir]).stdout) as {
    readonly functions: readonly AggregateMetrics[];
  };
  const short = functions.find(({ functionName }) => functionName === 'a.short');
  expect(short).toMatchObject({ callCount: 42_000, timedCalls: 42_000 });
  expect(short?.noiseMs).toBeLessThan(0.02);
});
