import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { callsSign, type DurationKind, hasGuesses, SAMPLED_SIGN } from '../../runtime/report/estimates.ts';
import {
  MARGIN_SIGN,
  marginOf,
  shownDuration,
  shownAllocated,
  shownMargin,
  shownMemory,
} from './estimates.ts';
import { signNotes } from './sign-notes.ts';
import { formatCount, plural } from '../text/format.ts';
import type { SortKey } from '../profile/functions.ts';
import type { GroupKey } from '../profile/groups.ts';
import { styled } from '../text/output.ts';
import { renderTable, type Column } from '../text/table.ts';
import { wrapWords } from '../text/wrap-words.ts';

/** How a profile is shown. */
export interface ReportView {
  /** What the functions are sorted by: that column stays in sight. */
  readonly sort: SortKey;
  /** Terminal columns that the table is fitted to. */
  readonly width: number;
  readonly color: boolean;
  /** Rows of the table; 0 for all. */
  readonly limit: number;
  /** What each row is. @default 'function' */
  readonly row?: 'function' | GroupKey;
  /** Functions that the rows are of. @default one each */
  readonly functionCount?: number;
}

const TREND_WORDS = { improving: 'faster', degrading: 'slower', stable: '' } as const;

/** A row of the table: a function's numbers, its name fit to be printed. */
export interface FunctionRow extends AggregateMetrics {
  /** Its mean duration over the run, as blocks of one width in all rows. */
  readonly history?: string;
}

type FunctionColumn = Column<FunctionRow> & { readonly sort?: SortKey };

const duration = (
  title: string,
  expendable: number,
  value: (metrics: AggregateMetrics) => number | undefined,
  kind: DurationKind,
  sort?: SortKey,
): FunctionColumn => ({
  title,
  align: 'right',
  expendable,
  cell: (metrics) => shownDuration(metrics, value(metrics), kind),
  isEmpty: (metrics) => metrics.timedCalls === 0 || value(metrics) === undefined,
  ...(sort === undefined ? {} : { sort }),
});

/** A name that cannot be told from another is worth less than one number more. */
const nameColumn = (width: number, title: string): FunctionColumn => ({
  title,
  align: 'left',
  expendable: 0,
  shrinksTo: Math.max(20, Math.floor(width * 0.4)),
  cell: (metrics) => metrics.functionName,
});

/** An estimate that is off by less is told as well by what its other columns say. */
const SMALL_MARGIN = 0.05;

/** How far the average may be off; not there where nothing is estimated. */
const marginColumn: FunctionColumn = {
  title: MARGIN_SIGN,
  align: 'right',
  expendable: 5,
  cell: shownMargin,
  isEmpty: (metrics) => marginOf(metrics) < SMALL_MARGIN,
};

const VALUE_COLUMNS: readonly FunctionColumn[] = [
  {
    title: 'calls',
    align: 'right',
    expendable: 1,
    sort: 'calls',
    cell: (metrics) => `${callsSign(metrics)}${formatCount(metrics.callCount)}`,
  },
  duration('total', 2, (metrics) => metrics.totalExecutionTimeMs, 'total', 'total'),
  duration('self', 9, (metrics) => metrics.selfTimeMs, 'self', 'self'),
  duration('avg', 3, (metrics) => metrics.avgExecutionTimeMs, 'mean', 'avg'),
  marginColumn,
  duration('p50', 10, (metrics) => metrics.p50ExecutionTimeMs, 'p50'),
  duration('p95', 4, (metrics) => metrics.p95ExecutionTimeMs, 'p95', 'p95'),
  duration('p99', 8, (metrics) => metrics.p99ExecutionTimeMs, 'p99', 'p99'),
  duration('max', 7, (metrics) => metrics.maxExecutionTimeMs, 'call', 'max'),
  {
    title: 'memory',
    align: 'right',
    expendable: 11,
    sort: 'memory',
    cell: shownMemory,
    isEmpty: (metrics) => !metrics.avgMemoryBytes,
  },
  {
    title: 'alloc',
    align: 'right',
    expendable: 12,
    sort: 'alloc',
    cell: shownAllocated,
    isEmpty: (metrics) => !metrics.avgAllocatedBytes,
  },
  {
    title: 'errors',
    align: 'right',
    expendable: 5,
    sort: 'errors',
    cell: (metrics) => formatCount(metrics.errorCount),
    isEmpty: (metrics) => metrics.errorCount === 0,
  },
];

