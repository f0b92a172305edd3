/** A run of any number of threads and processes takes few files, and every total is kept, whatever moment it is killed at. */
import { spawnSync } from 'node:child_process';
import fs, {
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path, { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findRun } from '../../cli/journal/catalog.ts';
import { countWriters, type Profile } from '../../cli/profile/profile.ts';
import { readProfile } from '../../cli/profile/read-profile.ts';
import { readSeries } from '../../cli/profile/series.ts';
import { failedEndings } from '../../cli/report/endings.ts';
import type { Site } from '../../runtime/call/site.ts';
import { allSites } from '../../runtime/call/sites.ts';
import type { HeadRecord, SiteAggregate } from '../../runtime/format/record.ts';
import { type Ending, JournalWriter } from '../../runtime/journal/flush.ts';
import { EndedWriters } from '../../runtime/journal/ended-writers.ts';
import { headOf, originOf } from '../../runtime/journal/introduction.ts';
import { closeHours } from '../../runtime/journal/snapshot.ts';
import { setClock } from '../../runtime/platform/clock.ts';
import { failureCounts } from '../../runtime/platform/diagnostics.ts';
import { type Disk, diskOf, retakeDisk } from '../../runtime/platform/disk.ts';
import { RollUp } from '../../runtime/roll-up/roll-up.ts';
import { NO_CALLER } from '../../runtime/stack/log-entry.ts';
import { recent } from '../../runtime/tally/recent.ts';
import { PROJECT, runCli } from '../cli/support.ts';
import { bundleChild, times } from '../support/bundle.ts';
import { FakeClock, makeSite } from './support.ts';

/** No process has this number, or one above. */
const NOBODY = 2 ** 30;
const SECOND = 1000;
const HOUR = 3_600_000;
const AGES_AGO = 3_600;

let home: string;
let clock: FakeClock;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tka-perf-roll-'));
  process.env['TKA_PERF_DIR'] = home;
  process.env['TKA_PERF_RUN'] = 'many';
  clock = new FakeClock().install();
  closeHours(allSites());
});
afterEach(() => {
  vi.restoreAllMocks();
  retakeDisk();
  setClock();
  delete process.env['TKA_PERF_DIR'];
  delete process.env['TKA_PERF_RUN'];
  rmSync(home, { recursive: true, force: true });
});

const dirOf = (): string => join(home, 'many');
const filesOf = (): string[] => readdirSync(dirOf());

/** Begins a writer that has measured nothing yet, whatever others have. */
function begin(facts: Partial<HeadRecord>): JournalWriter {
  for (const { tally } of allSites()) if (tally.isOpen) tally.open();
  const origin = originOf(home);
  const writer = origin && JournalWriter.create({ ...origin, facts: { ...origin.facts, ...facts } });
  if (writer === undefined) throw new Error('no journal');
  return writer;
}

/** So many calls of a function, of durations that are unlike each other; the last one may fail. */
function call(site: Site, calls: number, first: number, error?: string): void {
  if (!site.tally.isOpen) site.tally.open();
  for (let i = 0; i < calls; i++) {
    const ns = (first * 7919 + i * 104_729) % 5_000_000;
    recent.note(site.number, NO_CALLER, ns, ns + 40, clock.ms, 1);
  }
  recent.drain();
  if (error !== undefined) {
    site.tally.lastError = error;
    site.tally.lastErrorMs = clock.ms;
  }
}

/** Everything that was written is old by now. */
function age(seconds: number = AGES_AGO): void {
  const then = Date.now() / 1000 - seconds;
  for (const file of filesOf()) utimesSync(join(dirOf(), file), then, then);
}

/** Processes that have called two functions each, one after the other. */
function addProcesses(count: number, sites: readonly Site[], first: number = 0): void {
  for (let i = first; i < first + count; i++) {
    const writer = begin({ pid: NOBODY + i });
    closeHours(allSites());
    call(sites[0] as Site, 30, i, i % 10 === 0 ? `error ${i}` : undefined);
    writer.flush('changes');
    clock.advance(i % 7 === 0 ? 70 * SECOND : SECOND); // over the end of a minute, now and then
    call(sites[1 + (i % (sites.length - 1))] as Site, 5, i);
    if (i % 5 !== 0) {
      const ending: Ending =
        i % 11 === 0 ? { reason: 'error', detail: 'x' } : { reason: 'exit', exitCode: 0 };
      writer.flush('metrics', ending);
    } else writer.flush('changes'); // killed
    writer.close();
    clock.advance(SECOND);
  }
}

