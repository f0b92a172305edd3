/** What `report` shows beside the table of functions: groups, arguments, time lines, facts of the run. */
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { join } from 'node:path';
import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { describe, expect, test } from 'vitest';
import { renderFunctionTable } from '../../cli/report/function-table.ts';
import { findRun } from '../../cli/journal/catalog.ts';
import { readProfiles } from '../../cli/profile/read-profile.ts';
import { wrapFacts } from '../../cli/report/report.ts';
import { sparkline } from '../../cli/text/sparkline.ts';
import { STEPS, type Timeline } from '../../cli/profile/timeline.ts';
import { textWidth } from '../../cli/text/width.ts';
import type { JournalRecord, SiteAggregate } from '../../runtime/format/record.ts';
import { gitRevision } from '../../runtime/journal/git-revision.ts';
import { shopJournal } from './shop.ts';
import { aggregate, head, runCli, site, START, temporaryFolder, writeJournal } from './support.ts';

const report = (dir: string, ...args: readonly string[]): ReturnType<typeof runCli> =>
  runCli(['report', '--dir', dir, ...args]);

describe('--group', () => {
  test('class: methods are their class’s, other functions their module’s, self times add up', () => {
    const { functions } = JSON.parse(report(shopJournal(), '--group', 'class', '--json').stdout);
    const cart = functions.find(
      ({ functionName }: { functionName: string }) => functionName === 'src/cart.Cart',
    );
    expect(cart).toMatchObject({ callCount: 28, selfTimeMs: 13, errorCount: 0 });
    const names = functions.map(({ functionName }: { functionName: string }) => functionName);
    expect(names).toContain('src/shop');
    expect(names).not.toContain('src/cart.Cart.total');
  });

  test('file: one row each', () => {
    const { stdout } = report(shopJournal(), '--group', 'file');
    expect(stdout).toMatch(/^src\/cart\.ts +28 /m);
    expect(stdout).toMatch(/^src\/shop\.ts +3 /m);
  });

  test('shows self times, which add up, and totals where they are asked for', () => {
    expect(report(shopJournal(), '--group', 'file').stdout).toMatch(/^file +calls +self +avg /m);
    expect(report(shopJournal(), '--group', 'file', '--sort', 'total').stdout).toMatch(
      /^file +calls +total /m,
    );
    expect(report(shopJournal()).stdout).toMatch(/^function +calls +total /m);
  });

  test('names the file in a warning, and no line', () => {
    const failing = (id: number): SiteAggregate => ({ ...aggregate(id, 10, 1), errors: 5 });
    const dir = writeJournal({
      r: {
        'a.tkap': [
          head(),
          site(0, 'src/a.Cart.total', { file: 'src/a.ts', line: 3 }),
          { t: 'agg', at: START, sites: [failing(0)], metrics: 10 },
        ],
      },
    });
    expect(report(dir).stdout).toContain('low success rate: 50.0% (src/a.ts:3)\n');
    expect(report(dir, '--group', 'class').stdout).toContain('low success rate: 50.0% (src/a.ts)\n');
  });

  test('has no column for a trend that no group has', () => {
    const titles = (...args: readonly string[]): string =>
      runCli(['report', '--dir', shopJournal(), ...args], { env: { COLUMNS: '200' } }).stdout.match(
        /^(?:class|function) +calls.*/m,
      )?.[0] ?? '';
    expect(titles('--group', 'class')).toMatch(/^class +calls/);
    expect(titles('--group', 'class')).not.toContain('trend');
    expect(titles()).toContain('trend');
  });

  test('class: a function within a method is its class’s, and the titles say what is counted', () => {
    const sites = [
      site(0, 'src/a.Cart.get total', { file: 'src/a.ts', kind: 'getter' }),
      site(1, 'src/a.Cart.get total.<anonymous>@6:45', { file: 'src/a.ts', kind: 'arrow' }),
      site(2, 'src/a.Cart.Line.print', { file: 'src/a.ts', kind: 'method' }),
      site(3, 'src/a.cart.print', { file: 'src/a.ts', kind: 'method' }),
      site(4, 'src/a.Cart', { file: 'src/a.ts', kind: 'function' }),
      // By its mark.
      site(5, 'db.query', { file: 'src/a.ts', kind: 'function' }),
    ];
    const sums = sites.map(({ id }) => aggregate(id, 1, id < 5 ? 6 - id : 0.1));
    const records = [head(), ...sites, { t: 'agg', at: START, sites: sums, metrics: 6 }];
    const dir = writeJournal({ r: { 'a.tkap': records } });
    const { stdout } = report(dir, '--group', 'class', '--limit', '3');
    const names = stdout.split('\n').flatMap((text) => /^(\S+) +\d/.exec(text)?.[1] ?? []);
    expect(names).toEqual(['src/a.Cart', 'src/a.Cart.Line', 'src/a.cart']);
    expect(stdout).toMatch(/^class +calls/m);
    expect(stdout).toContain('… and 1 more class; --limit 0 shows all');
    expect(stdout).toContain('🔢 Functions Monitored: 6\n');
    expect(report(dir, '--group', 'file').stdout).toMatch(/^file +calls/m);
  });

  test('self times are no longer than the threads were there, where estimates add up to more', () => {
    const sites = [site(0, 'src/a.f', { file: 'src/a.ts' }), site(1, 'src/a.g', { file: 'src/a.ts' })];
    const selfOf = (timed: number): unknown => {
      const sums = sites.map(({ id }) => aggregate(id, 1000, 0.7, { timed, represented: 1000, spread: 1 }));
      const records = [head(), ...sites, { t: 'agg', at: START + 1000, sites: sums, metrics: 1 }];
      const dir = writeJournal({ r: { 'a.tkap': records } });
      return JSON.parse(report(dir, '--group', 'file', '--json').stdout).functions[0].selfTimeMs;
    };
    expect(selfOf(10)).toBe(1000);
    expect(selfOf(1000)).toBe(1400);
  });

  test('self times are the sum of those of its functions, also where calls are estimated', () => {
    const sites = [
      site(0, 'src/a.f', { file: 'src/a.ts' }),
      site(1, 'src/a.g', { file: 'src/a.ts', kind: 'async' }),
    ];
    const open = { activeNs: 3e6, waitNs: 1e6 };
    const sums = [
      aggregate(0, 900, 1, { timed: 3, represented: 100, totalNs: 1e8, selfNs: 1e8 }),
      aggregate(1, 6, 1, { timed: 4, represented: 5, totalNs: 4e6, selfNs: 3e6, ...open }),
    ];
    const records = [head(), ...sites, { t: 'agg', at: START, sites: sums, metrics: 5 }];
    const dir = writeJournal({ r: { 'a.tkap': records } });
    const functions = (...options: string[]): AggregateMetrics[] =>
      JSON.parse(report(dir, '--json', ...options).stdout).functions;
    const sum = (all: readonly AggregateMetrics[], key: 'selfTimeMs' | 'totalExecutionTimeMs'): number =>
      all.reduce((total, each) => total + (each[key] ?? 0), 0);
    for (const key of ['selfTimeMs', 'totalExecutionTimeMs'] as const)
      expect(sum(functions('--group', 'file'), key)).toBeCloseTo(sum(functions(), key), 6);
    expect(sum(functions(), 'selfTimeMs')).toBeCloseTo(900 + 3.6, 6);
    // Of an async function all three are of all its calls.
    expect(functions('--filter', 'g')[0]).toMatchObject({
      totalExecutionTimeMs: expect.closeTo(4.8, 6),
      activeTimeMs: expect.closeTo(3.6, 6),
      waitTimeMs: expect.closeTo(1.2, 6),
    });
  });

  test('of the functions that a filter names', () => {
    const dir = shopJournal();
    const named = (...args: readonly string[]): string[] =>
      JSON.parse(report(dir, ...args, '--json').stdout).functions.map(
        ({ functionName }: { functionName: string }) => functionName,
      );
    expect(named('--group', 'file', '--filter', 'Cart.*')).toEqual(['src/cart.ts']);
    expect(named('--by-args', '--filter', 'Cart.total')).toHaveLength(2);
    expect(report(dir, '--group', 'file', '--filter', 'none')).toMatchObject({
      code: 1,
      stderr: '[tka-perf] no function has a name that matches "none"; try "*none*"\n',
    });
  });

  test.each([
    [['--group', 'folder'], 'cannot group by "folder"; write "file" or "class"'],
    [['--group', 'file', '--by-args'], '--group and --by-args exclude each other'],
  ])('%j', (args, sentence) => {
    expect(report(shopJournal(), ...args)).toMatchObject({ code: 2, stderr: `[tka-perf] ${sentence}\n` });
  });
});