/** Durations over the run as a sparkline, with a word in front where they changed significantly. */
const trendColumn = (rows: readonly FunctionRow[]): FunctionColumn => {
  const width = Math.max(...rows.map(({ performanceTrend }) => TREND_WORDS[performanceTrend].length));
  return {
    title: 'trend',
    align: 'right',
    expendable: 6,
    cell: ({ performanceTrend, history = '' }) =>
      `${TREND_WORDS[performanceTrend].padEnd(width)} ${history}`.trimStart(),
    isEmpty: ({ performanceTrend, history = '' }) => performanceTrend === 'stable' && !/[▁-█]/.test(history),
  };
};

/** The columns of `rows`, of which the one that they are sorted by stays in sight. */
export function functionColumns(
  rows: readonly FunctionRow[],
  { width, sort, row = 'function' }: Pick<ReportView, 'width' | 'sort' | 'row'>,
): Column<FunctionRow>[] {
  // A call within another one of its group is in the group's total twice; in its self time it is once.
  const unasked = row !== 'function' && sort !== 'total' ? 'total' : undefined;
  const values = VALUE_COLUMNS.filter(
    (column) =>
      (column.sort ?? '') !== unasked && (column !== marginColumn || rows.some((each) => shownMargin(each))),
  );
  const trend = trendColumn(rows);
  // What no function has is told by an empty column; groups have no history.
  const hasTrend = row === 'function' || !rows.every((each) => trend.isEmpty?.(each));
  return [nameColumn(width, row), ...values, ...(hasTrend ? [trend] : [])].map((column) => {
    if (column.sort === sort) return { ...column, expendable: 0 };
    return column.sort === 'self' && unasked ? { ...column, expendable: 2 } : column;
  });
}

const PLURALS = { function: 'functions', file: 'files', class: 'classes' } as const;

/** The table, with the number of functions that `limit` hides. */
export function renderFunctionTable(functions: readonly FunctionRow[], view: ReportView): string {
  const { width, color, limit, row = 'function' } = view;
  const rows = limit === 0 ? functions : functions.slice(0, limit);
  const [titles = '', ...lines] = renderTable(functionColumns(rows, view), rows, width);
  const notes = signNotes(rows, titles, (sign) => lines.some((line) => tells(line, sign)));
  const below = rows.reduce((sum, { belowThresholdCalls }) => sum + belowThresholdCalls, 0);
  if (below > 0) notes.push(belowNote(below, rows.some(hasGuesses)));
  const hidden = functions.length - rows.length;
  if (hidden > 0)
    notes.push(`… and ${plural(hidden, `more ${row}`, `more ${PLURALS[row]}`)}; --limit 0 shows all`);
  const wrapped = notes.flatMap((note) => wrapWords(note, width, '  '));
  return [styled('bold', titles, color), ...lines, ...wrapped].join('\n');
}

/** Whether a duration of the line has a sign: that of one call may have another than the mean. */
function tells(line: string, sign: string): boolean {
  const [, ...cells] = line.split(/ {2,}/);
  return cells.some((cell) => cell.startsWith(sign) && cell.endsWith('s'));
}

function belowNote(calls: number, isEstimated: boolean): string {
  return `${isEstimated ? SAMPLED_SIGN : ''}${plural(calls, 'call')} below the threshold of ${calls === 1 ? 'its function is' : 'their functions are'} in no number`;
}