function makeRollUp(disk: Disk = diskOf() as Disk): RollUp {
  const origin = originOf(home);
  if (origin === undefined) throw new Error('no journal');
  return new RollUp(disk, home, headOf(origin, disk));
}

function rollAll(): void {
  const rollUp = makeRollUp();
  rollUp.begin(Date.now());
  rollUp.goOn(Infinity);
}

/** What a profile says, but for what depends on how writers were put together. */
function totalsOf({ functions, metrics, diagnostics, writers }: Profile): unknown {
  const aggregates = Array.from(functions.values(), ({ site, aggregate }) => ({
    site,
    ...rounded(aggregate),
  }));
  const sum = (of: (usage: { readonly elapsedMs: number; readonly overheadMs: number }) => number): number =>
    Math.round(writers.reduce((all, { usage }) => all + (usage ? of(usage) : 0), 0));
  return {
    aggregates: aggregates.toSorted((a, b) => (a.site.name < b.site.name ? -1 : 1)),
    metrics,
    diagnostics,
    ...countWriters(writers),
    failures: failedEndings(writers).toSorted(),
    usage: [sum(({ elapsedMs }) => elapsedMs), sum(({ overheadMs }) => overheadMs)],
  };
}

/** The moments of a trend are written to seven digits, each time that they are rolled up. */
function rounded({ trend, ...rest }: SiteAggregate): object {
  const round = (numbers: readonly number[]): string[] => numbers.map((each) => each.toPrecision(4));
  return { ...rest, trend: [round(trend.n), round(trend.mean), round(trend.variance)] };
}

const read = (): Profile => readProfile(findRun(home, 'many'));

test('many that have ended become few files, and every number stays', { timeout: 60_000 }, () => {
  const sites = [makeSite('all'), makeSite('some'), makeSite('others')];
  addProcesses(times(560, 1500), sites);
  clock.advance(30 * HOUR);
  closeHours(allSites());
  addProcesses(20, sites, 2000);
  age();
  const before = read();
  const files = filesOf();
  rollAll();
  expect(filesOf().length).toBeLessThan(80);
  expect(files.length).toBeGreaterThan(580);
  expect(filesOf().filter((file) => file.startsWith('r2.')).length).toBeGreaterThan(0);
  expect(read().dropped).toEqual([]);
  expect(totalsOf(read())).toEqual(totalsOf(before));
  // Again there is nothing to do.
  const rolled = filesOf().toSorted();
  rollAll();
  expect(filesOf().toSorted()).toEqual(rolled);
});

test('views over time have everything, more coarsely', () => {
  const sites = [makeSite('all'), makeSite('some')];
  addProcesses(100, sites);
  age();
  rollAll();
  const series = readSeries(findRun(home, 'many'), { stepMs: HOUR });
  const points = series.find(({ name }) => name === sites[0]?.name)?.points ?? [];
  expect(points.reduce((sum, { calls }) => sum + calls, 0)).toBe(3000);
});

test('the newest keep all that they have written', () => {
  addProcesses(40, [makeSite('all'), makeSite('some')]);
  age();
  const newest = filesOf().filter((file) => Number.parseInt(file, 10) >= NOBODY + 24);
  rollAll();
  expect(filesOf()).toEqual(expect.arrayContaining(newest));
  expect(filesOf().filter((file) => file.startsWith('r'))).toHaveLength(1);
});