describe('--by-args', () => {
  test('has a row for each hash of arguments', () => {
    const { functions } = JSON.parse(report(shopJournal(), '--by-args', '--json').stdout);
    expect(functions).toHaveLength(2);
    expect(functions[0]).toMatchObject({
      functionName: 'src/cart.Cart.total (aa11)',
      callCount: 1,
      avgMemoryBytes: 4_096,
    });
    expect(functions[0].totalExecutionTimeMs).toBeCloseTo(3.7, 9);
    expect(functions[1].functionName).toBe('src/cart.Cart.total (bb22)');
  });

  test('is of what was measured since, and of all runs', () => {
    const hashed = (at: number): JournalRecord => ({
      t: 'metrics',
      metrics: [{ id: 0, durationNs: 1e6, at, ok: true, argsHash: 'aa11' }],
    });
    const HOUR = 3_600_000;
    const records = (at: number): JournalRecord[] => [
      head({ startedAt: at - 4 * HOUR }),
      site(0, 'f'),
      { t: 'agg', at, sites: [aggregate(0, 2, 2)], metrics: 2 },
      hashed(at - 3 * HOUR),
      hashed(at),
    ];
    const now = Date.now();
    const dir = writeJournal({
      a: { 'a.tkap': records(now - 5 * HOUR) },
      b: { 'b.tkap': records(now - 1_000) },
    });
    const calls = (...args: readonly string[]): number =>
      JSON.parse(report(dir, '--by-args', '--json', ...args).stdout).functions[0].callCount;
    expect([calls(), calls('--all'), calls('--since', '1h')]).toEqual([2, 4, 1]);
    const lines = (...args: readonly string[]): number =>
      runCli(['export', '--format', 'ndjson', '--dir', dir, ...args])
        .stdout.trim()
        .split('\n').length;
    expect([lines(), lines('--all'), lines('--since', '1h')]).toEqual([2, 4, 1]);
  });

  test('says how many calls it is not of', () => {
    const metrics = { t: 'metrics', metrics: [{ id: 0, durationNs: 1, at: START, ok: true, argsHash: 'a' }] };
    const dir = writeJournal({
      r: {
        'a.tkap': [
          head(),
          site(0, 'f'),
          site(1, 'g'),
          { t: 'agg', at: START, sites: [aggregate(0, 1_201, 1_201), aggregate(1, 7, 7)], metrics: 8 },
          metrics as JournalRecord,
        ],
      },
    });
    expect(report(dir, '--by-args').stderr).toBe(
      '[tka-perf] 1,200 calls of these functions are in no row: with their arguments’ hash a process keeps those that it timed last, 10,000 where nothing else is configured\n',
    );
  });

  test('says what to do where nothing is hashed', () => {
    const dir = writeJournal({
      r: {
        'a.tkap': [head(), site(0, 'f'), { t: 'agg', at: START, sites: [aggregate(0, 1, 1)], metrics: 1 }],
      },
    });
    expect(report(dir, '--by-args')).toMatchObject({
      code: 1,
      stderr:
        '[tka-perf] no recent call of run r has its arguments hashed; mark functions with "// @monitor args"\n',
    });
  });
});

