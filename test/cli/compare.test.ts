/** `tka-perf compare`: two runs, and what has become of the functions. */
import { describe, expect, test } from 'vitest';
import type { HeadRecord, JournalRecord, SiteAggregate } from '../../runtime/format/record.ts';
import { aggregate, runCli, START, writeJournal, writerRecords } from './support.ts';

const LATER = START + 3_600_000;

type Functions = Readonly<Record<string, (id: number) => SiteAggregate>>;

const calls =
  (count: number, eachMs: number, changes: Partial<SiteAggregate> = {}) =>
  (id: number): SiteAggregate =>
    aggregate(id, count, eachMs, changes);

function records(functions: Functions, changes: Partial<HeadRecord> = {}): JournalRecord[] {
  return writerRecords(Object.entries(functions), changes);
}

/** A journal of two runs, `before` and `now`. */
function twoRuns(before: Functions, now: Functions, changes: Partial<HeadRecord> = {}): string {
  return writeJournal({
    before: { 'a.tkap': records(before, { run: 'before' }) },
    now: { 'a.tkap': records(now, { run: 'now', startedAt: LATER, ...changes }) },
  });
}

const compare = (dir: string, ...args: readonly string[]): ReturnType<typeof runCli> =>
  runCli(['compare', '--dir', dir, ...args]);

/** The rows of the table, without what surrounds them. */
function rowsOf(stdout: string): string[][] {
  const lines = stdout.split('\n');
  const titles = lines.findIndex((line) => line.startsWith('function'));
  const rows = titles < 0 ? [] : lines.slice(titles + 1);
  const end = rows.findIndex((line) => !/ {2,}\S/.test(line));
  return rows.slice(0, end < 0 ? rows.length : end).map((line) => line.split(/ {2,}/));
}

describe('what differs', () => {
  const journal = (): string =>
    twoRuns(
      { slow: calls(100, 1), fast: calls(40, 4), same: calls(10, 3), old: calls(3, 2) },
      { slow: calls(200, 1.5), fast: calls(40, 2), same: calls(10, 3.2), fresh: calls(1, 7) },
    );

  test('is told by what it costs, lost or won, for the calls of the later run', () => {
    const { code, stdout, stderr } = compare(journal());
    expect([code, stderr]).toEqual([0, '']);
    expect(rowsOf(stdout)).toEqual([
      ['slow', '200', '1.00ms', '1.50ms', '+50%', '0%', '+100ms'],
      ['fast', '40', '4.00ms', '2.00ms', '-50%', '0%', '-80.0ms'],
      ['fresh', '1', '–', '7.00ms', 'new', '+7.00ms'],
      ['old', '–', '2.00ms', '–', 'gone', '-6.00ms'],
    ]);
    expect(stdout).toContain('1 function differs by less than 10 %\n');
    expect(stdout).toMatch(/^before: run before · .*\n(?: {8}.*\n)*after: {2}run now · /m);
  });

  test('and nothing else: a run with itself, renamed', () => {
    const functions = { slow: calls(100, 1), once: calls(1, 500) };
    expect(compare(twoRuns(functions, functions)).stdout).toMatch(
      /\n\n2 functions differ by less than 10 %\n$/,
    );
  });

  test('is a document, too', () => {
    const dir = journal();
    const document = JSON.parse(compare(dir, '--json').stdout);
    expect(document).toMatchObject({
      version: 1,
      before: { id: 'before', command: ['app.js', '--fast'] },
      after: { id: 'now' },
      functions: [
        {
          functionName: 'slow',
          verdict: 'slower',
          change: 0.5,
          changeMargin: 0,
          costMs: expect.closeTo(100, 6),
          failures: 'alike',
          before: { callCount: 100 },
          after: { callCount: 200 },
        },
        { functionName: 'fast', verdict: 'faster', change: -0.5 },
        { functionName: 'fresh', verdict: 'new' },
        { functionName: 'old', verdict: 'gone' },
        { functionName: 'same', verdict: 'alike' },
      ],
    });
    expect(document).not.toHaveProperty('commonChange');
    expect(JSON.parse(compare(dir, '--json', '--limit', '2').stdout).functions).toHaveLength(2);
  });

  test('costs what it says also where a function calls itself', () => {
    const outermostNs = (ms: number): Partial<SiteAggregate> => ({ outermostNs: ms * 1e6 });
    const dir = twoRuns({ walk: calls(10, 1, outermostNs(8)) }, { walk: calls(10, 2, outermostNs(5)) });
    expect(rowsOf(compare(dir).stdout)).toEqual([
      ['walk', '10', '1.00ms', '2.00ms', '+100%', '0%', '+2.50ms'],
    ]);
    // Of a mean that many calls have in common, and a total that is no longer than the run.
    const less = twoRuns({ walk: calls(10, 9, outermostNs(20)) }, { walk: calls(10, 1, outermostNs(9)) });
    expect(rowsOf(compare(less).stdout)[0]?.at(-1)).toBe('-20.0ms');
  });

  test('may be of some functions only', () => {
    const dir = journal();
    expect(rowsOf(compare(dir, '--filter', 's*').stdout).map(([name]) => name)).toEqual(['slow']);
    expect(compare(dir, '--limit', '1').stdout).toContain('… and 3 more functions; --limit 0 shows all\n');
    const { code, stderr } = compare(dir, '--filter', 'nobody');
    expect([code, stderr]).toEqual([
      1,
      '[tka-perf] no function has a name that matches "nobody"; try "*nobody*"\n',
    ]);
  });
});

