import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { findRun } from '../../cli/journal/catalog.ts';
import { functionsOf } from '../../cli/profile/functions.ts';
import { durationOf } from '../../cli/profile/profile.ts';
import { readProfiles } from '../../cli/profile/read-profile.ts';
import { MEANINGS } from '../../cli/report/failure-codes.ts';
import { STEPS } from '../../cli/profile/timeline.ts';
import { renderProfile } from '../../cli/report/report.ts';
import { shopJournal } from './shop.ts';
import { MAGIC } from '../../runtime/format/layout.ts';
import type { JournalRecord, SiteAggregate } from '../../runtime/format/record.ts';
import {
  aggregate,
  CLI,
  DEAD_PID,
  head,
  line,
  runCli,
  site,
  START,
  temporaryFolder,
  writeJournal,
  writerRecords,
  writeTree,
} from './support.ts';

function shop(): string {
  return writeJournal({
    '20261123-120000-aaaa': {
      '1-0.0.tkap': writerRecords(
        [
          [
            'src/shop/cart.Cart.total',
            (id) => aggregate(id, 1_234, 1.5, { rss: { n: 40, sumBytes: 40 * 2_048 } }),
          ],
          [
            'src/shop/orders.checkout',
            (id) => aggregate(id, 20, 1_500, { errors: 4, lastError: 'card\u001b[31m declined' }),
          ],
          [
            'src/util/hash',
            (id) => aggregate(id, 9_876_543, 0.000_15, { heap: { n: 40, sumBytes: 40 * 96 } }),
          ],
        ],
        { run: '20261123-120000-aaaa' },
      ),
    },
    '20261122-120000-bbbb': {
      '1-0.0.tkap': writerRecords([['old', (id) => aggregate(id, 1, 1)]], { startedAt: START - 86_400_000 }),
    },
  });
}

const report = (dir: string, ...args: readonly string[]): ReturnType<typeof runCli> =>
  runCli(['report', '--dir', dir, ...args]);

/** Functions that have failed: the first once, each other one once more than the one before. */
function writeJournalOfFailures(count: number): string {
  const sites = Array.from(
    { length: count },
    (_, n) =>
      [
        `src/a.f${n}`,
        (id: number) => aggregate(id, 100, 1, { errors: n + 1, lastError: `no ${n}` }),
      ] as const,
  );
  return writeJournal({ 'run-a': { '1-0.0.tkap': writerRecords(sites) } });
}

/** Names in the first column of the table. */
function rowsOf(stdout: string): string[] {
  const lines = stdout.split('\n');
  const titles = lines.findIndex((text) => text.startsWith('function '));
  const end = lines.indexOf('', titles);
  return lines.slice(titles + 1, end).map((text) => text.split(/ {2,}/)[0] ?? '');
}