describe('sparklines', () => {
  test.each([
    [[1, 2, 4, 8], 4, '▁▂▄█'],
    [[100, 101, 99], 3, '███'],
    [[undefined, 0, 5], 3, '·▁█'],
    [[0, 0], 2, '▁▁'],
    [[1, 1, 3, 3], 2, '▃█'],
    [[], 8, ''],
  ])('%j in %i columns is %s', (values, width, text) => expect(sparkline(values, width)).toBe(text));
});

describe('time lines', () => {
  const lineOf = (records: readonly unknown[], name: string): Timeline | undefined =>
    readProfiles([findRun(writeJournal({ r: { 'a.tkap': records } }), undefined)], {
      steps: STEPS,
    }).timelines.get(name);
  const sum = (values: readonly number[] = []): number => values.reduce((total, value) => total + value, 0);

  test('are what came between two states, whose sum is the last state', () => {
    const states = Array.from({ length: 10 }, (_, index) => ({
      t: 'agg',
      at: START + (index + 1) * 1_000,
      sites: [aggregate(0, index < 5 ? 10 * (index + 1) : 50 + 30 * (index - 4), 2)],
      metrics: 0,
    }));
    const timeline = lineOf([head(), site(0, 'f'), ...states], 'f');
    expect(timeline).toMatchObject({ startMs: START, stepMs: 10_000 / 60 });
    expect(sum(timeline?.calls)).toBeCloseTo(200, 6);
    // 10 calls a second, then 30.
    expect(sum(timeline?.calls.slice(0, 30))).toBeCloseTo(50, 6);
    expect(timeline?.avgMs.every((value) => Math.abs((value ?? 0) - 2) < 1e-9)).toBe(true);
  });

  const singleCalls = (...afterMs: readonly number[]): JournalRecord => ({
    t: 'metrics',
    metrics: afterMs.map((at) => ({ id: 0, durationNs: at * 1e6, at: START + at, ok: true })),
  });
  const stateAt = (afterMs: number, calls: number, avgMs: number): JournalRecord => ({
    t: 'agg',
    at: START + afterMs,
    sites: [aggregate(0, calls, avgMs)],
    metrics: calls,
  });

  test('of a process with few states show single calls where they were, where all of an interval are known', () => {
    const timeline = lineOf([head(), site(0, 'f'), stateAt(120, 3, 40), singleCalls(10, 20, 90)], 'f');
    expect(timeline?.calls.flatMap((calls, step) => (calls > 0 ? [[step, calls]] : []))).toEqual([
      [5, 1],
      [10, 1],
      [45, 1],
    ]);
    expect(timeline?.avgMs[45]).toBeCloseTo(90, 6);
    expect(timeline?.avgMs[30]).toBeUndefined();
  });

  test('spread the calls of an interval evenly over it, where some of them are not known', () => {
    const states = [stateAt(60, 300, 1), stateAt(120, 600, 2)];
    const timeline = lineOf([head(), site(0, 'f'), ...states, singleCalls(70, 118, 119)], 'f');
    expect(timeline?.calls.map((calls) => Math.round(1e6 * calls) / 1e6)).toEqual(Array(60).fill(10));
    expect(timeline?.avgMs[29]).toBeCloseTo(1, 6);
    expect(timeline?.avgMs[30]).toBeCloseTo(3, 6);
    expect(timeline?.avgMs[59]).toBeCloseTo(3, 6);
  });

  test('become coarser where a later writer goes on for longer, and lose nothing', () => {
    const writer = (pid: number, seconds: number): readonly unknown[] => [
      head({ pid, startedAt: START + pid }),
      site(0, 'f'),
      ...Array.from({ length: 10 }, (_, index) => ({
        t: 'agg',
        at: START + pid + ((index + 1) * seconds * 1_000) / 10,
        sites: [aggregate(0, 6 * (index + 1), 1)],
        metrics: 0,
      })),
    ];
    const dir = writeJournal({ r: { 'a.tkap': writer(1, 10), 'b.tkap': writer(2, 100) } });
    const { timelines, lastAt, run } = readProfiles([findRun(dir, undefined)], { steps: STEPS });
    const { startMs = 0, stepMs = 0, calls = [] } = timelines.get('f') ?? {};
    expect(sum(calls)).toBeCloseTo(120, 6);
    // The first writer's 60 calls, and 6 of the other's.
    expect(sum(calls.slice(0, Math.ceil(10_000 / stepMs)))).toBeCloseTo(66, 0);
    expect(startMs).toBe(run.startedAt);
    expect(calls.length).toBeGreaterThan(STEPS / 2);
    expect(calls.length).toBeLessThanOrEqual(STEPS);
    expect(startMs + stepMs * calls.length).toBeGreaterThanOrEqual(lastAt);
  });

  test('lose nothing where a clock was set back', () => {
    const states = Array.from({ length: 9 }, (_, index) => ({
      t: 'agg',
      at: START - index * 1_000,
      sites: [aggregate(0, index + 1, 1)],
      metrics: 0,
    }));
    expect(sum(lineOf([head(), site(0, 'f'), ...states], 'f')?.calls)).toBeCloseTo(9, 6);
  });
});

