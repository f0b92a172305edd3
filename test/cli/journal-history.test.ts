/** More than one run: added up, since when, cleaned. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import fs from 'node:fs';
import path from 'node:path';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listRuns } from '../../cli/journal/catalog.ts';
import { hearReading, readHead } from '../../cli/journal/read.ts';
import type { Profile } from '../../cli/profile/profile.ts';
import { readProfiles } from '../../cli/profile/read-profile.ts';
import { noticesOf } from '../../cli/report/notices.ts';
import { trendOf } from '../../runtime/tally/trend.ts';
import { cleanRuns } from '../../runtime/journal/cleaning.ts';
import { hasExpired } from '../../runtime/journal/retention.ts';
import {
  aggregate,
  head,
  PROJECT,
  runCli,
  START,
  temporaryFolder,
  writeJournal,
  writerRecords,
} from './support.ts';

const DAY = 24 * 3_600_000;

function runsOf(count: number, each: (i: number) => readonly unknown[]): string {
  return writeJournal(
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`run-${i}`, { 'a.tkap': each(i) }])),
  );
}

/** A run's trend record: two halves of 50 calls around a mean. */
const around = (meanNs: number) => ({
  trend: { n: [50, 50], mean: [meanNs, meanNs], variance: [meanNs, meanNs] } as const,
});