describe('what may be chance', () => {
  /** Half of the calls take `a` milliseconds, half of them `b`. */
  const mixed =
    (count: number, a: number, b: number) =>
    (id: number): SiteAggregate => {
      const [one, other] = [aggregate(id, count / 2, a), aggregate(id, count / 2, b)];
      const [low, high] = a < b ? [one, other] : [other, one];
      const counts = Array.from({ length: high.histogram.offset - low.histogram.offset + 1 }, () => 0);
      counts[0] = counts[counts.length - 1] = count / 2;
      const sum = one.totalNs + other.totalNs;
      return {
        ...low,
        calls: count,
        timed: count,
        totalNs: sum,
        rawTotalNs: sum,
        selfNs: sum,
        maxNs: high.maxNs ?? 0,
        histogram: { ...low.histogram, counts },
      };
    };

  test('is no difference: confidence intervals that overlap', () => {
    const few = twoRuns({ f: mixed(6, 1, 9), g: calls(9, 1000) }, { f: mixed(6, 2, 14), g: calls(9, 1000) });
    const { stdout } = compare(few);
    expect(rowsOf(stdout)).toEqual([]);
    expect(stdout).toContain('1 function may differ by more, and may not: too few calls tell\n');
    const many = twoRuns({ f: mixed(600, 1, 9) }, { f: mixed(600, 2, 14) });
    expect(rowsOf(compare(many).stdout)).toEqual([
      ['f', '600', '5.00ms', '8.00ms', '+60%', expect.stringMatching(/^\d+%$/), '+1.80 s'],
    ]);
  });

  test('is shown with a sign where it would be much of the time, as of a program’s main function', () => {
    const dir = twoRuns(
      { main: calls(1, 1000), tiny: calls(1, 0.1) },
      { main: calls(1, 2000), tiny: calls(1, 0.2) },
    );
    const { stdout } = compare(dir);
    expect(rowsOf(stdout)).toEqual([['main', '1', '1.00 s', '2.00 s', '?+100%', '+1.00 s']]);
    expect(stdout).toMatch(/^\? may be nothing: /m);
    expect(compare(dir, '--fail-above', '10').code).toBe(0);
  });

  test('is told where all functions differ alike', () => {
    const all = (eachMs: number): Functions =>
      Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`f${i}`, calls(100, eachMs)]));
    const dir = twoRuns(all(1), all(1.4));
    expect(compare(dir).stdout.replaceAll(/\n +/g, ' ')).toContain(
      'half of the functions are slower by 40% or more: it may be the machine\n',
    );
    expect(JSON.parse(compare(dir, '--json').stdout).commonChange).toBeCloseTo(0.4, 9);
  });
});