test('of many runs that began together it says that there are more, where the latest is taken', () => {
  const journalOf = (count: number): string =>
    writeJournal(
      Object.fromEntries(
        Array.from({ length: count }, (_, i) => [
          `run-${i}`,
          {
            'a.tkap': [
              head({ run: `run-${i}`, startedAt: START + 100 * i, ppid: 100 + i }),
              site(0, 'f'),
              { t: 'agg', at: START + 100 * i, sites: [aggregate(0, 1, 1)], metrics: 1 },
            ],
          },
        ]),
      ),
    );
  expect(report(journalOf(7)).stderr).toMatch(
    /^\[tka-perf\] 6 other runs began in the minute before this one: --since \d+m adds them up, .*\n$/,
  );
  expect(report(journalOf(7), '--all').stderr).toBe('');
  expect(report(journalOf(3)).stderr).toBe('');
});

test('of two that one process has started side by side, as a test runner does its workers, it says so too', () => {
  const at = Date.now() - 5_000;
  const journalOf = (change: object, writtenAt: number): string => {
    const dir = writeJournal(
      Object.fromEntries(
        ['a', 'b'].map((run, i) => [
          run,
          {
            'a.tkap': [
              head({ run, startedAt: at + 1000 * i, pid: 50 + i, ...(i === 1 ? change : {}) }),
              site(0, 'f'),
              { t: 'agg', at: at + 2000, sites: [aggregate(0, 1, 1)], metrics: 1 },
            ],
          },
        ]),
      ),
    );
    utimesSync(join(dir, 'a/a.tkap'), writtenAt / 1000, writtenAt / 1000);
    return dir;
  };
  expect(report(journalOf({}, at + 1500)).stderr).toMatch(
    /^\[tka-perf\] 1 other run began in the minute before this one: --since \d+m adds both up, .*\n$/,
  );
  // One after the other, or started by two, or two programs.
  expect(report(journalOf({}, at + 500)).stderr).toBe('');
  expect(report(journalOf({ ppid: 4711 }, at + 1500)).stderr).toBe('');
  expect(report(journalOf({ command: ['other.js'] }, at + 1500)).stderr).toBe('');
});

