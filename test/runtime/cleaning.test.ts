/** Old runs are removed some at a time, and in the end all of them. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cleanRuns } from '../../runtime/journal/cleaning.ts';
import { bytesOnDisk, storedRun, type StoredRun } from '../../runtime/journal/retention.ts';
import { setClock } from '../../runtime/platform/clock.ts';
import { failureCounts } from '../../runtime/platform/diagnostics.ts';
import type { Disk } from '../../runtime/platform/disk.ts';
import { bundleChild } from '../support/bundle.ts';

/** No process has this number. */
const NOBODY = 2 ** 30;
const MB = 1024 * 1024;

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'tka-perf-clean-'))));
afterEach(() => {
  setClock();
  rmSync(dir, { recursive: true, force: true });
});

/** Makes a run of that many files, last written at that time. */
function addRun(id: string, writtenAt: number | Date = 1, files: number = 1): void {
  mkdirSync(join(dir, id));
  for (let i = 0; i < files; i++) {
    const file = join(dir, id, `${NOBODY + i}-0.a.0.tkap`);
    writeFileSync(file, 'x');
    utimesSync(file, writtenAt, writtenAt);
  }
}

/** Runs of 2020, and the last of them is still there. */
function addOldRuns(count: number): void {
  for (let i = 0; i < count; i++) addRun(`2020-${String(i).padStart(4, '0')}`);
}

const oldRuns = (): string[] => readdirSync(dir).filter((name) => name.startsWith('2020'));

/** What one program does that lives for so many flushes. */
function clean(flushes: number, disk: Disk = { fs, path }): void {
  const cleaning = cleanRuns(disk, dir, 'own');
  for (let i = 0; i < flushes; i++) cleaning.next();
}

const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);

test('a run of a process that had our own number goes as any other, as in containers all have one', () => {
  addOldRuns(1);
  addRun('2020-ours', 1, 0);
  const file = join(dir, '2020-ours', `${process.pid}-0.a.0.tkap`);
  writeFileSync(file, 'x');
  utimesSync(file, 1, 1);
  clean(1);
  expect(oldRuns()).toEqual([]);
});

describe('at a time', () => {
  test('no more than a hundred go, however fast the disk is', () => {
    setClock(() => 0);
    addOldRuns(250);
    clean(1);
    expect(oldRuns()).toHaveLength(150);
  });

  test('a few go, however slow the disk is', () => {
    let nowMs = 0;
    setClock(() => (nowMs += 1000));
    addOldRuns(10);
    clean(1);
    expect(oldRuns()).toHaveLength(6);
    clean(1);
    expect(oldRuns()).toHaveLength(2);
  });

  test('a run of many files goes in part', () => {
    let nowMs = 0;
    setClock(() => (nowMs += 1000));
    addRun('2020', 1, 200);
    const cleaning = cleanRuns({ fs, path }, dir, 'own');
    const left = Array.from({ length: 10 }, () => {
      cleaning.next();
      return existsSync(join(dir, '2020')) ? readdirSync(join(dir, '2020')).length : 0;
    });
    expect(new Set(left).size).toBeGreaterThan(3);
    expect(left.at(-1)).toBe(0);
  });
});

test('programs that live for one flush remove all in turn, and begin again an hour later', () => {
  setClock(() => 0);
  addOldRuns(250);
  clean(1);
  clean(1);
  clean(1);
  expect(readdirSync(dir)).toEqual(['.cleaned']);
  expect(readFileSync(join(dir, '.cleaned'), 'utf8')).toBe('');
  addOldRuns(1);
  clean(1);
  expect(oldRuns()).toHaveLength(1);
  utimesSync(join(dir, '.cleaned'), hoursAgo(2), hoursAgo(2));
  clean(1);
  expect(oldRuns()).toHaveLength(0);
});

/** A file system in which what is true of each file is told otherwise. */
function telling(of: (file: string) => Partial<fs.Stats>): Disk {
  const lstatSync = (file: string, options?: fs.StatSyncOptions): fs.Stats | undefined => {
    const stat = fs.lstatSync(file, options) as fs.Stats | undefined;
    return stat?.isFile() ? Object.assign(stat, of(file)) : stat;
  };
  return { fs: { ...fs, lstatSync: lstatSync as typeof fs.lstatSync }, path };
}