test('killed at any step, nothing is counted twice or lost', { timeout: 120_000 }, () => {
  const sites = [makeSite('all'), makeSite('some')];
  addProcesses(80, sites);
  age();
  const before = totalsOf(read());
  let steps = 0;
  const disk = diskOf() as Disk;
  const watched = Object.fromEntries(
    Object.entries(disk.fs).map(([name, original]) => [
      name,
      /^(?:open|write|unlink|rm|rename|close)Sync$/.test(name)
        ? (...args: readonly unknown[]): unknown => {
            steps++;
            if (steps % times(3, 1) === 0) expect(totalsOf(read())).toEqual(before);
            return (original as (...args: readonly unknown[]) => unknown)(...args);
          }
        : original,
    ]),
  ) as Disk['fs'];
  const rollUp = makeRollUp({ fs: watched, path });
  rollUp.begin(Date.now());
  rollUp.goOn(Infinity);
  expect(steps).toBeGreaterThan(60);
  expect(totalsOf(read())).toEqual(before);
});

describe('what one that was killed has left', () => {
  /** Does so many of the steps that change files, and no more: as if it was killed. */
  function killAfter(steps: number): boolean {
    const disk = diskOf() as Disk;
    let left = steps;
    const stopping = Object.fromEntries(
      Object.entries(disk.fs).map(([name, original]) => [
        name,
        /^(?:open|write|unlink|rm|rename)Sync$/.test(name)
          ? (...args: readonly unknown[]): unknown => {
              if (left-- <= 0) throw new Error('killed');
              return (original as (...args: readonly unknown[]) => unknown)(...args);
            }
          : original,
      ]),
    ) as Disk['fs'];
    const rollUp = makeRollUp({ fs: stopping, path });
    rollUp.begin(Date.now());
    try {
      rollUp.goOn(Infinity);
      return false;
    } catch {
      return true;
    }
  }

  test('is finished or begun anew by the next one', { timeout: 120_000 }, () => {
    const sites = [makeSite('all'), makeSite('some')];
    for (let steps = 1; steps < 60; steps += times(4, 1)) {
      rmSync(dirOf(), { recursive: true, force: true });
      addProcesses(40, sites);
      age();
      const before = totalsOf(read());
      const wasKilled = killAfter(steps);
      expect(totalsOf(read())).toEqual(before);
      age(); // a lock of long ago
      rollAll();
      rollAll();
      expect(totalsOf(read())).toEqual(before);
      expect(filesOf().filter((file) => file === 'rolling')).toEqual([]);
      expect(filesOf().filter((file) => /^r1.*\.1\.tkap$/.test(file))).toEqual([]);
      if (!wasKilled) return expect(steps).toBeGreaterThan(16);
    }
    throw new Error('never came to an end');
  });

  test('while another one is at it nothing is done', () => {
    addProcesses(40, [makeSite('all'), makeSite('some')]);
    age();
    writeFileSync(join(dirOf(), 'rolling'), '');
    const files = filesOf();
    rollAll();
    expect(filesOf()).toEqual(files);
  });
});

test('"clean" does it too, unless it is to remove nothing', () => {
  addProcesses(60, [makeSite('all'), makeSite('some')]);
  age();
  const before = totalsOf(read());
  const files = filesOf();
  const link = `${home}-link`;
  symlinkSync(home, link);
  const settings = ['clean', '--dir', link, '--older-than', '1d'];
  expect(runCli([...settings, '--dry-run']).stderr).toBe('would remove 0 runs with 0 B, 1 run is kept\n');
  expect(filesOf()).toEqual(files);
  expect(runCli(settings).stderr).toMatch(
    /^removed 0 runs with 0 B, 1 run is kept; what has ended in them takes \d\d files less\n$/,
  );
  expect(filesOf().length).toBeLessThan(files.length - 20);
  expect(totalsOf(read())).toEqual(before);
  rmSync(link);
});

describe('in a place from where the module is not found', () => {
  const failures = (): number => failureCounts()['no-roll-up'] ?? 0;
  const before = failures();

  function lookTwice(): void {
    addProcesses(40, [makeSite('all'), makeSite('some')]);
    const origin = originOf(home);
    if (origin === undefined) throw new Error('no journal');
    const disk = diskOf() as Disk;
    const ended = new EndedWriters(disk, home, { ...headOf(origin, disk), cwd: '/' });
    ended.goOn(1e12, false);
    ended.goOn(2e12, false);
  }

  test('the loader tells where it is', () => {
    const realm = globalThis as { [key: symbol]: unknown };
    const key = Symbol.for('tka-perf.package');
    realm[key] = join(import.meta.dirname, '../../package.json');
    lookTwice();
    delete realm[key];
    expect(failures()).toBe(before);
  });

  test('it is told, once', () => {
    lookTwice();
    expect(failures()).toBe(before + 1);
  });
});