describe('the head', () => {
  const withUsage = (usage: object): string =>
    writeJournal({
      r: {
        'a.tkap': [
          head({ revision: '0123456789ab' }),
          site(0, 'f'),
          { t: 'agg', at: START + 10_000, sites: [aggregate(0, 1, 1)], metrics: 1 },
          { t: 'usage', noiseNs: 1, ...usage },
        ],
      },
    });

  test('tells what counting took at least, where that is something', () => {
    const dirWith = (calls: number): string =>
      writeJournal({
        r: {
          'a.tkap': [
            head(),
            site(0, 'f'),
            { t: 'agg', at: START + 9_000, sites: [{ ...aggregate(0, 1000, 1), calls }], metrics: 1000 },
            { t: 'usage', elapsedMs: 10_000, overheadMs: 100, budget: 0.01, noiseNs: 10 },
          ],
        },
      });
    expect(report(dirWith(400_001_000)).stdout).toMatch(/ · counting 400\.0M calls 10 % and more\n/);
    expect(report(dirWith(40_001_000)).stdout).not.toContain('counting');
  });

  test('tells the commit, and what measuring took of its budget', () => {
    const dir = withUsage({ elapsedMs: 10_000, overheadMs: 42, budget: 0.01 });
    expect(report(dir).stdout).toContain(
      'node 20.20.2\ngit 0123456789ab · measuring took 0.42 % (budget 1 %)\n',
    );
    expect(JSON.parse(report(dir, '--json').stdout).processes[0]).toMatchObject({
      revision: '0123456789ab',
      budget: 0.01,
      overheadMs: 42,
    });
  });

  test('tells how long it ran where the clock was set back meanwhile', () => {
    const dir = withUsage({ elapsedMs: 7_200_000, overheadMs: 42 });
    expect(report(dir).stdout).toContain(' · 2h00m · ');
    expect(JSON.parse(report(dir, '--json').stdout).run.durationMs).toBe(7_200_000);
    expect(JSON.parse(runCli(['runs', '--json', '--dir', dir]).stdout)).toMatchObject([
      { durationMs: 7_200_000 },
    ]);
  });

  test('tells apart what the journal took, for which there is a budget apart', () => {
    const dir = withUsage({ elapsedMs: 10_000, overheadMs: 142, journalMs: 42, budget: 0.01 });
    expect(report(dir).stdout).toContain('measuring took 1 % (budget 1 %), writing the journal 0.42 %');
    expect(JSON.parse(report(dir, '--json').stdout).processes[0]).toMatchObject({
      overheadMs: 142,
      journalMs: 42,
    });
  });

  test('and what watching promises took, for which there is none', () => {
    const dir = withUsage({ elapsedMs: 10_000, overheadMs: 342, journalMs: 42, watchMs: 200, budget: 0.01 });
    expect(report(dir).stdout).toContain(
      'measuring took 1 % (budget 1 %), watching promises 2 %,\nwriting the journal 0.42 %\n',
    );
    expect(JSON.parse(report(dir, '--json').stdout).processes[0]).toMatchObject({ watchMs: 200 });
  });

  test.each([
    ['has called nothing for long: of all the time since', 100_000, 7_200, '0.2 %'],
    ['works: of the time until it was told', 3_000_000, 30_000, '1 %'],
  ])('what measuring took of a process that runs, and %s', (_, elapsedMs, overheadMs, share) => {
    const startedAt = Date.now() - (elapsedMs === 100_000 ? 3_600_000 : elapsedMs + 30_000);
    const records = [
      head({ pid: process.pid, startedAt }),
      site(0, 'f'),
      { t: 'agg', at: startedAt + 100_000, sites: [aggregate(0, 1, 1)], metrics: 1 },
      { t: 'usage', noiseNs: 1, elapsedMs, overheadMs, budget: 0.01 },
    ];
    const { stdout } = report(writeJournal({ r: { 'a.tkap': records } }));
    expect(stdout).toContain(`measuring took ${share} (budget 1 %)\n`);
  });

  test('of several commands names the first, and says how many others there are', () => {
    const file = (command: readonly string[], thread: number): object[] => [
      head({ command, thread }),
      site(0, 'f'),
      { t: 'agg', at: START, sites: [aggregate(0, 1, 1)], metrics: 1 },
    ];
    const dir = writeJournal({
      r: {
        'a.tkap': file(['a.test.js'], 0),
        'b.tkap': file(['b.test.js'], 1),
        'c.tkap': file(['b.test.js'], 2),
        'd.tkap': file(['c.test.js'], 3),
      },
    });
    expect(report(dir).stdout).toMatch(/^a\.test\.js and 2 other commands$/m);
    const worker = { 'a.tkap': file(['server.js'], 1), 'b.tkap': file(['server.js', '--port', '80'], 0) };
    expect(report(writeJournal({ r: worker })).stdout).toMatch(/^server\.js --port 80$/m);
  });

  test('of a short run gives the time, since the start is a large share of it', () => {
    expect(report(withUsage({ elapsedMs: 5, overheadMs: 1 })).stdout).toContain(
      'measuring took 1.00ms (budget exact)\n',
    );
  });

  test('has as many lines as the width asks for', () => {
    expect(wrapFacts(['aaaa', 'bbbb', 'cccc'], 11)).toEqual(['aaaa · bbbb', 'cccc']);
    expect(wrapFacts(['longer than that'], 5)).toEqual(['longer than that']);
    expect(wrapFacts(['a', 'took 1 %, 2 % of it, 3 %'], 16)).toEqual(['a', 'took 1 %,', '2 % of it, 3 %']);
  });
});