describe('all runs', () => {
  const slower = runsOf.bind(undefined, 4, (i) =>
    writerRecords([['f', (id) => aggregate(id, 100, 1, around(i < 2 ? 1e6 : 2e6))]], {
      startedAt: START + i * DAY,
    }),
  );
  const profileOf = (dir: string): Profile => readProfiles(listRuns(dir));

  test('are added up, and the trend is that over the runs', () => {
    const profile = profileOf(slower());
    const f = profile.functions.get('f')?.aggregate;
    expect(profile.runs).toEqual(['run-3', 'run-2', 'run-1', 'run-0']);
    expect(f?.calls).toBe(400);
    expect(f && trendOf(f.trend)).toBe('degrading');
    expect(profile.run.startedAt).toBe(START);
  });

  test('since a moment: runs that had ended before are not among them, one that still runs is', () => {
    const ended = writerRecords([['f', (id) => aggregate(id, 100, 1)]], { startedAt: START + DAY });
    const running = writerRecords([['f', (id) => aggregate(id, 7, 1)]], { pid: process.pid });
    const dir = writeJournal({
      hung: { 'a.tkap': running.slice(0, -1) },
      late: { 'a.tkap': ended },
    });
    const { runs, run, writers } = readProfiles(listRuns(dir), { sinceMs: START + 2 * DAY });
    expect({ runs, run: run.id, writers: writers.length }).toEqual({
      runs: ['hung'],
      run: 'hung',
      writers: 1,
    });
    const all = readProfiles(listRuns(dir), { sinceMs: START + 1 });
    expect(all.runs).toEqual(['late', 'hung']);
  });

  /** A program that has written what it measured, and runs on until it is killed. */
  async function whileRunning(
    lines: string,
    look: (dir: string) => void,
    lookThen: (dir: string) => void = () => {},
  ): Promise<void> {
    const dir = temporaryFolder();
    const code = `const { getPerformanceMonitor, measure, PerformanceContext } = require(${JSON.stringify(join(PROJECT, 'dist/runtime/index.cjs'))});
${lines}
getPerformanceMonitor().flush();
console.log('written');
setInterval(() => {}, 60_000);`;
    const { TKA_PERF_RUN: _run, ...inherited } = process.env;
    const child = spawn(process.execPath, ['-e', code], { env: { ...inherited, TKA_PERF_DIR: dir } });
    const ended = once(child, 'close');
    try {
      await once(child.stdout, 'data');
      look(dir);
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
    lookThen(dir);
  }

  test('since a moment: of what still runs, what was not called since is no row', () =>
    whileRunning("measure('early', () => 1);", (dir) => {
      const since = (time: string) => runCli(['report', '--since', time, '--dir', dir]);
      expect(since('1h').stdout).toContain('early');
      const late =
        '[tka-perf] no call was recorded since; try a longer time or --all; try again in a second\n';
      expect(since('2099-01-01')).toMatchObject({ code: 1, stdout: '', stderr: late });
    }));

  test('since a moment: what is called since long and has not ended is in flight', () =>
    whileRunning("new PerformanceContext('hangs');", (dir) => {
      const args = ['--since', '2099-01-01', '--dir', dir];
      expect(JSON.parse(runCli(['report', '--json', ...args]).stdout)).toMatchObject({
        functions: [{ functionName: 'hangs', callCount: 0, inFlight: 1 }],
        inFlight: [{ functionName: 'hangs', calls: 1 }],
      });
      expect(runCli(['export', '--format', 'prometheus', ...args]).stdout).toContain(
        'tka_perf_in_flight_calls{function="hangs"} 1\n',
      );
    }));

  test('what a process that was killed had not ended is in flight of no function any more', () => {
    const calls = (dir: string): unknown => {
      const { functions, inFlight } = JSON.parse(runCli(['report', '--json', '--dir', dir]).stdout);
      return [functions[0].inFlight, functions[0].oldestInFlightMs !== undefined, inFlight[0].calls];
    };
    return whileRunning(
      "new PerformanceContext('hangs');",
      (dir) => expect(calls(dir)).toEqual([1, true, 1]),
      (dir) => expect(calls(dir)).toEqual([0, false, 1]),
    );
  });

  test('the commands take --all and --since, and say what is wrong with them', () => {
    const dir = slower();
    const calls = (...args: readonly string[]): number =>
      JSON.parse(runCli(['report', '--json', '--dir', dir, ...args]).stdout).functions[0].callCount;
    expect([calls(), calls('--all'), calls('--run', 'run-1')]).toEqual([100, 400, 100]);
    expect(calls('--since', '2020-01-01')).toBe(400);
    const exported = JSON.parse(runCli(['export', '--all', '--dir', dir]).stdout);
    expect(exported.aggregates.f.call_count).toBe(400);
    expect(runCli(['report', '--all', '--dir', dir]).stdout).toMatch(/^4 runs · /);
    expect(runCli(['report', '--all', '--run', 'run-1', '--dir', dir])).toMatchObject({
      code: 2,
      stderr: '[tka-perf] --run names one run and --all takes all; give one of them\n',
    });
    expect(runCli(['report', '--since', 'yesterday', '--dir', dir])).toMatchObject({
      code: 2,
      stderr: '[tka-perf] "yesterday" is no time; write e.g. "30m", "24h", "7d" or "2026-11-23T12:00"\n',
    });
  });
});

describe('--since a date', () => {
  const since = (time: string, TZ: string): ReturnType<typeof runCli> => {
    const dir = runsOf(1, () => writerRecords([['f', (id) => aggregate(id, 1, 1)]]));
    return runCli(['report', '--since', time, '--dir', dir], { env: { TZ } });
  };

  // The run is of noon in UTC, which is one o'clock in the night of the 24th in Auckland.
  test.each([
    ['2026-11-23', 'UTC', 0],
    ['2026-11-24', 'UTC', 1],
    ['2026-11-24', 'Pacific/Auckland', 0],
    ['2026-11-25', 'Pacific/Auckland', 1],
    ['2026-12', 'UTC', 1],
    ['2026-11-23T12:30', 'America/New_York', 1],
    ['2026-11-23T06:30', 'America/New_York', 0],
    ['2026-11-23 06:30:00.5', 'America/New_York', 0],
    ['2026-11-24T00:30+13:00', 'UTC', 0],
    ['2026-11-23T11:30Z', 'America/New_York', 0],
  ])('%s in %s is local, as are the times that are shown', (time, zone, code) =>
    expect(since(time, zone)).toMatchObject({ code }),
  );

  test.each([
    '2026-02-30',
    '2026-02-29T10:00',
    '2026-13-01',
    '2026-00',
    '2026-11-23T25:00',
    '2026-',
    '2026-11-3',
  ])('%s does not exist', (time) =>
    expect(since(time, 'UTC')).toMatchObject({
      code: 2,
      stderr: `[tka-perf] "${time}" is no time; write e.g. "30m", "24h", "7d" or "2026-11-23T12:00"\n`,
    }),
  );
});

test('a clock that differs is stated', () => {
  const records = (host: string, pid: number, aheadMs: number): readonly unknown[] => [
    ...writerRecords([['f', (id) => aggregate(id, 1, 1)]], { host, pid }),
    { t: 'clock', aheadMs },
  ];
  const dir = writeJournal({
    r: { 'a.tkap': records('left', 1, 0), 'b.tkap': records('right', 2, -12_300) },
  });
  expect(noticesOf(readProfiles(listRuns(dir)))).toEqual([
    "the clock of right is 12.3 s behind that of the journal's file system; its times are shown as it tells them",
  ]);
});

describe('clean', () => {
  /** Runs that were last written so many days ago. */
  function journal(...ages: readonly number[]): string {
    const dir = runsOf(ages.length, (i) =>
      writerRecords([['f', (id) => aggregate(id, 1, 1)]], { startedAt: Date.now() - (ages[i] ?? 0) * DAY }),
    );
    ages.forEach((age, i) => {
      const at = Date.now() / 1000 - age * 86_400;
      utimesSync(join(dir, `run-${i}`, 'a.tkap'), at, at);
    });
    return dir;
  }

  test('removes what is older than a week, says so, and with --dry-run only says it', () => {
    const dir = journal(0, 6, 8, 30);
    const dry = runCli(['clean', '--dry-run', '--dir', dir]);
    expect(dry.code).toBe(0);
    expect(dry.stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^run-3 · [\d.]+kB · 30d00h ago · exit 0 · app\.js --fast$/),
      expect.stringMatching(/^run-2 · [\d.]+kB · 8d00h ago · exit 0 · app\.js --fast$/),
    ]);
    expect(dry.stderr).toMatch(/^would remove 2 runs with .*, 2 runs are kept\n$/);
    expect(readdirSync(dir)).toHaveLength(4);
    const done = runCli(['clean', '--dir', dir]);
    expect(done.stdout).toBe(dry.stdout);
    expect(done.stderr).toMatch(/^removed 2 runs with /);
    expect(readdirSync(dir).toSorted()).toEqual(['run-0', 'run-1']);
  });

  test('never removes a run that is written', () => {
    const dir = writeJournal({
      running: { 'a.tkap': [head({ pid: process.pid }), { t: 'agg', at: START, sites: [], metrics: 0 }] },
      ended: { 'a.tkap': writerRecords([['f', (id) => aggregate(id, 1, 1)]]) },
    });
    expect(runCli(['clean', '--older-than', '0s', '--dir', dir]).code).toBe(0);
    expect(readdirSync(dir)).toEqual(['running']);
  });

  test('removes journal files only, and follows no link', () => {
    const dir = journal(30);
    const elsewhere = temporaryFolder();
    writeFileSync(join(elsewhere, 'a.tkap'), 'mine');
    symlinkSync(elsewhere, join(dir, 'linked'));
    writeFileSync(join(dir, 'run-0', 'notes.txt'), 'mine');
    expect(runCli(['clean', '--dir', dir]).code).toBe(0);
    expect(readdirSync(join(dir, 'run-0'))).toEqual(['notes.txt']);
    expect(existsSync(join(elsewhere, 'a.tkap'))).toBe(true);
  });

  test('a time that is none is a usage error', () => {
    expect(runCli(['clean', '--older-than', 'week', '--dir', journal(1)])).toMatchObject({
      code: 2,
      stderr: '[tka-perf] "week" is no duration; write e.g. "90s", "30m", "24h" or "7d"\n',
    });
  });

  test('the oldest go while all are too large, but those that are written', () => {
    const runs = [1, 2, 3, 4, 5].map((age) => ({
      id: `${age}`,
      sizeBytes: 100,
      writtenAt: -age,
      isWritten: age === 4,
    }));
    const ids = (ageMs: number, sizeBytes: number): string[] => {
      const room = { sinceMs: -ageMs, bytes: sizeBytes };
      return runs.filter((run) => hasExpired(run, room)).map(({ id }) => id);
    };
    expect(ids(Infinity, 400)).toEqual([]);
    expect(ids(Infinity, 350)).toEqual(['5']);
    expect(ids(2.5, 500)).toEqual(['3', '5']);
    expect(ids(0, 0)).toEqual(['1', '2', '3', '5']);
  });

  test('a new run cleans the directory by itself, once an hour', () => {
    const dir = journal(0, 8);
    mkdirSync(join(dir, 'run-of-others'));
    cleanRuns({ fs, path }, dir, 'run-new').next();
    expect(readdirSync(dir).toSorted()).toEqual(['.cleaned', 'run-0', 'run-of-others']);
    const old = join(dir, 'run-old');
    mkdirSync(old);
    writeFileSync(join(old, '1073741824-0.a.0.tkap'), '');
    utimesSync(join(old, '1073741824-0.a.0.tkap'), 1, 1);
    cleanRuns({ fs, path }, dir, 'run-new').next();
    expect(existsSync(old)).toBe(true);
    utimesSync(join(dir, '.cleaned'), 1, 1);
    cleanRuns({ fs, path }, dir, 'run-new').next();
    expect(existsSync(old)).toBe(false);
  });
});

test('a segment that is replaced between its state and its intervals is found again', () => {
  const dir = temporaryFolder();
  const fixture = join(PROJECT, 'fixtures/journals/v2/20261123-223500-2b1e77');
  const name = readdirSync(fixture).find((each) => each.startsWith('25177-0.')) ?? '';
  mkdirSync(join(dir, 'r'));
  const file = join(dir, 'r', name);
  copyFileSync(join(fixture, name), file);
  const first = readHead(file);
  const sinceMs = first !== undefined && 't' in first ? first.startedAt + 1 : 0;
  const read = (): Profile => readProfiles(listRuns(dir), { sinceMs });
  const callsOf = ({ functions }: Profile): number[] =>
    Array.from(functions.values(), ({ aggregate: { calls } }) => calls).filter((calls) => calls > 0);
  const before = read();
  expect(callsOf(before).length).toBeGreaterThan(0);
  const renamed = hearReading((heard, position) => {
    if (heard === file && position > 1000 && existsSync(file)) renameSync(file, file.replace('.0.', '.1.'));
  }, read);
  expect(callsOf(renamed)).toEqual(callsOf(before));
  expect(renamed.dropped).toEqual([]);
});
