import type { Command } from 'commander';
import { listRuns } from '../journal/catalog.ts';
import { addExamples } from '../command.ts';
import { printable, printableJson } from '../text/escape.ts';
import { formatBytes, formatCount, formatDuration, formatTime, NOTHING, plural } from '../text/format.ts';
import { addJournalOption, readableJournalDirOf, type JournalFlags } from '../journal-option.ts';
import { printData, tell, widthOf } from '../text/output.ts';
import { READING, withReadingProgress } from '../reading-progress.ts';
import { MOST_SENTENCES } from '../report/notices.ts';
import { summarizeRun, type RunSummary } from '../report/run-summary.ts';
import { renderTable, type Column } from '../text/table.ts';

/** `tka-perf runs`. */
export function define(command: Command): void {
  addJournalOption(command)
    .option('--json', 'print the list as JSON')
    .action((flags: JournalFlags & { readonly json?: boolean }) => {
      const nowMs = Date.now();
      const runs = listRuns(readableJournalDirOf(flags));
      const summarize = (): RunSummary[] => runs.map((run) => summarizeRun(run, nowMs));
      const rows = withReadingProgress(READING, runs, summarize);
      printData(flags.json === true ? printableJson(rows) : renderRuns(rows, widthOf('stdout')));
      tellUnread(rows);
    });
  addExamples(command, [
    ['tka-perf runs', 'all runs, the latest first'],
    ['tka-perf runs --json | jq -r ".[].id"', 'their ids'],
    ['tka-perf report --run 2026', 'one of them, by the beginning of its id'],
  ]);
}

const COLUMNS: readonly Column<RunSummary>[] = [
  { title: 'run', align: 'left', expendable: 0, cell: ({ id }) => printable(id) },
  {
    title: 'started',
    align: 'left',
    expendable: 5,
    cell: ({ startedAt }) => (startedAt === undefined ? NOTHING : formatTime(Date.parse(startedAt))),
  },
  { title: 'age', align: 'right', expendable: 1, cell: ({ ageMs }) => formatDuration(ageMs).trim() },
  {
    title: 'duration',
    align: 'right',
    expendable: 6,
    cell: ({ startedAt, durationMs }) => formatDuration(startedAt === undefined ? undefined : durationMs),
  },
  { title: 'processes', align: 'right', expendable: 8, cell: ({ processes }) => formatCount(processes) },
  { title: 'functions', align: 'right', expendable: 7, cell: ({ functions }) => formatCount(functions) },
  { title: 'calls', align: 'right', expendable: 4, cell: ({ calls }) => formatCount(calls) },
  { title: 'size', align: 'right', expendable: 3, cell: ({ sizeBytes }) => formatBytes(sizeBytes) },
  { title: 'ended', align: 'left', expendable: 2, cell: ({ ended }) => shortened(printable(ended)) },
  {
    title: 'command',
    align: 'left',
    expendable: 0,
    shrinksTo: 12,
    cell: ({ command }) => printable(command.join(' ')),
  },
];

/** An error's message may be long; `--json` has all of it. */
function shortened(text: string): string {
  return text.length > MOST_ENDING ? `${text.slice(0, MOST_ENDING - 1)}…` : text;
}

const MOST_ENDING = 24;

/** A report of the others says itself what was not read of them. */
function tellUnread(rows: readonly RunSummary[]): void {
  const unread = rows.filter(({ startedAt }) => startedAt === undefined);
  for (const { notices } of unread.slice(0, MOST_SENTENCES)) if (notices[0] !== undefined) tell(notices[0]);
  const hidden = unread.length - MOST_SENTENCES;
  if (hidden > 0) tell(`${plural(hidden, 'more run')} not read`);
}

function renderRuns(rows: readonly RunSummary[], width: number): string {
  return renderTable(COLUMNS, rows, width).join('\n');
}