test('durations within the noise of the clock are told as such, and no figure is given', () => {
  const records = [
    head(),
    site(0, 'f'),
    { t: 'agg', at: START, sites: [aggregate(0, 1_000, 2e-6)], metrics: 1 },
    { t: 'usage', elapsedMs: 1000, overheadMs: 1, noiseNs: 3 },
  ];
  const { stdout } = report(writeJournal({ r: { 'a.tkap': records } }));
  expect(stdout).toMatch(/^f +1,000 +<3\.00µs .* <3\.00ns /m);
  expect(stdout).toContain('< shorter than the clock can tell from nothing\n');
});

test('the own time of a function that only calls others is told by the noise, not by its total', () => {
  const thin = { ...aggregate(0, 1_000, 1), selfNs: 0 };
  const records = [
    head(),
    site(0, 'f'),
    { t: 'agg', at: START, sites: [thin], metrics: 1 },
    { t: 'usage', elapsedMs: 1000, overheadMs: 1, noiseNs: 3 },
  ];
  const { stdout } = report(writeJournal({ r: { 'a.tkap': records } }), '--sort', 'self');
  expect(stdout).toMatch(/^f +1,000 +1\.00 s +<3\.00µs /m);
});

test('what is estimated of a function, and of all, is no longer than the run', () => {
  const estimated = { timed: 3, represented: 100, totalNs: 1e9, selfNs: 1e9 };
  const records = [
    head(),
    site(0, 'f', {}),
    site(1, 'g', {}),
    { t: 'agg', at: START + 8000, sites: [0, 1].map((id) => aggregate(id, 900, 1, estimated)), metrics: 6 },
  ];
  const dir = writeJournal({ r: { 'a.tkap': records } });
  const { functions } = JSON.parse(report(dir, '--json').stdout);
  expect(functions).toMatchObject([
    { totalExecutionTimeMs: 8000, selfTimeMs: 8000 },
    { totalExecutionTimeMs: 8000, selfTimeMs: 8000 },
  ]);
  // All that is said of it agrees.
  expect(900 * functions[0].avgExecutionTimeMs).toBeCloseTo(8000, 6);
  const [group] = JSON.parse(report(dir, '--group', 'file', '--json').stdout).functions;
  expect(group).toMatchObject({ totalExecutionTimeMs: 16_000, selfTimeMs: 8000 });
  const { stdout } = runCli(['export', '--format', 'prometheus', '--dir', dir]);
  expect(stdout).toMatch(/^tka_perf_call_duration_seconds_sum\{function="f"\} 0\.8888/m); // of 100
  const file = join(temporaryFolder(), 'report.html');
  report(dir, '--html', file);
  expect(readFileSync(file, 'utf8')).toContain('<dt>self time</dt><dd>?8.00 s</dd>');
});

