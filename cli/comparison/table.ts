/** A comparison as text. */
import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { DOUBT_SIGN } from '../../runtime/report/estimates.ts';
import { MIN_CHANGE } from '../../runtime/tally/trend.ts';
import { shownDuration } from '../report/estimates.ts';
import { runFacts, wrapFacts } from '../report/report.ts';
import { printable } from '../text/escape.ts';
import { formatCount, formatDuration, NOTHING, plural } from '../text/format.ts';
import { styled } from '../text/output.ts';
import { renderTable, type Column } from '../text/table.ts';
import { wrapWords } from '../text/wrap-words.ts';
import { type Change, type Comparison, weightOf } from './compare.ts';

/** How a comparison is shown. */
export interface ComparisonView {
  /** Rows of the table; 0 for all. */
  readonly limit: number;
  readonly width: number;
  readonly color: boolean;
}

/** What may be nothing is shown where it would come to so much of the later run's time. */
const WORTH_A_LOOK = 0.05;
const MOST_FAILURES = 5;

/** Both runs, what differs, and what is to be known about it. */
export function renderComparison(comparison: Comparison, view: ComparisonView): string {
  return [renderHeads(comparison, view), renderChanges(comparison, view), renderFailures(comparison.changes)]
    .filter((section) => section !== '')
    .join('\n\n');
}

function renderHeads({ before, after }: Comparison, { width, color }: ComparisonView): string {
  const lines = (
    [
      ['before', before],
      ['after', after],
    ] as const
  ).flatMap(([word, profile]) => {
    const [first = '', ...others] = wrapFacts(runFacts(profile), width - INDENT);
    const blanks = ' '.repeat(INDENT);
    return [`${`${word}:`.padEnd(INDENT)}${first}`, ...others.map((line) => blanks + line)];
  });
  return styled('dim', lines.join('\n'), color);
}

const INDENT = 'before: '.length;

function renderChanges(comparison: Comparison, { limit, width, color }: ComparisonView): string {
  const { changes } = comparison;
  const worth = changes.filter((change) => isWorth(change, comparison));
  const rows = limit === 0 ? worth : worth.slice(0, limit);
  const notes = notesOf(comparison, rows).flatMap((note) => wrapWords(note, width, '  '));
  const hidden = worth.length - rows.length;
  if (hidden > 0) notes.push(`… and ${plural(hidden, 'more function')}; --limit 0 shows all`);
  if (rows.length === 0) return notes.join('\n');
  const [titles = '', ...lines] = renderTable(columnsOf(width), rows, width);
  return [styled('bold', titles, color), ...lines, ...notes].join('\n');
}

function isWorth(change: Change, comparison: Comparison): boolean {
  if (change.verdict === 'alike') return false;
  return change.verdict !== 'unclear' || weightOf(change, comparison) >= WORTH_A_LOOK;
}

function columnsOf(width: number): readonly Column<Change>[] {
  return [
    {
      title: 'function',
      align: 'left',
      expendable: 0,
      shrinksTo: Math.max(20, Math.floor(width * 0.4)),
      cell: ({ functionName }) => printable(functionName),
    },
    { title: 'calls', align: 'right', expendable: 2, cell: ({ after }) => shownCalls(after) },
    { title: 'avg before', align: 'right', expendable: 1, cell: ({ before }) => shownMean(before) },
    { title: 'avg', align: 'right', expendable: 1, cell: ({ after }) => shownMean(after) },
    { title: 'change', align: 'right', expendable: 0, cell: shownChange },
    {
      title: '±',
      align: 'right',
      expendable: 3,
      cell: ({ changeMargin }) => (changeMargin === undefined ? '' : percent(changeMargin)),
    },
    { title: 'cost', align: 'right', expendable: 0, cell: ({ costMs }) => signedDuration(costMs) },
  ];
}

function shownCalls(metrics: AggregateMetrics | undefined): string {
  return metrics === undefined ? NOTHING : formatCount(metrics.callCount);
}

function shownMean(metrics: AggregateMetrics | undefined): string {
  return metrics === undefined ? NOTHING : shownDuration(metrics, metrics.avgExecutionTimeMs, 'mean');
}

function shownChange({ verdict, change }: Change): string {
  if (verdict === 'new' || verdict === 'gone') return verdict;
  if (change === undefined) return NOTHING;
  const sign = change < 0 ? '-' : '+';
  return `${verdict === 'unclear' ? DOUBT_SIGN : ''}${sign}${percent(Math.abs(change))}`;
}

/** A share in percent; of what has grown many times how many. */
function percent(share: number): string {
  if (share >= 9.995) return `${formatCount(share + 1)}×`;
  return `${(100 * share).toFixed(0)}%`;
}

function signedDuration(durationMs: number): string {
  const sign = durationMs > 0 ? '+' : '';
  return `${sign}${formatDuration(durationMs).trim()}`;
}

function notesOf(comparison: Comparison, rows: readonly Change[]): string[] {
  const { changes, commonChange = 0 } = comparison;
  const count = (verdict: Change['verdict']): number =>
    changes.filter((change) => change.verdict === verdict).length;
  const [alike, unclear] = [count('alike'), count('unclear')];
  const shown = rows.filter(({ verdict }) => verdict === 'unclear').length;
  return [
    ...(shown > 0
      ? [
          `${DOUBT_SIGN} may be nothing: the averages’ 95 % confidence intervals overlap, or there was one call`,
        ]
      : []),
    ...(rows.length > 0 ? ['cost: what the calls took more than as many of the run before'] : []),
    ...(alike > 0
      ? [`${plural(alike, 'function')} differ${alike === 1 ? 's' : ''} by less than ${100 * MIN_CHANGE} %`]
      : []),
    ...(unclear > shown
      ? [`${plural(unclear - shown, 'function')} may differ by more, and may not: too few calls tell`]
      : []),
    ...(Math.abs(commonChange) >= MIN_CHANGE
      ? [
          `half of the functions are ${commonChange > 0 ? 'slower' : 'faster'} by ${percent(Math.abs(commonChange))} or more: it may be the machine`,
        ]
      : []),
  ];
}

function renderFailures(changes: readonly Change[]): string {
  const failing = changes.filter(({ failures }) => failures !== 'alike');
  if (failing.length === 0) return '';
  const lines = failing.slice(0, MOST_FAILURES).map(({ functionName, failures, before, after }) => {
    const rates = `${rateOf(before)} before, ${rateOf(after)} now`;
    return `  ${printable(functionName)} fails ${failures === 'more' ? 'more' : 'less'} often: ${rates}`;
  });
  const hidden = failing.length - lines.length;
  if (hidden > 0) lines.push(`  … and ${plural(hidden, 'more function')}`);
  return ['💥 Failures:', ...lines].join('\n');
}

function rateOf(metrics: AggregateMetrics | undefined): string {
  if (metrics === undefined) return NOTHING;
  const { errorCount, callCount } = metrics;
  return `${formatCount(errorCount)} of ${formatCount(callCount)}`;
}
