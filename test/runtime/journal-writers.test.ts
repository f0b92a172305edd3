/** Processes and threads that write at the same time are one run, merged to the last call. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { findRun } from '../../cli/journal/catalog.ts';
import { readProfile } from '../../cli/profile/read-profile.ts';
import { bundleChild, times } from '../support/bundle.ts';

const PROCESSES = 8;
const THREADS = 4;
const CALLS = times(50_000, 1_000_000);

let child: ReturnType<typeof bundleChild>;
let home: string;
beforeAll(() => {
  child = bundleChild(fileURLToPath(new URL('children/many.ts', import.meta.url)));
});
afterAll(() => child.remove());
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tka-perf-many-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function run(env: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, [child.path, String(THREADS), String(CALLS)], {
      env: { ...process.env, TKA_PERF_DIR: home, TKA_PERF_RUN: 'r', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = '';
    running.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
    running.once('error', reject);
    running.once('close', (code) => (code === 0 ? resolve(told) : reject(new Error(`exit code ${code}`))));
  });
}

test.each(['1%', 'exact'])(
  `${PROCESSES} processes of ${THREADS} threads with ${CALLS} calls each, budget %s`,
  { timeout: 240_000 },
  async (budget) => {
    const told = await Promise.all(Array.from({ length: PROCESSES }, () => run({ TKA_PERF_BUDGET: budget })));
    const profile = readProfile(findRun(home, 'r'));
    expect(profile.dropped).toEqual([]);
    expect(profile.writers.map(({ state }) => state)).toEqual(Array(PROCESSES * THREADS).fill('ended'));
    // A run that goes on into the next minute has files of minutes too.
    const segments = readdirSync(join(home, 'r')).filter((name) => /\.\d+\.tkap$/.test(name));
    expect(segments).toHaveLength(PROCESSES * THREADS);
    const lines = told.flatMap((text) => text.trim().split('\n'));
    expect(lines).toHaveLength(PROCESSES * THREADS);
    const own = lines.flatMap((line) => JSON.parse(line) as [string, number, number, number][]);
    for (const [name, calls, errors] of [
      ['src/many.add', CALLS * PROCESSES * THREADS, 0],
      ['src/many.fail', (CALLS / 1000) * PROCESSES * THREADS, (CALLS / 1000) * PROCESSES * THREADS],
    ] as const) {
      const merged = profile.functions.get(name)?.aggregate;
      expect(merged).toMatchObject({ calls, errors });
      const timed = own.filter(([of]) => of === name).reduce((sum, [, , , count]) => sum + count, 0);
      expect(merged?.timed).toBe(timed);
      const { counts, zeroCount } = merged?.histogram ?? { counts: [], zeroCount: 0 };
      const weights = counts.reduce((sum, count) => sum + count, zeroCount);
      expect(weights).toBe(merged?.represented ?? merged?.timed);
    }
  },
);
