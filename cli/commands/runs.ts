import type { Command } from 'commander';
import { listRuns } from '../catalog.ts';
import { addExamples } from '../command.ts';
import { printable, printableJson } from '../escape.ts';
import { formatBytes, formatCount, formatDuration, formatTime, NOTHING } from '../format.ts';
import { addJournalOption, journalDirOf, type JournalFlags } from '../journal-option.ts';
import { printData, widthOf } from '../output.ts';
import { summarizeRun, type RunSummary } from '../run-summary.ts';
import { renderTable, type Column } from '../table.ts';

/** `tka-perf runs`. */
export function define(command: Command): void {
  addJournalOption(command)
    .option('--json', 'print the list as JSON')
    .action((flags: JournalFlags & { readonly json?: boolean }) => {
      const nowMs = Date.now();
      const rows = listRuns(journalDirOf(flags)).map((run) => summarizeRun(run, nowMs));
      printData(flags.json === true ? printableJson(rows) : renderRuns(rows, widthOf(process.stdout)));
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
    expendable: 1,
    cell: ({ startedAt }) => (startedAt === undefined ? NOTHING : formatTime(Date.parse(startedAt))),
  },
  {
    title: 'duration',
    align: 'right',
    expendable: 3,
    cell: ({ startedAt, durationMs, running }) =>
      running ? 'running' : formatDuration(startedAt === undefined ? undefined : durationMs),
  },
  { title: 'age', align: 'right', expendable: 7, cell: ({ ageMs }) => formatDuration(ageMs).trim() },
  { title: 'ended', align: 'left', expendable: 5, cell: ({ ended }) => printable(ended), shrinksTo: 10 },
  { title: 'processes', align: 'right', expendable: 6, cell: ({ processes }) => formatCount(processes) },
  { title: 'functions', align: 'right', expendable: 5, cell: ({ functions }) => formatCount(functions) },
  { title: 'calls', align: 'right', expendable: 2, cell: ({ calls }) => formatCount(calls) },
  { title: 'size', align: 'right', expendable: 4, cell: ({ sizeBytes }) => formatBytes(sizeBytes) },
  {
    title: 'command',
    align: 'left',
    expendable: 0,
    shrinksTo: 12,
    cell: ({ command }) => printable(command.join(' ')),
  },
];

function renderRuns(rows: readonly RunSummary[], width: number): string {
  return renderTable(COLUMNS, rows, width).join('\n');
}
