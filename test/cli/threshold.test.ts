/** Functions whose calls are nearly all faster than their threshold: what their numbers say, by way of a journal. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { instrument } from '../../transformer/index.ts';
import { BUILT } from '../support/fixtures.ts';
import { runCli, writeTree } from './support.ts';

const folder = join(BUILT, 'threshold');
const dir = join(folder, 'journal');

const PROGRAM = `
import 'tka-perf';
// @monitor threshold=10s
function quick(n) { return n + 1; }
// @monitor threshold=10s
function failing(n) { if (n % 3 === 0) throw new Error('third'); return n; }
let sum = 0, errors = 0;
for (let i = 0; i < 300_000; i++) sum = quick(sum);
for (let i = 0; i < 30_000; i++) try { sum += failing(i); } catch { errors++; }
console.log(sum > 0, errors);
`;

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  writeTree(folder, {
    'main.mjs': instrument(PROGRAM, { file: 'main.mjs' })?.code ?? '',
  });
  const { stdout, stderr } = spawnSync(process.execPath, [join(folder, 'main.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', TKA_PERF_DIR: dir, TKA_PERF_RUN: 'r' },
  });
  if (stdout !== 'true 10000\n' || stderr !== '') throw new Error(stdout + stderr);
});

describe('of calls below a threshold', () => {
  const functions = (...options: string[]): Record<string, AggregateMetrics> => {
    const { stdout } = runCli(['report', '--json', '--dir', dir, ...options]);
    const { functions: all } = JSON.parse(stdout) as { readonly functions: readonly AggregateMetrics[] };
    return Object.fromEntries(all.map((each) => [each.functionName, each]));
  };

  test.each([[], ['--since', '1h']])(
    'some are timed, as of any other calls, and the rest is told to be estimated',
    (...options) => {
      const { 'main.quick': quick, 'main.failing': failing } = functions(...options);
      // Were all of them timed, nothing would be estimated.
      expect(quick).toMatchObject({ callCount: 0, callCountEstimated: true, belowThresholdCalls: 300_000 });
      expect(failing).toMatchObject({ callCountEstimated: true, errorCount: 10_000 });
      expect(failing?.callCount).toBeGreaterThanOrEqual(10_000);
      expect((failing?.callCount ?? 0) + (failing?.belowThresholdCalls ?? 0)).toBe(30_000);
    },
  );

  test('the report has the sign at the calls, and says what is exact', () => {
    const { stdout } = runCli(['report', '--dir', dir]);
    expect(stdout).toMatch(/^main\.quick +~0 +–/m);
    expect(stdout).toMatch(/^main\.failing +[~?]\d\d,\d{3} .* 10,000 /m);
    expect(stdout).toMatch(
      /^~ estimated from [\d,]+ timed of [\d,]+ calls; other calls and errors are exact$/m,
    );
    expect(stdout).toMatch(/^~3\d\d,\d{3} calls below the threshold of their functions are in no number$/m);
    expect(runCli(['report', '--dir', dir, '--filter', 'main.quick']).stdout).toContain(
      '\n~ estimated; errors are exact\n~300,000 calls below the threshold',
    );
  });

  test('their sums have it too', () => {
    const page = runCli(['report', '--html', '-', '--dir', dir]).stdout;
    expect(page).toMatch(/<dt>calls<\/dt><dd>[~?]\d\d,\d{3}<\/dd>/);
    const frame = runCli(['dashboard', '--frames', '1', '--dir', dir]).stdout;
    expect(frame).toMatch(/^2 functions · ~\d\d,\d{3} calls · /m);
  });

  test('CSV has a column for it', () => {
    const [titles = '', ...rows] = runCli(['export', '--format', 'csv', '--dir', dir]).stdout.split('\r\n');
    const at = titles.split(',').indexOf('callCountEstimated');
    expect(rows.find((row) => row.startsWith('main.quick,'))?.split(',')[at]).toBe('true');
  });
});
