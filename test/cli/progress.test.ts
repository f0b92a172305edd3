/** What is shown while something takes long. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { listRuns } from '../../cli/journal/catalog.ts';
import { readProfiles } from '../../cli/profile/read-profile.ts';
import { Progress, type Surroundings } from '../../cli/text/progress.ts';
import { READING, withReadingProgress } from '../../cli/reading-progress.ts';
import { withTerminal } from '../support/terminal.ts';
import { hasTools } from '../support/tools.ts';
import { shopJournal } from './shop.ts';
import {
  aggregate,
  CLI,
  head,
  PROJECT,
  runCli,
  site,
  START,
  temporaryFolder,
  writeJournal,
  writerRecords,
  writeTree,
} from './support.ts';

const ERASE = '\r\u001b[2K';
const SLOW_CLOCK = join(PROJECT, 'test/cli/children/slow-clock.cjs');

/** A terminal that keeps what it is shown, and a clock that goes on by `stepMs` at each look. */
function surroundings(stepMs: number, isTerminal = true): Surroundings & { readonly shown: string[] } {
  let nowMs = 0;
  const shown: string[] = [];
  return {
    shown,
    nowMs: () => (nowMs += stepMs),
    isTerminal: () => isTerminal,
    write: (text) => void shown.push(text),
  };
}

describe('the line', () => {
  const after = (steps: number, around: Surroundings): void => {
    let step = 0;
    const progress = new Progress(() => `step ${step}`, around);
    for (step = 1; step <= steps; step++) progress.step();
    progress.end();
  };

  test('comes after half a second, changes ten times a second, and goes', () => {
    const around = surroundings(40);
    after(18, around);
    expect(around.shown).toEqual([`${ERASE}[tka-perf] step 13`, `${ERASE}[tka-perf] step 16`, ERASE]);
  });

  test('does not come where all is done before', () => {
    const around = surroundings(40);
    after(12, around);
    expect(around.shown).toEqual([]);
  });

  test('does not come where nobody looks', () => {
    const around = surroundings(1_000, false);
    after(5, around);
    expect(around.shown).toEqual([]);
  });
});

describe('reading', () => {
  const state = (at: number): object => ({ t: 'agg', at, sites: [aggregate(0, 1, 1)], metrics: 1 });
  const sharesShown = (dir: string): readonly number[] => {
    const runs = listRuns(dir);
    const around = surroundings(600);
    withReadingProgress(READING, runs, () => readProfiles(runs), around);
    expect(around.shown.at(-1)).toBe(ERASE);
    return around.shown
      .slice(0, -1)
      .map((text) => Number(/reading the journal, (\d+) % of [\d.]+ ?k?B$/.exec(text)?.[1]));
  };

  test('of one large file tells how much of it is read', () => {
    const records = [head(), site(0, 'f'), ...Array.from({ length: 98 }, (_, n) => state(START + n))];
    const shares = sharesShown(writeJournal({ r: { 'a.tkap': records } }));
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(new Set(shares).size).toBeGreaterThan(90);
    expect(shares.at(-1)).toBe(100);
  });

  test('of a file among others counts bytes and not files', () => {
    const small = writerRecords([['f', (id) => aggregate(id, 1, 1)]]);
    const large = [...small.slice(0, -1), ...Array.from({ length: 97 }, (_, n) => state(START + n))];
    const shares = sharesShown(writeJournal({ r: { '1-0.tkap': small, '2-0.tkap': large } }));
    // The first is behind us when the second is begun: one of two files, a few of a hundred bytes.
    expect(shares.filter((share) => share < 20).length).toBeGreaterThan(3);
    expect(shares.filter((share) => share > 20).length).toBeGreaterThan(60);
  });
});

describe('of a command', () => {
  const slow = { NODE_OPTIONS: `--require ${SLOW_CLOCK}` };

  test.each([['report'], ['runs'], ['export'], ['clean', '--dry-run']])(
    '%s is not told to a pipe',
    (...args) => {
      const { stderr } = runCli([...args, '--dir', shopJournal()], { env: slow });
      expect(stderr).not.toContain('%');
    },
  );

  test.skipIf(!hasTools('tmux')).each([
    [['report', '--dir', '.'], /^reading the journal, \d+ % of [\d.]+kB$/],
    [['runs', '--dir', '.'], /^reading the journal, \d+ % of [\d.]+kB$/],
    [['export', '--format', 'speedscope', '--dir', '.'], /^writing the document, \d+ % of [\d.]+kB$/],
    [['instrument', 'a.js'], /^instrumenting file 1 of 1$/],
  ])('%j is told to the terminal, beside data that goes elsewhere, and erased', (args, line) =>
    withTerminal(80, 24, {}, async (terminal) => {
      const file = join(temporaryFolder(), 'recorded');
      const dir = shopJournal();
      writeTree(dir, { 'a.js': 'let a = 1;\n' });
      const words = [process.execPath, ...CLI, ...args].map((word) => `'${word}'`).join(' ');
      terminal.enter(`cd ${dir}; export NODE_OPTIONS='--require ${SLOW_CLOCK}'; clear`);
      terminal.record(file);
      terminal.enter(`${words} > out; echo "ended $?"`);
      const screen = await terminal.until((now) => /^ended 0$/m.test(now), 'the end');
      expect(screen).not.toMatch(/%|file 1 of 1/);
      // The terminal hands on to the file what it has shown, a moment later.
      await vi.waitFor(() => {
        const written = readFileSync(file, 'utf8').split(ERASE);
        const lines = written.filter((text) => text.startsWith('[tka-perf] ')).map((text) => text.slice(11));
        expect(lines.some((text) => line.test(text))).toBe(true);
      }, 10_000);
    }),
  );
});