describe('the report', () => {
  test('shows the latest run: head, table, and the parts of the seed', () => {
    const { code, stdout, stderr } = report(shop());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(
      'run 20261123-120000-aaaa · 2026-11-23 12:00:00 · 3.00 s · 1 process\nnode 20.20.2\napp.js --fast\n',
    );
    expect(rowsOf(stdout)).toEqual(['src/shop/orders.checkout', 'src/shop/cart.Cart.total', 'src/util/hash']);
    expect(stdout).toContain('📊 Total Metrics Collected: 9877797');
    expect(stdout).toContain('🔢 Functions Monitored: 3');
    expect(stdout).toMatch(/🐌 Slowest Functions:\n {2}1\. src\/shop\/orders\.checkout: 1\.500s avg ➡️/u);
    expect(stdout).toMatch(
      /🔥 Most Called Functions:\n {2}1\. src\/util\/hash: 9876543 calls, 100\.0% success/,
    );
    expect(stdout).toContain('  • src/shop/orders.checkout is averaging 1.50s per call');
    expect(stdout).toContain('  • src/shop/orders.checkout has low success rate: 80.0%');
  });

  test('escapes what could steer the terminal', () => {
    const { stdout } = report(shop());
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toContain(String.raw`src/shop/orders.checkout: 4 errors, the last: card\x1b[31m declined`);
  });

  test('numbers stand under their titles', () => {
    const lines = report(shop()).stdout.split('\n');
    const titles = lines.find((text) => text.startsWith('function ')) ?? '';
    const row = lines.find((text) => text.startsWith('src/shop/cart')) ?? '';
    const cell = (title: string, width: number): string => {
      const end = titles.indexOf(title) + title.length;
      return row.slice(end - width, end);
    };
    expect(cell(' calls', 6)).toBe(' 1,234');
    expect(cell(' total', 7)).toBe(' 1.85 s');
    expect(cell(' avg', 7)).toBe(' 1.50ms');
  });

  test.each([
    ['calls', ['src/util/hash', 'src/shop/cart.Cart.total', 'src/shop/orders.checkout']],
    ['avg', ['src/shop/orders.checkout', 'src/shop/cart.Cart.total', 'src/util/hash']],
    ['errors', ['src/shop/orders.checkout', 'src/shop/cart.Cart.total', 'src/util/hash']],
    ['memory', ['src/shop/cart.Cart.total', 'src/shop/orders.checkout', 'src/util/hash']],
    ['alloc', ['src/util/hash', 'src/shop/cart.Cart.total', 'src/shop/orders.checkout']],
    ['name', ['src/shop/cart.Cart.total', 'src/shop/orders.checkout', 'src/util/hash']],
  ])('sorts by %s', (key, names) => expect(rowsOf(report(shop(), '--sort', key).stdout)).toEqual(names));

  test('--limit hides rows and says how many', () => {
    const { stdout } = report(shop(), '--limit', '1');
    expect(rowsOf(stdout)).toEqual([
      'src/shop/orders.checkout',
      '… and 2 more functions; --limit 0 shows all',
    ]);
    expect(rowsOf(report(shop(), '--limit', '0').stdout)).toHaveLength(3);
  });

  describe('the messages of failures', () => {
    const failures = (...args: readonly string[]): string[] =>
      (report(writeJournalOfFailures(25), ...args).stdout.split('💥 Failures:\n')[1] ?? '')
        .trim()
        .split(/\n */);

    test.each([
      [[], 5, '… and 20 more functions; --sort errors --limit 0 shows all'],
      [['--limit', '0'], 5, '… and 20 more functions; --sort errors shows them'],
      [['--filter', 'src/a.f1?'], 5, '… and 5 more functions; --sort errors shows them'],
      [['--limit', '3'], 5, '… and 20 more functions; --sort errors --limit 0 shows all'],
      [['--sort', 'errors'], 20, '… and 5 more functions; --limit 0 shows all'],
      [['--sort', 'errors', '--limit', '3'], 3, '… and 22 more functions; --limit 0 shows all'],
    ])('with %j: of %i functions, and what shows the others', (args, count, more) => {
      const lines = failures(...args);
      expect(lines).toHaveLength(count + 1);
      expect(lines.at(-1)).toBe(more);
    });

    test('are told in the width of the terminal, but for the names', () => {
      const dir = writeJournalOfFailures(25);
      const { stdout } = runCli(['report', '--dir', dir], { env: { COLUMNS: '40' } });
      expect(stdout).toContain('  … and 20 more functions; --sort errors\n    --limit 0 shows all\n');
    });

    test('are all there where the table is sorted by errors and has all rows', () => {
      const lines = failures('--sort', 'errors', '--limit', '0');
      expect(lines).toHaveLength(25);
      expect(lines[0]).toBe('src/a.f24: 25 errors, the last: no 24');
      expect(lines[24]).toBe('src/a.f0: 1 error, the last: no 0');
    });
  });

  test('the duration is that of what is told: since a moment, what lies behind it', () => {
    const profile = readProfiles([findRun(shopJournal(), undefined)]);
    const { run, lastAt } = profile;
    const usage = { elapsedMs: 9000 } as NonNullable<(typeof profile.writers)[number]['usage']>;
    const writers = profile.writers.map((writer) => ({ ...writer, usage }));
    const since = (sinceMs: number): number =>
      durationOf({ ...profile, writers, sinceMs, run: { ...run, startedAt: lastAt - 500 } });
    expect(since(lastAt - 500)).toBe(500);
    expect(since(-Infinity)).toBe(9000);
  });

  test('different names look different', () => {
    const { stdout } = runCli(['report', '--dir', shopJournal(), '--limit', '0'], {
      env: { COLUMNS: '200' },
    });
    expect(stdout).toContain(String.raw`two\x0alines`);
    expect(stdout).toContain(String.raw`two\\x0alines`);
  });

  test.each([
    ['*shop*', 2],
    ['src/shop/*', 2],
    ['*.total', 1],
    ['src/util/hash', 1],
    ['{old,src/util/*}', 1],
  ])('--filter %s finds %i', (glob, count) =>
    expect(rowsOf(report(shop(), '--filter', glob).stdout)).toHaveLength(count),
  );

  test('--filter takes the signs in names as they are', () => {
    const names = [
      '<anonymous>@41:7',
      'get total',
      '#tax',
      'pipe|line',
      '!not',
      '@(a)',
      'Cart.[Symbol.iterator]',
    ];
    const dir = writeJournal({
      r: {
        'a.tkap': writerRecords(names.map((name) => [name, (id: number) => aggregate(id, 1, 1)] as const)),
      },
    });
    for (const name of names) expect(rowsOf(report(dir, '--filter', name).stdout)).toEqual([name]);
    const all: readonly (readonly [string, string])[] = [
      ['*pipe|*', 'pipe|line'],
      ['!*', '!not'],
      ['@(a*', '@(a)'],
      ['*@41:?', '<anonymous>@41:7'],
    ];
    for (const [filter, name] of all) expect(rowsOf(report(dir, '--filter', filter).stdout)).toEqual([name]);
    expect(report(dir, '--filter', '*zzz|*').stderr).toContain(
      'no function has a name that matches "*zzz|*"',
    );
    expect(report(dir, '--filter', 'zzz(').stderr).toContain('try "*zzz(*"');
  });

  test('--filter may leave off the module', () => {
    const records = [
      head(),
      site(0, 'src/cart.Cart.total', { file: 'src/cart.ts' }),
      site(1, 'src/cart.other', { file: 'src/cart.ts' }),
      { t: 'agg', at: START, sites: [aggregate(0, 1, 1), aggregate(1, 1, 1)], metrics: 2 },
    ];
    const { stdout } = report(writeJournal({ r: { 'a.tkap': records } }), '--filter', 'Cart.*');
    expect(rowsOf(stdout)).toEqual(['src/cart.Cart.total']);
  });

  test('--run takes the beginning of an id', () => {
    expect(rowsOf(report(shop(), '--run', '20261122').stdout)).toEqual(['old']);
  });

  test('calls in flight come first, the oldest before the others', () => {
    const hanging = (oldestMs: number) => ({ inFlight: 1, oldestInFlightAt: START + 2_000 - oldestMs });
    const records = writerRecords([
      ['fast', (id) => aggregate(id, 10, 1, hanging(5))],
      ['hang', (id) => aggregate(id, 0, 0, hanging(1_500))],
    ]).filter(({ t }) => t !== 'end');
    const dir = writeJournal({ r: { '1-0.0.tkap': records } });
    const { stdout } = report(dir);
    expect(stdout).toContain(
      `⏳ In Flight:\n  hang: 1 call, the oldest for 1.50 s (process ${DEAD_PID} was killed)\n` +
        `  fast: 1 call, the oldest for 5.00ms (process ${DEAD_PID} was killed)\n\nfunction `,
    );
    expect(stdout.split('\n').find((text) => text.startsWith('hang '))).toMatch(/ {2}–/);
    // What has not ended in a process that was killed never will: no function has it in flight, and it grows no older.
    const { functions, inFlight } = JSON.parse(report(dir, '--json').stdout);
    expect(functions).toMatchObject([
      { functionName: 'fast', inFlight: 0 },
      { functionName: 'hang', inFlight: 0 },
    ]);
    expect(functions[1]).not.toHaveProperty('oldestInFlightMs');
    expect(inFlight).toMatchObject([
      { functionName: 'hang', calls: 1, oldestMs: 1_500 },
      { functionName: 'fast', calls: 1, oldestMs: 5 },
    ]);
    expect(runCli(['export', '--format', 'prometheus', '--dir', dir]).stdout).toContain(
      'tka_perf_in_flight_calls{function="hang"} 0\n',
    );
  });

  test('tells how many processes did not end by themselves', () => {
    const records = (pid: number, ...end: readonly JournalRecord[]): JournalRecord[] => [
      head({ pid: DEAD_PID + pid }),
      site(0, 'f'),
      { t: 'agg', at: START + 2_000, sites: [aggregate(0, 1, 1)], metrics: 1 },
      ...end,
    ];
    const ended = { t: 'end', at: START + 2_000 } as const;
    const dir = writeJournal({
      r: {
        '1.tkap': records(1, { ...ended, reason: 'exit', exitCode: 0 }),
        '2.tkap': records(2),
        '3.tkap': records(3),
        '4.tkap': records(4, { ...ended, reason: 'error', detail: 'crashed' }),
        '5.tkap': records(5, { ...ended, reason: 'signal', detail: 'SIGTERM' }),
      },
    });
    expect(report(dir).stdout.replaceAll('\n', ' · ')).toContain(
      ' · 2 killed · 1 ended by an error · 1 ended by SIGTERM · ',
    );
    const [{ ended: how }] = JSON.parse(runCli(['runs', '--json', '--dir', dir]).stdout);
    expect(how).toBe('exit 0, 2 killed, 1 ended by an error, 1 ended by SIGTERM');
  });

  test('--json prints the documented document', () => {
    const { code, stdout } = report(shop(), '--json', '--sort', 'calls');
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({
      version: 1,
      run: { id: '20261123-120000-aaaa', startedAt: '2026-11-23T12:00:00.000Z', durationMs: 3_000 },
      processes: [{ pid: DEAD_PID, thread: 0, state: 'ended', exitCode: 0, command: ['app.js', '--fast'] }],
      totalMetrics: 9_877_797,
      functionCount: 3,
      inFlight: [],
      notices: [],
    });
    expect(document.functions.map(({ callCount }: { callCount: number }) => callCount)).toEqual([
      9_876_543, 1_234, 20,
    ]);
    expect(document.functions[1]).toMatchObject({
      functionName: 'src/shop/cart.Cart.total',
      avgExecutionTimeMs: 1.5,
      totalExecutionTimeMs: 1_851,
      errorCount: 0,
      successRate: 1,
      performanceTrend: 'stable',
    });
    expect(JSON.parse(report(shop(), '--json', '--limit', '1').stdout).functions).toHaveLength(1);
  });

  test('a run that is being written is readable', () => {
    const whole = writerRecords([['f', (id) => aggregate(id, 5, 1)]], { pid: process.pid }).slice(0, -1);
    const dir = writeJournal({ r: { 'a.tkap': `${whole.map(line).join('')}0123abcd {"t":"agg","at":17` } });
    const { code, stdout, stderr } = report(dir);
    expect(code).toBe(0);
    expect(rowsOf(stdout)).toEqual(['f']);
    expect(stdout).toContain(' so far · ');
    expect(stderr).toMatch(/its last record is incomplete; .* or is writing now\n$/);
  });
});

