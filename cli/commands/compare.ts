import type { Command } from 'commander';
import { addExamples, addNote } from '../command.ts';
import { compare as compareProfiles, type Change, type Comparison } from '../comparison/compare.ts';
import { documentOf } from '../comparison/document.ts';
import { pairOf } from '../comparison/pair.ts';
import { renderComparison } from '../comparison/table.ts';
import { addJournalOption, readableJournalDirOf, type JournalFlags } from '../journal-option.ts';
import { loadProfile } from '../load.ts';
import { naming, parseLimit } from '../option-values.ts';
import { noMatch, nameMatcher } from '../profile/functions.ts';
import { DEFAULT_LIMIT } from '../report/report.ts';
import { usageError, UserError } from '../text/errors.ts';
import { printableJson } from '../text/escape.ts';
import { hasColor, printData, widthOf } from '../text/output.ts';

interface CompareFlags extends JournalFlags {
  readonly filter?: string;
  readonly limit?: number;
  readonly json?: boolean;
  /** A share. */
  readonly failAbove?: number;
}

/** `tka-perf compare`. */
export function define(command: Command): void {
  addJournalOption(command)
    .argument(
      '[before]',
      'the earlier run, or the beginning of its id (default: the one before, of the same command)',
    )
    .argument('[after]', 'the later one (default: the latest)')
    .option('--filter <glob>', 'only functions whose name matches', naming('--filter', 'functions'))
    .option(
      '--limit <n>',
      `rows of the table, 0 for all (default: ${DEFAULT_LIMIT}; all with --json)`,
      parseLimit,
    )
    .option('--json', 'print a document for other programs')
    .option(
      '--fail-above <percent>',
      'exit with 1 where a function has certainly become slower by more, or fails more often',
      parsePercent,
    )
    .action(compare);
  addNote(
    command,
    'A function is slower or faster where its average differs by 10 % or more, and by more than chance explains: the 95 % confidence intervals of both runs do not overlap. Machines differ from one run to the next, too; runs by turns on a quiet one tell most.',
  );
  addExamples(command, [
    ['tka-perf compare', 'the latest run with the one before it'],
    ['tka-perf compare 20261127-01', 'the latest run with another one'],
    ['tka-perf compare 20261127-01 20261128-09 --filter "Cart.*"', 'two runs, the methods of one class'],
    ['tka-perf compare --fail-above 20', 'for CI: fails where something takes a fifth longer'],
  ]);
}

/** The value of `--fail-above`. @throws UserError where it is no percentage */
function parsePercent(text: string): number {
  if (/^\d{1,6}(?:\.\d+)?\s?%?$/.test(text)) return Number.parseFloat(text) / 100;
  throw usageError(`--fail-above takes a percentage, such as 20, not "${text}"`);
}

function compare(before: string | undefined, after: string | undefined, flags: CompareFlags): void {
  const { filter, limit, failAbove } = flags;
  const pair = pairOf(readableJournalDirOf(flags), before, after);
  const dir = flags.dir === undefined ? {} : { dir: flags.dir };
  const all = compareProfiles(
    loadProfile({ ...dir, run: pair.before.id }),
    loadProfile({ ...dir, run: pair.after.id }),
  );
  const comparison = filter === undefined ? all : filtered(all, filter);
  const view = { limit: limit ?? DEFAULT_LIMIT, width: widthOf('stdout'), color: hasColor('stdout') };
  printData(
    flags.json === true ? printableJson(documentOf(comparison, limit)) : renderComparison(comparison, view),
  );
  if (failAbove !== undefined) check(comparison.changes, failAbove);
}

function filtered(comparison: Comparison, filter: string): Comparison {
  const matches = nameMatcher(filter);
  const changes = comparison.changes.filter(({ functionName, before, after }) =>
    matches({ functionName, file: (after ?? before)?.file ?? '' }),
  );
  if (changes.length === 0) throw noMatch(filter);
  return { ...comparison, changes };
}

/** @throws UserError where a function has become worse than is allowed */
function check(changes: readonly Change[], most: number): void {
  const slower = changes.filter(({ verdict, change = 0 }) => verdict === 'slower' && change > most);
  const failing = changes.filter(({ failures }) => failures === 'more');
  const sentences = [
    ...slower
      .slice(0, 1)
      .map(({ functionName }) =>
        told(
          slower.length,
          functionName,
          `slower by more than ${Number((100 * most).toFixed(4))} %`,
          'is',
          'are',
        ),
      ),
    ...failing
      .slice(0, 1)
      .map(({ functionName }) =>
        told(failing.length, functionName, 'more often than before', 'fails', 'fail'),
      ),
  ];
  if (sentences.length > 0) throw new UserError(sentences.join('; '));
}

function told(count: number, first: string, what: string, is: string, are: string): string {
  if (count === 1) return `${first} ${is} ${what}`;
  const others = count === 2 ? 'another function' : `${count - 1} other functions`;
  return `${first} and ${others} ${are} ${what}`;
}