describe('left as it is', () => {
  const left = (): number => filesOf().filter((file) => !file.startsWith('r')).length;

  test('what was written just now', () => {
    addProcesses(40, [makeSite('all'), makeSite('some')]);
    age();
    age(30);
    rollAll();
    expect(filesOf().filter((file) => file.startsWith('r'))).toEqual([]);
  });

  test.each([
    ['a process that is there', { pid: process.ppid }, { reason: 'exit' }],
    ['one that was stopped, and may start again', {}, { reason: 'stop' }],
  ] as const)('%s', (_, facts, ending) => {
    const site = makeSite('all');
    for (let i = 0; i < 40; i++) {
      const writer = begin({ pid: NOBODY + i, ...facts, startedAt: 1_800_000_000_000 + i });
      call(site, 3, i);
      writer.flush('metrics', ending);
      writer.close();
    }
    age(300);
    rollAll();
    expect(left()).toBe(40);
  });

  test('of another machine, what has not ended in order', () => {
    addProcesses(60, [makeSite('all'), makeSite('some')]);
    const killed = filesOf().filter((file) => (Number.parseInt(file, 10) - NOBODY) % 5 === 0);
    age();
    const origin = originOf(home);
    if (origin === undefined) throw new Error('no journal');
    const disk = diskOf() as Disk;
    const rollUp = new RollUp(disk, home, { ...headOf(origin, disk), host: 'elsewhere' });
    rollUp.begin(Date.now());
    rollUp.goOn(Infinity);
    expect(filesOf()).toEqual(expect.arrayContaining(killed));
    expect(filesOf().filter((file) => file.startsWith('r'))).toHaveLength(2);
  });

  test('a file that a later version has written, and a damaged one', () => {
    addProcesses(40, [makeSite('all'), makeSite('some')]);
    age();
    const [first = '', second = ''] = filesOf().toSorted();
    const later = fs.readFileSync(join(dirOf(), first));
    later[5] = 3;
    writeFileSync(join(dirOf(), first), later);
    writeFileSync(join(dirOf(), second), fs.readFileSync(join(dirOf(), second)).subarray(0, 60));
    age();
    rollAll();
    expect(filesOf()).toEqual(expect.arrayContaining([first, second]));
    expect(filesOf().filter((file) => file.startsWith('r'))).toHaveLength(1);
    expect(statSync(join(dirOf(), second)).size).toBe(60);
  });
});

test.skipIf(process.platform !== 'linux')(
  'of a program with many threads those that have ended or were terminated, not one that goes on',
  { timeout: 120_000 },
  () => {
    const child = bundleChild(fileURLToPath(new URL('children/threads.ts', import.meta.url)));
    try {
      const { status, stderr } = spawnSync(process.execPath, [child.path], {
        cwd: PROJECT,
        encoding: 'utf8',
        env: { ...process.env, TKA_PERF_DIR: home, TKA_PERF_RUN: 'many' },
        timeout: 100_000,
      });
      expect([status, stderr]).toEqual([0, '']);
    } finally {
      child.remove();
    }
    expect(filesOf().filter((file) => file.startsWith('r1.'))).toHaveLength(1);
    const { functions, writers, dropped } = read();
    expect(dropped).toEqual([]);
    const calls = Array.from(functions.values(), ({ site, aggregate }) => [site.name, aggregate.calls]);
    expect(calls.toSorted()).toEqual([
      ['job', 37],
      ['main', 1],
    ]);
    expect(countWriters(writers)).toEqual({ processes: 1, threads: 38 });
    // The first thread, which went on, has a file of its own still.
    const single = writers.filter(({ head }) => head.rolled === undefined);
    expect(
      single
        .map(({ head }) => head.thread)
        .toSorted((a, b) => a - b)
        .slice(0, 2),
    ).toEqual([0, 1]);
  },
);