describe('at any width', () => {
  const names = [
    'src/a/very/long/path/to/some/module/shopping-cart.ShoppingCart.calculateTotal',
    'src/日本語/関数.合計を計算する',
    'f',
  ];
  const table = (width: number): string[] => {
    const make = (id: number): SiteAggregate => aggregate(id, 1_234_567, 1.5, { errors: 3 });
    const dir = writeJournal({ r: { 'a.tkap': writerRecords(names.map((name) => [name, make] as const)) } });
    const profile = readProfiles([findRun(dir, undefined)], { steps: STEPS });
    const view = { sort: 'max', limit: 0, width, color: false } as const;
    const lines = renderProfile(profile, functionsOf(profile), view).split('\n');
    const titles = lines.findIndex((text) => text.startsWith('function'));
    return lines.slice(titles, titles + 1 + names.length);
  };

  test.each([40, 60, 80, 120, 200])('%i columns hold the table', (width) => {
    const lines = table(width);
    for (const text of lines) expect(stringWidth(text)).toBeLessThanOrEqual(width);
    // All rows end under the last title: nothing jumps.
    expect(new Set(lines.map((text) => stringWidth(text))).size).toBe(1);
    expect(lines[0]).toContain('max');
  });

  test('a wide terminal has every column and whole names', () => {
    const [titles = '', ...rows] = table(200);
    const all = 'function calls total self avg p50 p95 p99 max memory alloc errors trend';
    expect(titles.split(/ +/)).toEqual(all.split(' '));
    expect(rows.join('\n')).toContain(names[0]);
  });

  test('a narrow one has the name, shortened, and what it is sorted by', () => {
    const [titles = '', ...rows] = table(40);
    expect(titles).toMatch(/^function +calls +max$/);
    expect(rows.join('\n')).toMatch(/^src\/.*….*lculateTotal /m);
  });

  test.skipIf(process.platform !== 'linux')('the width is the terminal’s', () => {
    const dir = shop();
    const command = `stty cols 50; exec '${process.execPath}' ${CLI.map((word) => `'${word}'`).join(' ')} report --dir '${dir}'`;
    const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, TERM: 'xterm' },
    });
    const titles =
      stripVTControlCharacters(stdout)
        .split('\r\n')
        .find((text) => text.startsWith('function')) ?? '';
    expect(titles.length).toBeLessThanOrEqual(50);
    expect(titles.length).toBeGreaterThan(40);
    expect(stdout).toContain('\u001b[1mfunction');
  });
});

