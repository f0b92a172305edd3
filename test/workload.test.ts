import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FIXTURES } from './support/fixtures.ts';

const START = join(FIXTURES, '../examples/zod-workload/start.mjs');

function start(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [START, '--skip-build', ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

test(
  'the workload on zod’s sources does the same without tka-perf, and reports at least 100 functions with it',
  { timeout: 240_000 },
  () => {
    const plain = start('--plain');
    const instrumented = start();
    expect(plain).toContain('booked, turnover');
    expect(instrumented.slice(0, plain.length)).toBe(plain);
    const report = instrumented.slice(plain.length);
    expect(Number(/Functions Monitored: (\d+)/.exec(report)?.[1])).toBeGreaterThanOrEqual(100);
    expect(report).toContain('src/intake.Intake.reserve: 261 errors, the last: out of stock');
  },
);