test('what outlives its stack has run for no longer than the run, and waited for the rest', () => {
  const estimated = { timed: 3, represented: 100, totalNs: 2e9, activeNs: 1.5e9, waitNs: 5e8, selfNs: 1.5e9 };
  const records = [
    head(),
    site(0, 'f', { kind: 'async' }),
    { t: 'agg', at: START + 8000, sites: [aggregate(0, 900, 1, estimated)], metrics: 3 },
  ];
  const { functions } = JSON.parse(report(writeJournal({ r: { 'a.tkap': records } }), '--json').stdout);
  expect(functions).toMatchObject([
    { totalExecutionTimeMs: 18_000, selfTimeMs: 8000, activeTimeMs: 8000, waitTimeMs: 10_000 },
  ]);
});

test('how far an estimated average may be off is told, where anything is estimated', () => {
  const sampled = { ...aggregate(0, 1_000, 0.01), timed: 101, represented: 1_000, spread: 1_000_000 };
  const records = [head(), site(0, 'f'), site(1, 'g'), { t: 'agg', at: START, sites: [sampled], metrics: 1 }];
  const note = '± how far such an average, and its total, may be off, with 95 % confidence\n';
  const { stdout } = report(writeJournal({ r: { 'a.tkap': records } }));
  // Student's quantile for 100, 2.2, times 1,000 us, over 1,000 calls: of 10 us, 22 %.
  expect(stdout).toMatch(/^function +calls +total +avg +± .*\nf +1,000 +~10\.0ms +~10\.0µs +22% /m);
  expect(stdout).toContain(note);
  const [row] = JSON.parse(report(writeJournal({ r: { 'a.tkap': records } }), '--json').stdout).functions;
  expect(row.avgExecutionTimeMarginMs).toBeCloseTo(0.0022, 5);
  const notesAt = (width: number, avgExecutionTimeMarginMs: number): readonly string[] =>
    renderFunctionTable([{ ...row, avgExecutionTimeMarginMs, belowThresholdCalls: 12 }, row], {
      sort: 'total',
      width,
      color: false,
      limit: 1,
    })
      .split('\n')
      .slice(2);
  expect(notesAt(80, 0.006)[2]).toMatch(/^±/);
  expect(notesAt(40, 0.006)).toEqual([
    '~ estimated from 101 timed of 1,000',
    '  calls; calls and errors are exact',
    '? estimated too, from so few calls that',
    '  it may be off by more than half',
    '12 calls below the threshold of their',
    '  functions are in no number',
    '… and 1 more function; --limit 0 shows',
    '  all',
  ]);
  expect(notesAt(40, 0.0022)).toHaveLength(6);

  const exact = [
    head(),
    site(0, 'f'),
    { t: 'agg', at: START, sites: [aggregate(0, 1_000, 0.01)], metrics: 1 },
  ];
  expect(report(writeJournal({ r: { 'a.tkap': exact } })).stdout).not.toContain('±');
});