describe('hostile names', () => {
  const NAMES = [
    '__proto__',
    'constructor',
    'toString',
    '\u001b[2J\u001b]0;owned\u0007',
    'a\nb',
    '\u202egnirts',
    '\u009b31m',
    'x'.repeat(5_000),
    '',
  ];
  const dir = (): string =>
    writeJournal({
      r: {
        'a.tkap': writerRecords(
          NAMES.map((name) => [name, (id) => aggregate(id, 2, 1, { errors: 1, lastError: name })] as const),
          { run: 'r', command: ['\u001b[2J'], node: '\u0007' },
        ),
      },
    });
  // oxlint-disable-next-line no-control-regex -- these are what must not be there
  const STEERING = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

  test.each([
    ['report'],
    ['report', '--json'],
    ['report', '--limit', '0'],
    ['export'],
    ['runs'],
    ['runs', '--json'],
  ])('%s %s prints no control characters', (...args) => {
    const { code, stdout, stderr } = runCli([...args, '--dir', dir()]);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(STEERING);
    expect(stderr).not.toMatch(STEERING);
  });

  test('each name has its row, and comes through JSON unchanged', () => {
    const { functions } = JSON.parse(report(dir(), '--json').stdout);
    expect(functions.map(({ functionName }: { functionName: string }) => functionName).toSorted()).toEqual(
      NAMES.toSorted(),
    );
    const { aggregates } = JSON.parse(runCli(['export', '--dir', dir()]).stdout);
    expect(Object.keys(aggregates).toSorted()).toEqual(NAMES.toSorted());
    expect(Object.getOwnPropertyDescriptor(aggregates, '__proto__')?.value.call_count).toBe(2);
  });
});

