import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { JOURNAL_VERSION } from '../../runtime/format/record.ts';
import { contentsOf, type JournalContent } from '../support/journal.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tka-perf-journal-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const program = fileURLToPath(new URL('children/program.ts', import.meta.url));

function run(way: string, env: Readonly<Record<string, string>> = {}): SpawnSyncReturns<string> {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('TKA_PERF')),
  );
  return spawnSync(process.execPath, ['--import', 'tsx', program, way], {
    encoding: 'utf8',
    env: { ...inherited, TKA_PERF_DIR: join(home, '.tka-perf'), TKA_PERF_BUDGET: 'exact', ...env },
  });
}

function onlyFile(): JournalContent {
  const [content, ...more] = Object.values(contentsOf(join(home, '.tka-perf')));
  expect(more).toEqual([]);
  if (content === undefined) throw new Error('no file');
  return content;
}

describe('the journal of a process', () => {
  test('has its head, the sites, exact sums, each recent metric and the end', () => {
    const child = run('ends');
    expect([child.status, child.stdout, child.stderr]).toEqual([0, '', '']);
    const { head, end, functions, sites, metrics } = onlyFile();
    expect(head).toMatchObject({
      v: JOURNAL_VERSION,
      thread: 0,
      node: process.version,
      platform: process.platform,
    });
    expect(end).toMatchObject({ reason: 'exit', exitCode: 0 });
    expect(functions.get('src/program.work')).toMatchObject({
      calls: 1000,
      timed: 1000,
      errors: 0,
      inFlight: 0,
    });
    expect(sites[0]).toMatchObject({ file: 'src/program.ts', line: 1, kind: 'function' });
    expect(metrics).toHaveLength(1000);
    expect(Math.abs((metrics[0]?.at ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test('is private, and ignored by git', () => {
    run('ends');
    const root = join(home, '.tka-perf');
    const dir = join(root, readdirSync(root).find((entry) => !entry.startsWith('.')) ?? '');
    expect(statSync(root).mode & 0o777).toBe(0o700);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dir, readdirSync(dir)[0] ?? '')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(root, '.gitignore'), 'utf8')).toBe('*\n');
  });

  test('has the exit code of process.exit', () => {
    expect(run('exit-code').status).toBe(3);
    expect(onlyFile().end).toMatchObject({ reason: 'exit', exitCode: 3 });
  });

  test('has the error that nobody caught, which Node reports as ever', () => {
    const child = run('uncaught');
    expect(child.status).toBe(1);
    expect(child.stderr).toContain('Error: nobody catches this');
    const { functions, end } = onlyFile();
    expect(functions.get('src/program.fail')).toMatchObject({
      calls: 1,
      errors: 1,
      lastError: 'nobody catches this',
    });
    expect(end).toMatchObject({ reason: 'error', detail: 'nobody catches this', exitCode: 1 });
  });

  test('has the rejection that nobody handled, and Node ends the process for it as ever', () => {
    const child = run('rejected');
    expect(child.status).toBe(1);
    expect(child.stderr).toContain('Error: nobody handles this');
    expect(onlyFile().functions.get('src/program.fail')).toMatchObject({
      errors: 1,
      lastError: 'nobody handles this',
    });
  });

  test('is written inside of long synchronous work, the call on the stack in flight, and survives SIGKILL', () => {
    expect(run('killed-in-sync-work').signal).toBe('SIGKILL');
    const { flushes, end, functions } = onlyFile();
    expect(flushes).toBeGreaterThan(3);
    expect(end).toBeUndefined();
    expect(functions.get('src/program.work')?.calls).toBeGreaterThan(1000);
    expect(functions.get('src/program.outer')).toMatchObject({ calls: 0, inFlight: 1 });
  });

  test('a worker thread writes a file of its own in the same run', () => {
    expect(run('worker').status).toBe(0);
    const files = Object.values(contentsOf(join(home, '.tka-perf')));
    expect(files.map(({ head }) => head.thread).toSorted()).toEqual([0, expect.any(Number)]);
    for (const { functions } of files) expect(functions.get('src/program.work')?.calls).toBe(1000);
  });

  test('takes the run from the environment, else makes one and hands it on there', () => {
    expect(run('prints').stdout).toMatch(/"\d{8}-\d{6}-[0-9a-f]{6}"/);
    rmSync(join(home, '.tka-perf'), { recursive: true });
    run('ends', { TKA_PERF_RUN: 'my-run' });
    expect(readdirSync(join(home, '.tka-perf'))).toContain('my-run');
    rmSync(join(home, '.tka-perf'), { recursive: true });
    run('ends', { TKA_PERF_RUN: '../../outside' });
    expect(existsSync(join(home, 'outside'))).toBe(false);
  });

  test.each(['off', 'OFF', '0', 'false', 'no'])(
    'is not there with TKA_PERF=%s, and nothing is measured',
    (off) => {
      const child = run('prints', { TKA_PERF: off });
      expect(child.stdout).toBe('none done undefined\n');
      expect(existsSync(join(home, '.tka-perf'))).toBe(false);
    },
  );

  test.each([
    ['the directory cannot be made', () => writeFileSync(join(home, '.tka-perf'), '')],
    [
      'the directory is a symbolic link',
      () => {
        mkdirSync(join(home, 'elsewhere'));
        symlinkSync(join(home, 'elsewhere'), join(home, '.tka-perf'));
      },
    ],
  ])('where %s the program goes on and sees nothing of it', (_, prepare) => {
    prepare();
    const child = run('prints');
    expect([child.status, child.stderr]).toEqual([0, '']);
    expect(child.stdout).toContain('done');
    const linked = join(home, 'elsewhere');
    if (existsSync(linked)) expect(readdirSync(linked)).toEqual([]);
  });
});