describe('memory is marked', () => {
  /** The report of two functions of which so many samples were taken, 1 MB each, and so many of those beside other calls. */
  const reportOf = (...[f, g]: [samples: number, overlapping: number][]): string => {
    const row = (id: number, [n, overlapping] = [0, 0]): object => ({
      ...aggregate(id, 40, 1),
      rss: { n, sumBytes: n * 2 ** 20 },
      overlapping,
    });
    const sites = [row(0, f), row(1, g)];
    const records = [head(), site(0, 'f'), site(1, 'g'), { t: 'agg', at: START, sites, metrics: 1 }];
    return report(writeJournal({ r: { 'a.tkap': records } }), '--sort', 'memory').stdout;
  };
  const OTHERS = '? before memory: other calls were in flight in most of the samples';
  const FEW = '? before memory: from fewer than 10 samples';

  test('where other calls may have taken some', () => {
    const shown = reportOf([40, 30], [40, 10]);
    expect(shown).toMatch(/^f .* \?1\.00MB/m);
    expect(shown).toMatch(/^g .* 1\.00MB/m);
    expect(shown).toContain(OTHERS);
    expect(shown).not.toContain(FEW);
  });

  test('where few samples were taken', () => {
    const shown = reportOf([9, 0], [10, 0]);
    expect(shown).toMatch(/^f .* \?1\.00MB/m);
    expect(shown).toMatch(/^g .* 1\.00MB/m);
    expect(shown).toContain(FEW);
    expect(shown).not.toContain(OTHERS);
  });

  test('on the heap, too, of which a garbage collection may have left fewer samples', () => {
    const sums = { rss: { n: 40, sumBytes: 0 }, heap: { n: 9, sumBytes: 9 * 2 ** 20 } };
    const records = [
      head(),
      site(0, 'f'),
      { t: 'agg', at: START, sites: [aggregate(0, 40, 1, sums)], metrics: 1 },
    ];
    const { stdout } = report(writeJournal({ r: { 'a.tkap': records } }), '--sort', 'alloc');
    expect(stdout).toMatch(/^f .* \?1\.00MB/m);
    expect(stdout).toMatch(/^\? before alloc: from fewer than 10 samples$/m);
  });

  test('and is not, where there is none', () => {
    const shown = reportOf([10, 0], [0, 0]);
    expect(shown).toMatch(/^g .* –/m);
    expect(shown).not.toContain('?');
  });
});

describe('colour', () => {
  test.each([
    [{ FORCE_COLOR: '1' }, true],
    [{ FORCE_COLOR: '0' }, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false],
    [{}, false],
  ])('in a pipe with %j: %s', (env, isColoured) => {
    const clean = { NO_COLOR: undefined, FORCE_COLOR: undefined };
    const { stdout } = runCli(['report', '--dir', shopJournal()], { env: { ...clean, ...env } });
    expect(stdout.includes('\u001b[1m')).toBe(isColoured);
  });
});

test.each([
  [undefined, 80],
  ['120', 120],
  ['40', 40],
  ['0', 80],
  ['wide', 80],
])('where COLUMNS is %s, a report in a pipe fits into %i columns', (COLUMNS, width) => {
  const { stdout } = runCli(['report', '--dir', shopJournal()], { env: { COLUMNS } });
  const table = stdout.split('\n').filter((line) => /^(?:function|src\/)/.test(line));
  const longest = Math.max(...table.map(textWidth));
  expect(longest).toBeLessThanOrEqual(width);
  if (width > 40) expect(longest).toBeGreaterThan(width - 20);
});

test.each([
  ['abc µs · ▁█', 11],
  ['日本', 4],
  ['e\u0301', 1],
])('%s takes %i columns', (text, width) => expect(textWidth(text)).toBe(width));

describe('the git commit', () => {
  const COMMIT = '89abcdef0123456789abcdef0123456789abcdef';
  const revision = (files: Readonly<Record<string, string>>, from = 'deep/er'): string | undefined => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'deep/er'), { recursive: true });
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    return gitRevision({ fs, path }, join(folder, from));
  };

  test.each([
    ['of a branch', { '.git/HEAD': 'ref: refs/heads/main\n', '.git/refs/heads/main': `${COMMIT}\n` }],
    [
      'of a packed branch',
      { '.git/HEAD': 'ref: refs/heads/main\n', '.git/packed-refs': `# pack\n${COMMIT} refs/heads/main\n` },
    ],
    ['checked out by itself', { '.git/HEAD': `${COMMIT}\n` }],
    [
      'of a linked working tree',
      {
        'deep/.git': 'gitdir: ../main/.git/worktrees/deep\n',
        'main/.git/worktrees/deep/HEAD': 'ref: refs/heads/topic\n',
        'main/.git/worktrees/deep/commondir': '../..\n',
        'main/.git/refs/heads/topic': `${COMMIT}\n`,
      },
    ],
  ])('%s', (_, files) => expect(revision(files)).toBe('89abcdef0123'));

  test('is unknown where there is none yet', () =>
    expect(revision({ '.git/HEAD': 'ref: refs/heads/main\n' })).toBeUndefined());
});