describe('what is wrong is said in one sentence', () => {
  const cases: readonly (readonly [what: string, args: readonly string[], code: number, sentence: string])[] =
    [
      [
        'an unknown run',
        ['--run', '20261123-120000-aaab'],
        1,
        'no run "20261123-120000-aaab" in DIR; did you mean "20261123-120000-aaaa"?',
      ],
      ['a run like no other', ['--run', 'x'], 1, 'no run "x" in DIR; "tka-perf runs" lists them'],
      [
        'a beginning of two ids',
        ['--run', '2026112'],
        1,
        '2 runs in DIR begin with "2026112": 20261123-120000-aaaa, 20261122-120000-bbbb; write more of the id',
      ],
      [
        'a limit that is no number',
        ['--limit', 'many'],
        2,
        '--limit takes a whole number, 0 for all, not "many"',
      ],
      ['a negative limit', ['--limit=-1'], 2, '--limit takes a whole number, 0 for all, not "-1"'],
      ['an unknown sort key', ['--sort', 'agv'], 2, 'cannot sort by "agv"; did you mean "avg"?'],
      [
        'a sort key like no other',
        ['--sort', 'colour'],
        2,
        'cannot sort by "colour"; write "total", "calls", "avg", "p95", "p99", "max", "self", "errors", "memory", "alloc" or "name"',
      ],
      [
        'a filter without a match',
        ['--filter', 'Cart'],
        1,
        'no function has a name that matches "Cart"; try "*Cart*"',
      ],
      ['a glob without a match', ['--filter', 'Kart*'], 1, 'no function has a name that matches "Kart*"'],
      ['an empty filter', ['--filter', ''], 2, '--filter must name functions'],
      ['a page without a name', ['--html', ''], 2, '--html must name a file'],
      ['two forms at once', ['--json', '--html', 'a.html'], 2, '--json and --html exclude each other'],
      ['an unknown option', ['--sotr', 'avg'], 2, 'unknown option "--sotr"; did you mean "--sort"?'],
      [
        'an option without its value',
        ['--run'],
        2,
        'option "--run <id>" needs a value; see "tka-perf report --help"',
      ],
      [
        'an option for the value of another one',
        ['--html', '--json'],
        2,
        'option "--html <file>" needs a value; if "--json" is meant, write --html=--json',
      ],
      [
        'one that is meant',
        ['--filter=--json'],
        1,
        'no function has a name that matches "--json"; try "*--json*"',
      ],
      [
        'a word too many',
        ['latest'],
        2,
        'too many arguments for "report": it takes 0, not 1; see "tka-perf report --help"',
      ],
    ];
  test.each(cases)('%s', (_, args, code, sentence) => {
    const dir = shop();
    expect(report(dir, ...args)).toEqual({
      code,
      signal: null,
      stdout: '',
      stderr: `[tka-perf] ${sentence.replaceAll('DIR', dir)}\n`,
    });
  });

  const empty: readonly (readonly [what: string, prepare: (dir: string) => string])[] = [
    ['a directory that is not there', (dir) => join(dir, 'nowhere')],
    ['an empty directory', (dir) => dir],
    ['a run without files', (dir) => (mkdirSync(join(dir, 'run')), dir)],
  ];
  test.each(empty)('%s', (_, prepare) => {
    const dir = prepare(temporaryFolder());
    expect(report(dir)).toEqual({
      code: 1,
      signal: null,
      stdout: '',
      stderr: `[tka-perf] no journal in ${dir}; run an instrumented program first, or name the directory with --dir\n`,
    });
  });

  test('a run in place of the journal', () => {
    const dir = shop();
    const run = join(dir, '20261123-120000-aaaa');
    expect(report(run).stderr).toBe(
      `[tka-perf] no journal in ${run}: it is one run of a journal; write --dir ${dir} --run 20261123-120000-aaaa\n`,
    );
    expect(runCli(['report', '--dir', '.'], { cwd: run }).stderr).toContain(`write --dir ${dir} --run 2026`);
  });

  test('no journal where the runtime would write it', () => {
    const cwd = temporaryFolder();
    writeTree(cwd, { 'package.json': '{}', 'deep/er/.keep': '' });
    const { code, stderr } = runCli(['report'], { cwd: join(cwd, 'deep/er') });
    expect(code).toBe(1);
    expect(stderr).toContain(`no journal in ${join(cwd, '.tka-perf')};`);
  });

  test.skipIf(process.getuid?.() === 0)('a directory without permission', () => {
    const dir = shop();
    chmodSync(dir, 0);
    const { code, stderr } = report(dir);
    chmodSync(dir, 0o700);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `[tka-perf] cannot read "${dir}": permission denied\n`,
    });
  });

  test('nothing but damaged files', () => {
    const dir = writeJournal({ r: { 'a.tkap': 'garbage\n' } });
    const file = join(dir, 'r', 'a.tkap');
    expect(report(dir)).toMatchObject({
      code: 1,
      stdout: '',
      stderr:
        `[tka-perf] ${file} not read: it is no journal of tka-perf\n` +
        `[tka-perf] nothing in ${join(dir, 'r')} can be read\n`,
    });
  });

  test('a damaged file beside a good one', () => {
    const good = writerRecords([['f', (id) => aggregate(id, 5, 1)]]);
    const dir = writeJournal({ r: { 'a.tkap': good, 'b.tkap': `${line(head({ pid: 7 }))}garbage\n` } });
    const { code, stdout, stderr } = report(dir);
    expect(code).toBe(0);
    expect(rowsOf(stdout)).toEqual(['f']);
    expect(stderr).toBe(
      `[tka-perf] 8 B of ${join(dir, 'r', 'b.tkap')} not read: a checksum is wrong from there on; the file was damaged\n`,
    );
  });

  test.skipIf(process.platform === 'win32')('each file that is no journal is told of', () => {
    const good = writerRecords([['f', (id) => aggregate(id, 5, 1)]]);
    const files = {
      'empty.tkap': '',
      '7-0.kr2a3b.0.tkap': '',
      'young.tkap': '',
      'nuls.tkap': '\0'.repeat(4_096),
      'text.tkap': 'a note of mine',
    };
    const dir = writeJournal({ r: { 'a.tkap': good, ...files } });
    const path = (name: string): string => join(dir, 'r', name);
    for (const name of ['empty.tkap', '7-0.kr2a3b.0.tkap']) utimesSync(path(name), 1, 1);
    writeFileSync(path('short.tkap'), Buffer.from(MAGIC.slice(0, 2)));
    mkdirSync(path('folder.tkap'));
    symlinkSync(path('a.tkap'), path('link.tkap'));
    expect(spawnSync('mkfifo', [path('pipe.tkap')]).status).toBe(0);
    const { code, stderr } = report(dir);
    expect(code).toBe(0);
    const empty = 'not read: it is empty; its process was killed as it began, or could not write';
    expect(stderr.trimEnd().split('\n').toSorted()).toEqual(
      [
        `[tka-perf] ${path('empty.tkap')} ${empty}`,
        `[tka-perf] ${path('7-0.kr2a3b.0.tkap')} ${empty}`,
        `[tka-perf] ${path('nuls.tkap')} not read: it is no journal of tka-perf`,
        `[tka-perf] ${path('text.tkap')} not read: it is no journal of tka-perf`,
        `[tka-perf] 2 B of ${path('short.tkap')} not read: its last record is incomplete; the process was killed in the middle of a write, or is writing now`,
        ...['folder', 'link', 'pipe'].map(
          (name) => `[tka-perf] ${path(`${name}.tkap`)} not read: it is no regular file`,
        ),
      ].toSorted(),
    );
  });

  test.each([
    [[300, 1_200], '1,500 calls below the threshold of their functions are in no number'],
    [[1, 0], '1 call below the threshold of its function is in no number'],
    [[0, 0], undefined],
  ])('%j calls below a threshold are told of', ([one = 0, two = 0], sentence) => {
    const records = writerRecords([
      ['f', (id) => aggregate(id, 5, 1, { belowThreshold: one })],
      ['g', (id) => aggregate(id, 2, 1, { belowThreshold: two })],
    ]);
    const { stdout } = report(writeJournal({ r: { 'a.tkap': records } }));
    expect(stdout.split('\n').find((text) => text.includes('below the threshold'))).toBe(sentence);
  });

  test('a newer version', () => {
    const dir = writeJournal({ r: { 'a.tkap': line({ t: 'head', v: 9 }) } });
    expect(report(dir)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'a.tkap not read: it was written by a newer tka-perf (journal version 9, this one reads up to 2); update tka-perf\n',
      ),
    });
  });

  test('a run without a call', () => {
    const dir = writeJournal({ r: { 'a.tkap': [head()] } });
    expect(report(dir)).toMatchObject({
      code: 1,
      stderr: '[tka-perf] run r recorded no call; was a marked function called?\n',
    });
  });

  test('what the runtime counted', () => {
    const records = [
      ...writerRecords([['f', (id) => aggregate(id, 5, 1)]]),
      { t: 'diag', counts: { 'write-failed': 2, 'no-roll-up': 1, 'journal-ENOSPC': 3 } },
    ];
    const dir = writeJournal({ r: { 'a.tkap': records } });
    expect(report(dir).stdout).toContain(
      [
        '  • write-failed: 2 ×',
        '  • no-roll-up: 1 ×, "tka-perf clean" puts the run’s files together',
        '  • journal-ENOSPC: 3 ×, a file of the journal could not be written',
      ].join('\n'),
    );
    expect(JSON.parse(report(dir, '--json').stdout).diagnostics).toMatchObject({ 'no-roll-up': 1 });
  });

  test('what the codes mean is in the documentation, of each of them', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/production.md'), 'utf8');
    const documented = Array.from(page.matchAll(/^\| `([a-z][\w-]*)`/gm), ([, code]) => code);
    expect(documented).toEqual(Object.keys(MEANINGS));
  });
});
