/** A part of one run: what was measured since a moment in it. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { instrument } from '../../transformer/index.ts';
import { BUILT } from '../support/fixtures.ts';
import { runCli, writeTree } from './support.ts';

const folder = join(BUILT, 'since');
const dir = join(folder, 'journal');
let since = '';

const PROGRAM = `
import { getPerformanceMonitor } from 'tka-perf';
getPerformanceMonitor().configure({ flushIntervalMs: 20 });
const turn = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
// @monitor
function load(n) { if (n < 3) throw new Error('early'); return n; }
for (let i = 0; i < 3; i++) try { load(i); } catch {}
await turn(100);
getPerformanceMonitor().flush();
console.log(new Date().toISOString());
await turn(100);
for (let i = 3; i < 8; i++) load(i);
`;

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  writeTree(folder, { 'main.mjs': instrument(PROGRAM, { file: 'main.mjs' })?.code ?? '' });
  const { stdout } = spawnSync(process.execPath, [join(folder, 'main.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', TKA_PERF_DIR: dir },
  });
  since = stdout.trim();
});

test('an error of before is not the last one of it', () => {
  const load = (...options: string[]): object =>
    JSON.parse(runCli(['report', '--json', '--dir', dir, ...options]).stdout).functions[0];
  expect(load()).toMatchObject({ callCount: 8, errorCount: 3, lastError: 'early' });
  expect(load('--since', since)).toMatchObject({ callCount: 5, errorCount: 0, successRate: 1 });
  expect(load('--since', since)).not.toHaveProperty('lastError');
});

test('Prometheus is told how fine its percentiles are', () => {
  const help = (...options: string[]): string | undefined =>
    /Percentiles of the durations, (.*)\./.exec(
      runCli(['export', '--format', 'prometheus', '--dir', dir, ...options]).stdout,
    )?.[1];
  expect([help(), help('--since', since)]).toEqual(['within 1.1 %', 'within 10 %']);
});