describe('by size', () => {
  test('what the newest take is remembered from one program to the next', () => {
    let nowMs = 0;
    setClock(() => (nowMs += 1000));
    for (let i = 0; i < 8; i++) addRun(`2020-${i}`, hoursAgo(1));
    const large = telling(() => ({ blocks: (100 * MB) / 512 }));
    for (let i = 0; i < 8; i++) clean(1, large);
    expect(oldRuns()).toEqual(['2020-6', '2020-7']);
  });

  test('a run that is written takes no room from those that have ended', () => {
    addRun('2020', hoursAgo(1));
    addRun('2021', hoursAgo(1));
    const written = join(dir, '2021', `${process.pid}-0.a.0.tkap`);
    writeFileSync(written, 'x');
    clean(
      1,
      telling((file) => (file === written ? { blocks: (300 * MB) / 512 } : {})),
    );
    expect(readdirSync(dir).toSorted()).toEqual(['.cleaned', '2020', '2021']);
  });

  test.each([
    ['by its blocks', { size: 700, blocks: 8 }, 4096],
    ['by its blocks, however far it reaches', { size: 1e9, blocks: 8 }, 4096],
    ['in whole pages, where there are no blocks', { size: 4097, blocks: 0 }, 8192],
    ['in whole pages, where they are not told', { size: 1 }, 4096],
  ])('a file counts %s', (_, stat, bytes) => {
    expect(bytesOnDisk(stat)).toBe(bytes);
  });

  test('a run counts with its folder', () => {
    addRun('2020');
    const found = storedRun({ fs, path }, dir, '2020', Date.now()).next().value;
    expect(found).toMatchObject({ sizeBytes: expect.any(Number) });
    const { sizeBytes } = found as StoredRun;
    expect(sizeBytes).toBeGreaterThanOrEqual(2 * 4096);
  });
});

test('what cannot be removed is counted and does not keep the others', () => {
  addOldRuns(3);
  const unlinkSync: typeof fs.unlinkSync = (file) => {
    if (String(file).includes('2020-0001')) throw Object.assign(new Error(), { code: 'EPERM' });
    fs.unlinkSync(file);
  };
  const before = failureCounts()['journal-EPERM'] ?? 0;
  clean(1, { fs: { ...fs, unlinkSync }, path });
  expect(oldRuns()).toEqual(['2020-0001']);
  expect(failureCounts()['journal-EPERM']).toBe(before + 1);
});

test('what another program has removed meanwhile is no failure', () => {
  addOldRuns(2);
  const before = failureCounts();
  const readdirAll = fs.readdirSync as (dir: string) => string[];
  const readdirSync = (of: string): string[] =>
    of === dir ? [...readdirAll(of), '2020-9999'] : readdirAll(of);
  clean(1, { fs: { ...fs, readdirSync: readdirSync as typeof fs.readdirSync }, path });
  expect(oldRuns()).toEqual([]);
  expect(failureCounts()).toEqual(before);
});

test.each(['', 'nonsense', '-1', ' ', 'x y', '1e9 ~'])('a note that says %j is no reason to fail', (note) => {
  addOldRuns(1);
  addRun('2021', hoursAgo(1));
  writeFileSync(join(dir, '.cleaned'), note);
  utimesSync(join(dir, '.cleaned'), hoursAgo(2), hoursAgo(2));
  clean(1);
  clean(1);
  expect(existsSync(join(dir, '2021'))).toBe(true);
});

test('a note that is a link is not read, nor written through', () => {
  const elsewhere = join(dir, 'elsewhere');
  writeFileSync(elsewhere, '1000 0');
  symlinkSync(elsewhere, join(dir, '.cleaned'));
  fs.lutimesSync(join(dir, '.cleaned'), 1, 1);
  addOldRuns(1);
  clean(1);
  expect(oldRuns()).toEqual([]);
  expect(readFileSync(elsewhere, 'utf8')).toBe('1000 0');
});

describe('a program', () => {
  let child: ReturnType<typeof bundleChild>;
  beforeAll(() => {
    child = bundleChild(fileURLToPath(new URL('children/cleaning.ts', import.meta.url)));
  });
  afterAll(() => child.remove());

  function run(id: string, ...args: readonly string[]): unknown {
    const { status, stdout, stderr } = spawnSync(process.execPath, [child.path, ...args], {
      env: { ...process.env, TKA_PERF_DIR: dir, TKA_PERF_RUN: id },
      encoding: 'utf8',
    });
    return { status, failures: JSON.parse(stdout), stderr };
  }

  test('that ends at once removes a part; one that lives, all', () => {
    addOldRuns(300);
    expect(run('3000-a')).toEqual({ status: 0, failures: {}, stderr: '' });
    const left = oldRuns().length;
    expect(left).toBeGreaterThanOrEqual(200);
    expect(left).toBeLessThan(300);
    expect(run('3000-b', 'lives')).toEqual({ status: 0, failures: {}, stderr: '' });
    expect(readdirSync(dir).toSorted()).toEqual(['.cleaned', '3000-a', '3000-b']);
  });
});
