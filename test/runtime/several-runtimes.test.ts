/** Several runtimes in one process, as where realms of `vm` have one each. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findRun } from '../../cli/journal/catalog.ts';
import { readProfile } from '../../cli/profile/read-profile.ts';

const RUNTIME = join(import.meta.dirname, '../../dist/runtime/index.cjs');

const PROGRAM = `
const path = ${JSON.stringify(RUNTIME)};
const all = [0, 1, 2].map(() => {
  delete require.cache[path];
  delete globalThis[Symbol.for('tka-perf')];
  return require(path);
});
all.forEach(({ measure }, i) => measure('own' + i, () => i));
let turns = 0;
const turn = () => ++turns < 3 ? setTimeout(turn, 5) : process.stdout.write('done');
turn();
process.on('exit', () => all.forEach(({ measure }) => measure('last', () => 0)));
`;

test('let the program go on, and each writes what it has measured, to the last listener', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tka-several-'));
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', PROGRAM], {
    encoding: 'utf8',
    env: { ...process.env, TKA_PERF_DIR: dir },
    timeout: 20_000,
  });
  expect({ stdout, stderr, status }).toEqual({ stdout: 'done', stderr: '', status: 0 });
  const [run = ''] = readdirSync(dir).filter((name) => !name.startsWith('.'));
  const { functions } = readProfile(findRun(dir, run));
  const calls = Array.from(functions.values(), ({ site, aggregate }) => `${site.name} ${aggregate.calls}`);
  expect(calls.toSorted()).toEqual(['last 3', 'own0 1', 'own1 1', 'own2 1']);
});
