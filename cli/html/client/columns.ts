import { printable } from '../../text/escape.ts';
import { callsSign, type DurationKind } from '../../../runtime/report/estimates.ts';
import { shownAllocated, shownDuration, shownMemory } from '../../report/estimates.ts';
import { formatCount } from '../../text/format.ts';
import { sparkline } from '../../text/sparkline.ts';
import type { PageFunction } from '../page-data.ts';
import { element } from './dom.ts';
import { nameButton } from './name-cell.ts';

/** One column of the page's table. */
export interface PageColumn {
  readonly key: string;
  readonly title: string;
  /** Shown when the pointer rests on the title. */
  readonly meaning: string;
  /** What the column sorts by. */
  readonly value: (entry: PageFunction) => number | string | undefined;
  readonly cell: (entry: PageFunction) => Node | string;
}

const SPARK_WIDTH = 12;

const duration = (
  key: string,
  meaning: string,
  value: (entry: PageFunction) => number | undefined,
  kind: DurationKind = 'call',
): PageColumn => ({
  key,
  title: key,
  meaning,
  value,
  cell: (entry) => shownDuration(entry, value(entry), kind),
});

/** A function's name, fit to be shown. */
export function shownName({ functionName }: PageFunction): string {
  return printable(functionName) || '(no name)';
}

export const COLUMNS: readonly PageColumn[] = [
  {
    key: 'name',
    title: 'function',
    meaning: 'Reported name',
    value: ({ functionName }) => functionName,
    cell: (entry) => element('span', {}, nameButton(shownName(entry))),
  },
  {
    key: 'calls',
    title: 'calls',
    meaning: 'Calls, exact but where only the timed ones tell which are below a threshold',
    value: ({ callCount }) => callCount,
    cell: (entry) => callsSign(entry) + formatCount(entry.callCount),
  },
  duration('total', 'Time of all calls', ({ totalExecutionTimeMs }) => totalExecutionTimeMs, 'total'),
  duration('self', 'Time in the function itself', ({ selfTimeMs }) => selfTimeMs, 'self'),
  duration('avg', 'Mean of a call', ({ avgExecutionTimeMs }) => avgExecutionTimeMs, 'mean'),
  duration('p50', 'Half of the calls were faster', ({ p50ExecutionTimeMs }) => p50ExecutionTimeMs, 'p50'),
  duration('p95', '95 % of the calls were faster', ({ p95ExecutionTimeMs }) => p95ExecutionTimeMs, 'p95'),
  duration('p99', '99 % of the calls were faster', ({ p99ExecutionTimeMs }) => p99ExecutionTimeMs, 'p99'),
  duration('max', 'The slowest call', ({ maxExecutionTimeMs }) => maxExecutionTimeMs),
  {
    key: 'memory',
    title: 'memory',
    meaning: 'Change of the resident set per call, sampled',
    value: ({ avgMemoryBytes }) => avgMemoryBytes,
    cell: shownMemory,
  },
  {
    key: 'alloc',
    title: 'alloc',
    meaning: 'Allocated on the heap per call, sampled',
    value: ({ avgAllocatedBytes }) => avgAllocatedBytes,
    cell: shownAllocated,
  },
  {
    key: 'errors',
    title: 'errors',
    meaning: 'Calls that failed, exact',
    value: ({ errorCount }) => errorCount,
    cell: ({ errorCount }) => (errorCount === 0 ? '0' : element('strong', {}, formatCount(errorCount))),
  },
  {
    key: 'trend',
    title: 'trend',
    meaning: 'Mean duration over the run; a word where it changed significantly',
    value: ({ performanceTrend }) => ({ degrading: 2, stable: 1, improving: 0 })[performanceTrend],
    cell: ({ performanceTrend, timeline }) => {
      const words = { degrading: 'slower ', stable: '', improving: 'faster ' }[performanceTrend];
      const spark = element(
        'span',
        { class: 'spark', 'aria-hidden': 'true' },
        sparkline(timeline?.avgMs ?? [], SPARK_WIDTH),
      );
      const word = element('span', words === '' ? { class: 'hidden' } : {}, words === '' ? 'stable' : words);
      return element('span', {}, word, spark);
    },
  },
];

/** Whether a duration in the function's row has a sign. */
export function hasSign(entry: PageFunction, sign: string): boolean {
  return COLUMNS.some(({ key, cell }) => {
    const shown = key === 'name' ? '' : cell(entry);
    return typeof shown === 'string' && shown.startsWith(sign) && shown.endsWith('s');
  });
}
