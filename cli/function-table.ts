import type { AggregateMetrics } from '../runtime/aggregates.ts';
import { formatBytes, formatCount, formatDuration, NOTHING, plural } from './format.ts';
import type { SortKey } from './functions.ts';
import { styled } from './output.ts';
import { renderTable, type Column } from './table.ts';

/** How a profile is shown. */
export interface ReportView {
  /** What the functions are sorted by: that column stays in sight. */
  readonly sort: SortKey;
  /** Terminal columns that the table is fitted to. */
  readonly width: number;
  readonly color: boolean;
  /** Rows of the table; 0 for all. */
  readonly limit: number;
}

/** In front of what was estimated from some of the calls. */
const SAMPLED_SIGN = '~';

const TREND_WORDS = { improving: 'faster', degrading: 'slower', stable: 'stable' } as const;

type FunctionColumn = Column<AggregateMetrics> & { readonly sort?: SortKey };

const duration = (
  title: string,
  expendable: number,
  value: (metrics: AggregateMetrics) => number | undefined,
  sort?: SortKey,
): FunctionColumn => ({
  title,
  align: 'right',
  expendable,
  cell: (metrics) => {
    if (metrics.timedCalls === 0) return NOTHING;
    return `${isSampled(metrics) ? SAMPLED_SIGN : ''}${formatDuration(value(metrics)).trimStart()}`;
  },
  isEmpty: (metrics) => metrics.timedCalls === 0 || value(metrics) === undefined,
  ...(sort === undefined ? {} : { sort }),
});

/** A name that cannot be told from another is worth less than one number more. */
const nameColumn = (width: number): FunctionColumn => ({
  title: 'function',
  align: 'left',
  expendable: 0,
  shrinksTo: Math.max(20, Math.floor(width * 0.4)),
  cell: (metrics) => metrics.functionName,
});

const VALUE_COLUMNS: readonly FunctionColumn[] = [
  {
    title: 'calls',
    align: 'right',
    expendable: 1,
    sort: 'calls',
    cell: (metrics) => formatCount(metrics.callCount),
  },
  duration('total', 2, (metrics) => metrics.totalExecutionTimeMs, 'total'),
  duration('self', 9, (metrics) => metrics.selfTimeMs, 'self'),
  duration('avg', 3, (metrics) => metrics.avgExecutionTimeMs, 'avg'),
  duration('p50', 10, (metrics) => metrics.p50ExecutionTimeMs),
  duration('p95', 4, (metrics) => metrics.p95ExecutionTimeMs, 'p95'),
  duration('p99', 8, (metrics) => metrics.p99ExecutionTimeMs, 'p99'),
  duration('max', 6, (metrics) => metrics.maxExecutionTimeMs, 'max'),
  {
    title: 'memory',
    align: 'right',
    expendable: 11,
    sort: 'memory',
    cell: (metrics) => formatBytes(metrics.avgMemoryBytes),
    isEmpty: (metrics) => !metrics.avgMemoryBytes,
  },
  {
    title: 'errors',
    align: 'right',
    expendable: 5,
    sort: 'errors',
    cell: (metrics) => formatCount(metrics.errorCount),
    isEmpty: (metrics) => metrics.errorCount === 0,
  },
  {
    title: 'trend',
    align: 'right',
    expendable: 7,
    cell: (metrics) => TREND_WORDS[metrics.performanceTrend],
    isEmpty: (metrics) => metrics.performanceTrend === 'stable',
  },
];

/** The table, with the number of functions that `limit` hides. */
export function renderFunctionTable(functions: readonly AggregateMetrics[], view: ReportView): string {
  const { width, color, limit } = view;
  const rows = limit === 0 ? functions : functions.slice(0, limit);
  const columns = [nameColumn(width), ...VALUE_COLUMNS].map((column) =>
    column.sort === view.sort ? { ...column, expendable: 0 } : column,
  );
  const [titles = '', ...lines] = renderTable(columns, rows, width);
  const sampled = rows.filter(isSampled);
  if (sampled.length > 0) lines.push(sampledNote(sampled));
  const hidden = functions.length - rows.length;
  if (hidden > 0) lines.push(`… and ${plural(hidden, 'more function')}; --limit 0 shows all`);
  return [styled('bold', titles, color), ...lines].join('\n');
}

/** Whether some of the function's calls were only counted, under the overhead budget. */
function isSampled({ timedCalls, callCount }: AggregateMetrics): boolean {
  return timedCalls < callCount;
}

function sampledNote(rows: readonly AggregateMetrics[]): string {
  const sum = (count: (metrics: AggregateMetrics) => number): string =>
    formatCount(rows.reduce((total, metrics) => total + count(metrics), 0)).trim();
  const timed = sum(({ timedCalls }) => timedCalls);
  const all = sum(({ callCount }) => callCount);
  return `${SAMPLED_SIGN} estimated: ${timed} of these functions’ ${all} calls were timed, at random; calls and errors are exact`;
}