describe('failures', () => {
  test('are told where they have become more or fewer than chance explains', () => {
    const dir = twoRuns(
      {
        pay: calls(100, 1, { errors: 2 }),
        load: calls(100, 1, { errors: 3 }),
        mend: calls(100, 1, { errors: 60 }),
      },
      { pay: calls(100, 1, { errors: 30 }), load: calls(100, 1, { errors: 6 }), mend: calls(100, 1) },
    );
    expect(compare(dir).stdout).toContain(
      [
        '💥 Failures:',
        '  mend fails less often: 60 of 100 before, 0 of 100 now',
        '  pay fails more often: 2 of 100 before, 30 of 100 now',
        '',
      ].join('\n'),
    );
    expect(compare(dir, '--fail-above', '5')).toMatchObject({
      code: 1,
      stderr: '[tka-perf] pay fails more often than before\n',
    });
  });
});

describe('--fail-above', () => {
  test.each([
    ['70', 0, ''],
    ['40%', 1, '[tka-perf] g is slower by more than 40 %\n'],
    ['12.5', 1, '[tka-perf] g and another function are slower by more than 12.5 %\n'],
    ['much', 2, '[tka-perf] --fail-above takes a percentage, such as 20, not "much"\n'],
  ])('%s', (percent, code, stderr) => {
    const dir = twoRuns({ f: calls(100, 1), g: calls(100, 1) }, { f: calls(100, 1.3), g: calls(100, 1.6) });
    expect(compare(dir, '--fail-above', percent)).toMatchObject({ code, stderr });
  });
});

describe('which runs', () => {
  test('the latest and the one before it of the same command, unless they are named', () => {
    const run = (
      id: string,
      at: number,
      command: readonly string[],
      eachMs: number,
    ): readonly JournalRecord[] => records({ f: calls(10, eachMs) }, { run: id, startedAt: at, command });
    const dir = writeJournal({
      first: { 'a.tkap': run('first', START, ['app.js'], 1) },
      other: { 'a.tkap': run('other', START + 10_000, ['other.js'], 2) },
      last: { 'a.tkap': run('last', START + 20_000, ['app.js'], 3) },
    });
    const beforeOf = (...args: readonly string[]): unknown => {
      const { before, after } = JSON.parse(compare(dir, '--json', ...args).stdout);
      return [before.id, after.id];
    };
    expect(beforeOf()).toEqual(['first', 'last']);
    expect(beforeOf('oth')).toEqual(['other', 'last']);
    expect(beforeOf('last', 'first')).toEqual(['last', 'first']);
    expect(compare(dir, 'last')).toMatchObject({
      code: 1,
      stderr: '[tka-perf] run last can be compared with another one only; "tka-perf runs" lists them\n',
    });
    expect(compare(dir, 'nobody').code).toBe(1);
  });

  test('the latest cannot be read: that is told', () => {
    const dir = writeJournal({
      a: { 'a.tkap': records({ f: calls(1, 1) }, { run: 'a' }) },
      b: { [`1-0.${LATER.toString(36)}.0.tkap`]: '' },
    });
    const { code, stderr } = compare(dir);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/nothing in .* can be read\n$/)]);
  });

  test('there must be two, of one command', () => {
    const one = writeJournal({ a: { 'a.tkap': records({ f: calls(1, 1) }, { run: 'a' }) } });
    expect(compare(one)).toMatchObject({ code: 1, stdout: '' });
    expect(compare(one).stderr).toMatch(
      /^\[tka-perf\] there is no run before a in .*; run the program once more, /,
    );
    const unlike = twoRuns({ f: calls(1, 1) }, { f: calls(1, 1) }, { command: ['other.js'] });
    expect(compare(unlike).stderr).toBe(
      '[tka-perf] no run before now is of the same command; name the one to compare it with, as in "tka-perf compare before"\n',
    );
  });
});
