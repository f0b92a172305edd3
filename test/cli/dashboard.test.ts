/** The dashboard, in a real terminal and in a pipe. */
import { spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { actionOf, afterInput, initialState, nextState, type Action } from '../../cli/dashboard/state.ts';
import { withTerminal, type Terminal } from '../support/terminal.ts';
import { hasTools } from '../support/tools.ts';
import { HOSTILE, shopJournal } from './shop.ts';
import {
  aggregate,
  CLI,
  head,
  line,
  PROJECT,
  runCli,
  site,
  START,
  temporaryFolder,
  writeJournal,
  writerRecords,
} from './support.ts';

const BROKEN = join(PROJECT, 'test/cli/children/broken.cjs');

const command = (dir: string, ...args: readonly string[]): string =>
  [process.execPath, ...CLI, 'dashboard', '--dir', dir, ...args].map((word) => `'${word}'`).join(' ');

const inTerminal = (
  columns: number,
  rows: number,
  dir: string,
  use: (terminal: Terminal) => Promise<void>,
  ...args: readonly string[]
): Promise<void> =>
  withTerminal(columns, rows, { TZ: 'UTC' }, async (terminal) => {
    terminal.enter('echo before');
    await terminal.until((screen) => /^before$/m.test(screen), 'the shell');
    terminal.enter(command(dir, '--interval', '0.2', ...args));
    await terminal.until((screen) => screen.includes('q quit'), 'the dashboard');
    await use(terminal);
  });

/** The shell's screen is there again, with its cursor, and takes commands. */
async function expectLeft(terminal: Terminal): Promise<void> {
  const isPrompt = (screen: string): boolean => /^before$[^]*\n\$$/m.test(screen.trimEnd());
  await terminal.until((screen) => isPrompt(screen) && !screen.includes('q quit'), 'the shell again');
  terminal.enter('echo "code $?, tty $(stty -a | grep -c " icanon")"');
  await terminal.until((screen) => screen.includes('\ncode 0, tty 1\n'), 'a shell that takes commands');
  expect([terminal.flag('alternate_on'), terminal.flag('cursor_flag')]).toEqual(['0', '1']);
}

const linesOf = (screen: string): string[] => screen.split('\n').map((text) => text.trimEnd());

describe.skipIf(!hasTools('tmux'))('in a terminal', () => {
  test('that is dumb: plain frames', () =>
    withTerminal(80, 60, { TZ: 'UTC' }, async (terminal) => {
      terminal.enter(`TERM=dumb ${command(shopJournal(), '--interval', '0.2')}`);
      const screen = await terminal.until((now) => /^src\/shop\.checkout +3 /m.test(now), 'a frame');
      expect(screen).toContain('🚀 tka-perf Performance Dashboard\n');
      expect(screen).not.toContain('q quit');
      terminal.press('C-c');
    }));

  test('of 80×24: sorts, filters, pauses, and leaves by q', () =>
    inTerminal(80, 24, shopJournal(), async (terminal) => {
      const first = linesOf(terminal.screen());
      expect(first[0]).toBe('🚀 tka-perf Performance Dashboard · every 0.2 s');
      expect(first[3]).toMatch(/^function +calls +total/);
      expect(first[4]).toMatch(/^src\/shop\.checkout +3 +120ms/);
      expect(first.join('\n')).toContain('src/shop.checkout  async · src/shop.ts:7');
      expect(first.join('\n')).toContain('errors    1, the last: =cmd|x');
      terminal.press('s');
      await terminal.until(
        (screen) => /^src\/cart\.Cart\.tax +20/.test(linesOf(screen)[4] ?? ''),
        'sorted by calls',
      );
      terminal.press('Down');
      await terminal.until(
        (screen) => screen.includes('src/cart.Cart.total  method'),
        'the second one chosen',
      );
      terminal.press('/');
      terminal.press('checkq');
      await terminal.until((screen) => screen.includes('filter: checkq'), 'q is typed in a filter');
      terminal.press('BSpace');
      terminal.press('Enter');
      await terminal.until((screen) => screen.includes(`1 of ${3 + HOSTILE.length} functions`), 'filtered');
      terminal.press('Escape');
      terminal.press('p');
      await terminal.until((screen) => screen.includes('Dashboard · paused'), 'paused');
      terminal.press('q');
      await expectLeft(terminal);
    }));

  test('of 200×50, resized while it runs, and left by Ctrl+C', () =>
    inTerminal(200, 50, shopJournal(), async (terminal) => {
      expect(linesOf(terminal.screen())[3]).toMatch(/p50 +p95 +p99 +max +memory +alloc +errors +trend$/);
      for (const [columns, rows] of [
        [80, 24],
        [40, 10],
        [120, 30],
      ] as const) {
        terminal.resize(columns, rows);
        const screen = await terminal.until((now) => {
          const lines = linesOf(now);
          const titles = lines.findIndex((text) => /^function +/.test(text));
          // One frame and no rests of others: the head once, the keys on the last line but one.
          return (
            titles === 3 &&
            lines.filter((text) => text.includes('Dashboard')).length === 1 &&
            (lines[rows - 2] ?? '').startsWith('q quit')
          );
        }, `${columns}×${rows}`);
        expect(linesOf(screen).every((text) => Array.from(text).length <= columns)).toBe(true);
      }
      terminal.press('C-c');
      await expectLeft(terminal);
    }));

  test('of few lines: leaves out what there is no room for, and writes nothing over another', () =>
    inTerminal(60, 12, shopJournal(), async (terminal) => {
      const title = /^🚀 tka-perf Performance Dashboard/;
      const keys = /^q quit/;
      const titles = /^function +calls/;
      const chosen = /^src\/shop\.checkout +3 +120ms/;
      for (const [rows, expected] of [
        [7, [title, titles, chosen, /^src\//, /^src\//, keys]],
        [6, [title, titles, chosen, /^src\//, keys]],
        [5, [title, titles, chosen, keys]],
        [4, [title, chosen, keys]],
        [3, [title, keys]],
      ] as const) {
        terminal.resize(60, rows);
        await terminal.until((screen) => {
          const lines = linesOf(screen).filter((text) => text !== '');
          return (
            lines.length === expected.length && expected.every((line, place) => line.test(lines[place] ?? ''))
          );
        }, `${rows} lines`);
      }
      expect(linesOf(terminal.screen())[0]).toMatch(title);
    }));

  test('follows a run that goes on, and one that begins later', () => {
    const dir = temporaryFolder();
    return inTerminal(80, 24, dir, async (terminal) => {
      expect(terminal.screen()).toContain('Waiting: no journal in');
      const records = writerRecords([['src/live.work', (id) => aggregate(id, 5, 1)]], {
        pid: process.pid,
      }).slice(0, -1);
      const later = writeJournal({ r: { 'a.tkap': records } });
      spawnSync('cp', ['-r', join(later, 'r'), dir]);
      await terminal.until((screen) => /^src\/live\.work +5/m.test(screen), 'the run that began later');
      const more = { t: 'agg', at: START + 9_000, sites: [aggregate(0, 77, 1)], metrics: 77 };
      appendFileSync(join(dir, 'r', 'a.tkap'), line(more));
      await terminal.until((screen) => /^src\/live\.work +77/m.test(screen), 'its next flush');
      terminal.press('q');
      await expectLeft(terminal);
    });
  });

  test('--since: what was measured before is not there', () =>
    inTerminal(
      80,
      24,
      shopJournal(),
      async (terminal) => {
        expect(terminal.screen()).toContain('Waiting: no call was recorded since');
        terminal.press('q');
        await expectLeft(terminal);
      },
      '--since',
      '1m',
    ));

  test('a mistake in the flags is told before the dashboard is there', () =>
    withTerminal(80, 24, {}, async (terminal) => {
      terminal.enter(`${command(shopJournal(), '--all', '--run', 'x')}; echo "ended $?"`);
      const screen = await terminal.until((now) => /^ended 2$/m.test(now), 'the end');
      expect(screen).toContain('--run names one run and --all takes all');
    }));

  test('hostile names steer nothing', () =>
    inTerminal(
      80,
      40,
      shopJournal(),
      async (terminal) => {
        expect(terminal.flag('pane_title')).not.toContain('owned');
        const screen = terminal.screen();
        expect(screen).toContain(String.raw`\x1b[31mred\x1b]0;owned\x07`);
        expect(screen).toContain(String.raw`two\x0alines`);
        terminal.press('q');
        await expectLeft(terminal);
      },
      '--sort',
      'name',
    ));

  test.each([
    ['reading', 0],
    ['reading', 50],
    ['layout', 0],
    ['layout', 2],
  ])('a mistake of ours in %s, after %i times, leaves the terminal as it was', (where, times) =>
    withTerminal(80, 40, {}, async (terminal) => {
      terminal.enter('echo before');
      const errors = join(temporaryFolder(), 'errors');
      await terminal.until((screen) => /^before$/m.test(screen), 'the shell');
      const env = `NODE_OPTIONS='--require ${BROKEN}' TKA_PERF_TEST_BREAKS=${where} TKA_PERF_TEST_AFTER=${times}`;
      terminal.enter(`${env} ${command(shopJournal(), '--interval', '0.2')} 2> ${errors}; echo "ended $?"`);
      await terminal.until((screen) => /^ended 1$/m.test(screen), 'the end');
      await expectLeft(terminal);
      terminal.enter(`clear; head -c 300 ${errors}`);
      const screen = await terminal.until((now) => now.includes('TypeError'), 'the error on stderr');
      expect(screen).toContain('[tka-perf] this is a bug in tka-perf; please report it');
      expect(screen).toContain('TypeError: broken on purpose');
    }),
  );

  test.each([
    ['SIGTERM', 143],
    ['SIGQUIT', 131],
  ] as const)('%s leaves the terminal as it was', (signal, code) =>
    withTerminal(80, 24, {}, async (terminal) => {
      const dir = shopJournal();
      terminal.enter('ulimit -c 0; echo before');
      await terminal.until((screen) => /^before$/m.test(screen), 'the shell');
      terminal.enter(`${command(dir, '--interval', '0.2')}; echo "ended $?"`);
      await terminal.until((screen) => screen.includes('q quit'), 'the dashboard');
      const pid = spawnSync('pgrep', ['-f', `dashboard --dir ${dir}`], { encoding: 'utf8' })
        .stdout.trim()
        .split('\n')
        .at(-1);
      process.kill(Number(pid), signal);
      await terminal.until(
        (screen) => screen.includes(`\nended ${code}\n`) && /^before$/m.test(screen),
        'the shell again',
      );
      expect([terminal.flag('alternate_on'), terminal.flag('cursor_flag')]).toEqual(['0', '1']);
    }),
  );
});

describe('in a pipe', () => {
  test('prints plain frames', () => {
    const { code, stdout, stderr } = runCli([
      'dashboard',
      '--frames',
      '2',
      '--interval',
      '0.1',
      '--dir',
      shopJournal(),
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain('\u001b');
    expect(stdout.split('🚀 tka-perf Performance Dashboard\n')).toHaveLength(3);
    expect(stdout).toMatch(/^src\/shop\.checkout +3 +120ms/m);
  });

  test('keeps its totals whole in a narrow terminal', () => {
    const args = ['dashboard', '--frames', '1', '--dir', shopJournal()];
    const { stdout } = runCli(args, { env: { COLUMNS: '30' } });
    expect(stdout).toMatch(/^\d+ functions · \d+ calls\n.*\d+ errors?\b/m);
  });

  test('tells durations as the report does: what the clock cannot tell is in the line of them, and no 0', () => {
    const histogram = { scale: 5, zeroCount: 30, offset: 640, counts: [15] };
    const records = writerRecords([['quick', (id) => aggregate(id, 45, 1e-6, { histogram, maxNs: 1e6 })]]);
    const usage = { t: 'usage', elapsedMs: 1_000, overheadMs: 1, noiseNs: 1.02 };
    const dir = writeJournal({ r: { 'a.tkap': [...records, usage] } });
    const { stdout } = runCli(['dashboard', '--frames', '1', '--dir', dir]);
    expect(stdout).toMatch(/^  durations █▄ +<1\.02ns to 1\.00ms$/m);
    expect(stdout).toMatch(/  p50 <1\.02ns, p99 1\.00ms$/m);
  });

  test('names the chosen function and its place, each shortened for itself', () => {
    const name = `src/${'very/deep/'.repeat(6)}orders.Orders.checkout`;
    const place = { file: `src/${'very/deep/'.repeat(6)}orders.ts`, line: 41, kind: 'async' } as const;
    const records = [
      head(),
      site(0, name, place),
      { t: 'agg', at: START, sites: [aggregate(0, 1, 1)], metrics: 1 },
    ];
    const args = ['dashboard', '--frames', '1', '--dir', writeJournal({ r: { 'a.tkap': records } })];
    const { stdout } = runCli(args, { env: { COLUMNS: '80' } });
    expect(stdout).toMatch(/^src.*….*Orders\.checkout  async.*….*orders\.ts:41$/m);
  });

  describe('over several runs', () => {
    const frame = (...args: readonly string[]): ReturnType<typeof runCli> =>
      runCli(['dashboard', '--frames', '1', ...args]);
    const twoRuns = (): string => {
      const early = START - 48 * 3_600_000;
      return writeJournal({
        'run-early': { 'a.tkap': writerRecords([['f', (id) => aggregate(id, 7, 1)]], { startedAt: early }) },
        'run-late': { 'a.tkap': writerRecords([['f', (id) => aggregate(id, 5, 1)]]) },
      });
    };

    test.each([
      [[], 'run run-late', 5],
      [['--since', '2026-11-22'], 'run run-late', 5],
      [['--since', '2026-11-01'], '2 runs', 12],
      [['--since', '2026-11-01', '--run', 'run-early'], 'run run-early', 7],
      [['--all'], '2 runs', 12],
    ])('%j shows %s with %i calls', (args, head, calls) => {
      const { stdout } = frame('--dir', twoRuns(), ...args);
      expect(stdout.split('\n')[1]).toMatch(new RegExp(`^${head} · `));
      expect(stdout).toMatch(new RegExp(`^f +${calls} `, 'm'));
    });

    test.each([
      [['--since', '1h'], 'no call was recorded since; try a longer time or --all'],
      [['--run', 'run-x'], 'no run "run-x" in '],
    ])('%j waits, and has no data', (args, sentence) => {
      const { code, stdout } = frame('--dir', twoRuns(), ...args);
      expect(stdout).toContain(`\nWaiting: ${sentence}`);
      expect(code).toBe(1);
    });

    test.each([
      [['--since', 'soon'], '"soon" is no time; write e.g. "30m", "24h", "7d" or "2026-11-23T12:00"'],
      [['--all', '--run', 'run'], '--run names one run and --all takes all; give one of them'],
    ])('%j is a mistake', (args, sentence) => {
      expect(frame('--dir', twoRuns(), ...args)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: `[tka-perf] ${sentence}\n`,
      });
    });
  });

  test('without a journal there is no data', () => {
    const dir = temporaryFolder();
    expect(runCli(['dashboard', '--frames', '2', '--interval', '0.1', '--dir', dir])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`Waiting: no journal in ${dir};`),
      stderr: '',
    });
  });

  test('a filter without a glob is looked for in the names as it is', () => {
    const names = ['pipe|line', 'line', '[Symbol.iterator]', 'Symbol'];
    const functions = names.map((name) => [name, (id: number) => aggregate(id, 1, 1)] as const);
    const dir = writeJournal({ r: { 'a.tkap': writerRecords(functions) } });
    const shown = (filter: string): string[] => {
      const { stdout } = runCli(['dashboard', '--frames', '1', '--filter', filter, '--dir', dir]);
      return names.filter((name) => stdout.split('\n').some((row) => row.startsWith(`${name} `)));
    };
    expect(shown('e|l')).toEqual(['pipe|line']);
    expect(shown('[Sym')).toEqual(['[Symbol.iterator]']);
    expect(shown('*|*')).toEqual(['pipe|line']);
  });

  test('a filter that names no function is told', () => {
    const { code, stdout } = runCli([
      'dashboard',
      '--frames',
      '1',
      '--filter',
      'nobody',
      '--dir',
      shopJournal(),
    ]);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('no function has a name that matches "nobody"');
    expect(stdout).toContain('0 of ');
    expect(code).toBe(1);
  });

  test('ends quietly with its reader', () => {
    const script = `${command(shopJournal(), '--interval', '0.1')} | head -1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script], {
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC' },
    });
    expect({ stdout, stderr }).toEqual({ stdout: '🚀 tka-perf Performance Dashboard\n0\n', stderr: '' });
  });

  test('the seed’s flag', () => {
    expect(runCli(['--dashboard', '--frames', '1', '--dir', shopJournal()]).stdout).toContain(
      'src/shop.checkout',
    );
  });

  test.each([
    ['--interval', 'soon', '--interval takes seconds from 0.1 to 86400, not "soon"'],
    ['--interval', '0', '--interval takes seconds from 0.1 to 86400, not "0"'],
    ['--frames', '0', '--frames takes a whole number from 1, not "0"'],
  ])('%s %s', (flag, value, sentence) => {
    expect(runCli(['dashboard', flag, value])).toMatchObject({ code: 2, stderr: `[tka-perf] ${sentence}\n` });
  });
});

describe('keys', () => {
  const key = {
    upArrow: false,
    downArrow: false,
    pageUp: false,
    pageDown: false,
    return: false,
    escape: false,
    backspace: false,
    delete: false,
    ctrl: false,
    meta: false,
  };
  const after = (actions: readonly Action[]): ReturnType<typeof nextState> =>
    actions.reduce((state, action) => nextState(state, action, ['a', 'b', 'c']), initialState('total', ''));

  test('the choice stays within the rows', () => {
    expect(after([{ type: 'move', by: -1 }]).chosen).toBe('a');
    expect(
      after([
        { type: 'move', by: 10 },
        { type: 'move', by: 1 },
      ]).chosen,
    ).toBe('c');
  });

  test('keys that come at once mean what they mean one by one', () => {
    const keys = (input: string): ReturnType<typeof afterInput> =>
      afterInput(initialState('total', ''), input, key, () => ['a', 'b']);
    expect(keys('/qs')).toMatchObject({ filter: 'qs', isTyping: true, isLeaving: false, sort: 'total' });
    expect(keys('sjq')).toMatchObject({ sort: 'calls', chosen: 'b', isLeaving: true });
    expect(keys('/ab\u007fc\rs')).toMatchObject({ filter: 'ac', isTyping: false, sort: 'calls' });
    expect(keys('/a\u0003')).toMatchObject({ isLeaving: true });
    // Ctrl and an arrow, as some terminals send it.
    expect(keys('[1;5s')).toMatchObject({ sort: 'total' });
  });

  test('sorting goes round', () => {
    expect(after([{ type: 'sort', by: -1 }]).sort).toBe('name');
    expect(
      after([
        { type: 'sort', by: -1 },
        { type: 'sort', by: 1 },
      ]).sort,
    ).toBe('total');
  });

  test('a filter takes characters, whole ones', () => {
    expect(actionOf('p', key, true)).toEqual({ type: 'type', text: 'p' });
    expect(actionOf('\u001b[200~', key, true)).toEqual({ type: 'type', text: '[200~' });
    expect(after([{ type: 'type', text: 'a😀' }, { type: 'erase' }]).filter).toBe('a');
  });
});
