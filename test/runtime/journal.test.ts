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
import fs from 'node:fs';
import path from 'node:path';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { JournalFile } from '../../runtime/journal.ts';
import { JOURNAL_VERSION, type JournalRecord, type SiteAggregate } from '../../runtime/record.ts';

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

/** The records of each file of the one run there is, checksums compared. */
function readRun(root: string = join(home, '.tka-perf')): Record<string, JournalRecord[]> {
  const [name, ...more] = readdirSync(root).filter((entry) => entry !== '.gitignore');
  if (name === undefined || more.length > 0) throw new Error(`runs: ${[name, ...more].join()}`);
  const files = readdirSync(join(root, name));
  return Object.fromEntries(files.map((file) => [file, parse(readFileSync(join(root, name, file), 'utf8'))]));
}

function parse(text: string): JournalRecord[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const json = line.slice(9);
      expect(line.slice(0, 9)).toBe(`${crc32(json).toString(16).padStart(8, '0')} `);
      return JSON.parse(json) as JournalRecord;
    });
}

function onlyFile(): JournalRecord[] {
  const files = Object.values(readRun());
  expect(files).toHaveLength(1);
  return files[0] ?? [];
}

/** The last aggregate of a site. */
function lastOf(records: readonly JournalRecord[], name: string): SiteAggregate | undefined {
  const id = records.find((record) => record.t === 'site' && record.name === name);
  if (id?.t !== 'site') return undefined;
  return records
    .flatMap((record) => (record.t === 'agg' ? record.sites : []))
    .findLast((site) => site.id === id.id);
}

describe('the journal of a process', () => {
  test('has its head, the sites, exact sums, each recent metric and the end', () => {
    const child = run('ends');
    expect([child.status, child.stdout, child.stderr]).toEqual([0, '', '']);
    const records = onlyFile();
    expect(records[0]).toMatchObject({
      t: 'head',
      v: JOURNAL_VERSION,
      thread: 0,
      node: process.version,
      platform: process.platform,
    });
    expect(records.at(-1)).toMatchObject({ t: 'end', reason: 'exit', exitCode: 0 });
    expect(lastOf(records, 'src/program.work')).toMatchObject({
      calls: 1000,
      timed: 1000,
      errors: 0,
      inFlight: 0,
    });
    expect(records.find((record) => record.t === 'site')).toMatchObject({
      file: 'src/program.ts',
      line: 1,
      kind: 'function',
    });
    const metrics = records.flatMap((record) => (record.t === 'metrics' ? record.metrics : []));
    expect(metrics).toHaveLength(1000);
    expect(Math.abs((metrics[0]?.at ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test('is private, and ignored by git', () => {
    run('ends');
    const root = join(home, '.tka-perf');
    const dir = join(root, readdirSync(root).find((entry) => entry !== '.gitignore') ?? '');
    expect(statSync(root).mode & 0o777).toBe(0o700);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dir, readdirSync(dir)[0] ?? '')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(root, '.gitignore'), 'utf8')).toBe('*\n');
  });

  test('has the exit code of process.exit', () => {
    expect(run('exit-code').status).toBe(3);
    expect(onlyFile().at(-1)).toMatchObject({ t: 'end', exitCode: 3 });
  });

  test('has the error that nobody caught, which Node reports as ever', () => {
    const child = run('uncaught');
    expect(child.status).toBe(1);
    expect(child.stderr).toContain('Error: nobody catches this');
    expect(lastOf(onlyFile(), 'src/program.fail')).toMatchObject({
      calls: 1,
      errors: 1,
      lastError: 'nobody catches this',
    });
  });

  test('has the rejection that nobody handled, and Node ends the process for it as ever', () => {
    const child = run('rejected');
    expect(child.status).toBe(1);
    expect(child.stderr).toContain('Error: nobody handles this');
    expect(lastOf(onlyFile(), 'src/program.fail')).toMatchObject({
      errors: 1,
      lastError: 'nobody handles this',
    });
  });

  test('is written inside of long synchronous work, the call on the stack in flight, and survives SIGKILL', () => {
    expect(run('killed-in-sync-work').signal).toBe('SIGKILL');
    const records = onlyFile();
    expect(records.filter((record) => record.t === 'agg').length).toBeGreaterThan(3);
    expect(records.some((record) => record.t === 'end')).toBe(false);
    expect(lastOf(records, 'src/program.work')?.calls).toBeGreaterThan(1000);
    expect(lastOf(records, 'src/program.outer')).toMatchObject({ calls: 0, inFlight: 1 });
  });

  test('a worker thread writes a file of its own in the same run', () => {
    expect(run('worker').status).toBe(0);
    const files = readRun();
    const heads = Object.values(files).map(([head]) => head);
    expect(heads.map((head) => (head?.t === 'head' ? head.thread : -1)).toSorted()).toEqual([
      0,
      expect.any(Number),
    ]);
    expect(Object.keys(files)).toHaveLength(2);
    for (const records of Object.values(files)) expect(lastOf(records, 'src/program.work')?.calls).toBe(1000);
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

  test('takes another name where its own is taken', () => {
    run('same-name', { TKA_PERF_RUN: 'r' });
    const files = readdirSync(join(home, '.tka-perf', 'r'));
    expect(files).toHaveLength(2);
    const fresh = files.find((file) => /^\d+-0-2\.0\.tkap$/.test(file)) ?? '';
    expect(
      lastOf(parse(readFileSync(join(home, '.tka-perf', 'r', fresh), 'utf8')), 'src/program.work')?.calls,
    ).toBe(1000);
  });

  test('is not there with TKA_PERF=off, and nothing is measured', () => {
    const child = run('prints', { TKA_PERF: 'off' });
    expect(child.stdout).toBe('none done undefined\n');
    expect(existsSync(join(home, '.tka-perf'))).toBe(false);
  });

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
    if (existsSync(linked))
      expect(readdirSync(linked, { recursive: true }).filter((file) => `${file}`.endsWith('.tkap'))).toEqual(
        [],
      );
  });
});

describe('JournalFile', () => {
  const disk = { fs, path };
  const filler = (): JournalRecord => ({ t: 'diag', counts: { ['x'.repeat(1024 * 1024)]: 1 } });

  test('begins a next segment when the file is full, with the whole state, and removes the one before', () => {
    const dir = join(home, 'root', 'run');
    const file = new JournalFile(disk, dir, '1-0');
    expect(file.needsState).toBe(true);
    file.write([filler()], true);
    while (!file.needsState) file.write([filler()], false);
    expect(readdirSync(dir)).toEqual(['1-0.0.tkap']);
    expect(file.write([filler()], true)).toBe(true);
    expect(readdirSync(dir)).toEqual(['1-0.1.tkap']);
    expect(file.needsState).toBe(false);
  });

  test('pauses longer after each failure and wants the whole state again', () => {
    writeFileSync(join(home, 'root'), '');
    const file = new JournalFile(disk, join(home, 'root', 'run'), '1-0');
    const pauses = [1, 2, 3].map(() => {
      expect(file.write([filler()], true)).toBe(false);
      let skipped = 0;
      while (file.isPausing()) skipped++;
      return skipped;
    });
    expect(pauses).toEqual([1, 2, 4]);
    rmSync(join(home, 'root'));
    expect(file.needsState).toBe(true);
    expect(file.write([filler()], true)).toBe(true);
  });
});
