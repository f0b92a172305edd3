import type { Command } from 'commander';
import { addExamples, addNote } from '../command.ts';
import { initialState } from '../dashboard/state.ts';
import { usageError } from '../text/errors.ts';
import { parseSortKey, SORT_KEYS, type SortKey } from '../profile/functions.ts';
import { addJournalOption } from '../journal-option.ts';
import { addHistoryOptions, type RunFlags } from '../load.ts';
import { naming } from '../option-values.ts';
import { terminalOf } from '../text/output.ts';

interface DashboardFlags extends RunFlags {
  readonly interval: number;
  readonly sort: SortKey;
  readonly filter?: string;
  readonly frames?: number;
}

/** `tka-perf dashboard`. */
export function define(command: Command): void {
  addHistoryOptions(addJournalOption(command))
    .option('--interval <seconds>', 'time between two looks at the journal', parseInterval, 5)
    .option(
      '--run <id>',
      'the run, or the beginning of its id (default: whichever began last)',
      naming('--run', 'a run'),
    )
    .option('--sort <key>', `one of: ${SORT_KEYS.join(', ')}`, parseSortKey, 'total')
    .option('--filter <glob>', 'only functions whose name matches', naming('--filter', 'functions'))
    .option('--frames <n>', 'in a pipe: end after so many frames', parseFrames)
    .action(dashboard);
  addExamples(command, [
    ['tka-perf dashboard', 'the run that is going on, and the next one when it begins'],
    ['tka-perf dashboard --interval 1 --sort p95', 'every second, by the 95th percentile'],
    ['tka-perf dashboard --since 1h', 'all runs of the last hour, added up, and what follows'],
    ['tka-perf dashboard --frames 1 | head -20', 'one frame as plain text'],
  ]);
  addNote(
    command,
    'Keys: q or Ctrl+C quit, s and S sort, / filter, Esc all functions, p pause, arrows choose, d detail, r read now.',
  );
}

/** The value of `--interval`. @throws UserError where it is no time that a person would wait */
function parseInterval(text: string): number {
  const seconds = /^(?:\d+\.?\d*|\.\d+)s?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (seconds >= 0.1 && seconds <= 86_400) return seconds;
  throw usageError(`--interval takes seconds from 0.1 to 86400, not "${text}"`);
}

/** The value of `--frames`. @throws UserError where it is no whole number above 0 */
function parseFrames(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usageError(`--frames takes a whole number from 1, not "${text}"`);
}

async function dashboard({ interval, sort, filter = '', frames, ...flags }: DashboardFlags): Promise<void> {
  const state = initialState(sort, filter);
  // A dumb terminal cannot move its cursor.
  const isPlain = frames !== undefined || process.env['TERM'] === 'dumb';
  if (!isPlain && process.stdin.isTTY && terminalOf('stdout') !== undefined) {
    // React's own choice of its production build is made as it is loaded.
    process.env['NODE_ENV'] ??= 'production';
    const [{ showDashboard }, { modelOf }, { endAs }] = await Promise.all([
      import('../dashboard/terminal.tsx'),
      import('../dashboard/model.ts'),
      import('../child.ts'),
    ]);
    const signal = await showDashboard(modelOf(flags), interval * 1_000, state);
    return signal === undefined ? undefined : endAs({ kind: 'signal', signal });
  }
  const { printFrames } = await import('../dashboard/plain.ts');
  return printFrames(flags, interval * 1_000, state, frames);
}
