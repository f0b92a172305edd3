/** Programs that begin from a startup snapshot, in which marked functions have been called. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';
import { instrument } from '../../transformer/index.ts';
import { contentsOf } from '../support/journal.ts';

const PROGRAM = `
const { startupSnapshot } = require('node:v8');
// @monitor
function add(a, b) { return a + b; }
// @monitor
async function wait(ms) { await new Promise((resolve) => setTimeout(resolve, ms)); }
for (let i = 0; i < 10; i++) add(i, i);
startupSnapshot.setDeserializeMainFunction(async () => {
  for (let i = 0; i < 1000; i++) add(i, i);
  for (let i = 0; i < 3; i++) await wait(20);
  setTimeout(() => console.log('the last timer'), 50);
});
`;

/** Runs Node in a folder. Returns what it has printed. */
function node(cwd: string, env: NodeJS.ProcessEnv, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
  });
  expect([status, stderr.replace(/^.*Warning.*\n.*\n/, '')]).toEqual([0, '']);
  return stdout;
}

test.each([
  ['', 'each process is measured from its beginning, and ends when it would without us'],
  ['off', 'switched off while it is made, none of them is measured'],
])('TKA_PERF=%s: %s', (made) => {
  const folder = mkdtempSync(join(tmpdir(), 'tka-perf-snapshot-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'package.json'), '{}');
  buildSync({
    stdin: {
      contents: instrument(PROGRAM, { file: 'app.cjs', root: '/' })?.code ?? '',
      resolveDir: folder,
    },
    outfile: join(folder, 'app.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    alias: { 'tka-perf': join(import.meta.dirname, '../../runtime/index.ts') },
    logLevel: 'error',
  });
  node(folder, { TKA_PERF: made }, '--snapshot-blob', 'app.blob', '--build-snapshot', 'app.cjs');
  expect(readdirSync(folder)).not.toContain('.tka-perf');
  for (const run of ['one', 'two']) {
    const dir = join(folder, run);
    const env = { TKA_PERF_DIR: dir, TKA_PERF_BUDGET: 'exact' };
    expect(node(folder, env, '--snapshot-blob', 'app.blob')).toBe('the last timer\n');
    if (made === 'off') {
      expect(readdirSync(folder)).not.toContain(run);
      continue;
    }
    const contents = Object.values(contentsOf(dir));
    expect(contents.map(({ end }) => end)).toMatchObject([{ reason: 'exit', exitCode: 0 }]);
    expect(contents.map(({ functions }) => functions.get('app.add')?.calls)).toEqual([1000]);
    expect(contents.map(({ functions }) => functions.get('app.wait')?.calls)).toEqual([3]);
  }
});
