import {
  callsSign,
  type DurationKind,
  hasGuesses,
  isSampled,
  SAMPLED_SIGN,
} from '../../runtime/report/estimates.ts';
import { printable } from '../text/escape.ts';
import { containing, isGlob } from '../text/glob.ts';
import { formatCount, formatDuration, plural } from '../text/format.ts';
import { shownDuration } from '../report/estimates.ts';
import { functionColumns, type FunctionRow } from '../report/function-table.ts';
import { selectFunctions } from '../profile/functions.ts';
import { runFacts, withPrintableText, wrapFacts } from '../report/report.ts';
import { sparkline } from '../text/sparkline.ts';
import { renderTable, shortenMiddle } from '../text/table.ts';
import { textWidth } from '../text/width.ts';
import type { Snapshot } from './snapshot.ts';
import type { DashboardState } from './state.ts';

/** A frame's parts as lines of plain text, each at most as wide as asked for. */
export interface Frame {
  readonly head: readonly string[];
  /** Of the table; where a filter leaves none, a sentence; empty where there is no room for it. */
  readonly titles: string;
  readonly rows: readonly string[];
  /** Place of the chosen function among `rows`; -1 where there is none. */
  readonly chosen: number;
  readonly detail: readonly string[];
}

/** Room for a frame. */
export interface Size {
  readonly columns: number;
  /** Lines that the frame may have. */
  readonly lines: number;
}

/** Below this the table needs the room. */
const FEWEST_LINES_FOR_DETAIL = 18;
/** Of the table, with its titles: below this it needs the room of the head. */
const FEWEST_LINES_OF_TABLE = 4;
/** Columns before a line's sparkline. */
const DETAIL_LABEL_WIDTH = 12;

/** The functions that are shown, in order: words without a glob's signs are looked for anywhere in the name. */
export function shownFunctions({ functions }: Snapshot, { sort, filter }: DashboardState): FunctionRow[] {
  if (filter === '') return selectRows(functions, { sort });
  return selectRows(functions, { sort, filter: isGlob(filter) ? filter : containing(filter) });
}

function selectRows(
  functions: readonly FunctionRow[],
  selection: Parameters<typeof selectFunctions>[1],
): FunctionRow[] {
  const rows = new Map(functions.map((row) => [row.functionName, row]));
  return selectFunctions(functions, selection).flatMap(({ functionName }) => rows.get(functionName) ?? []);
}

/** Lays a snapshot out in a terminal's size. Pure: what it returns is the same for a terminal and a pipe. */
export function layOut(snapshot: Snapshot, state: DashboardState, { columns, lines }: Size): Frame {
  const functions = shownFunctions(snapshot, state);
  const at = Math.max(
    0,
    functions.findIndex(({ functionName }) => functionName === state.chosen),
  );
  const facts = wrapFacts(runFacts(snapshot.profile), columns)[0] ?? '';
  const whole = [facts, ...wrapFacts(totals(snapshot, functions), columns)].map((line) => cut(line, columns));
  const head = lines >= whole.length + FEWEST_LINES_OF_TABLE ? whole : [];
  const chosen = functions[at];
  if (chosen === undefined && state.filter !== '') {
    const sentence = `no function has a name that matches "${printable(state.filter)}"`;
    return { head, titles: lines > 0 ? cut(sentence, columns) : '', rows: [], chosen: -1, detail: [] };
  }
  const hasDetail = state.showsDetail && chosen !== undefined && lines >= FEWEST_LINES_FOR_DETAIL;
  const detail = hasDetail ? detailOf(chosen, snapshot, columns).map((line) => cut(line, columns)) : [];
  const hasTitles = lines > 1;
  const room = Math.max(0, lines - head.length - detail.length - (hasTitles ? 1 : 0));
  // The chosen row stays in sight, with rows before it where there are some.
  const first = Math.max(0, Math.min(at - Math.floor(room / 2), functions.length - room));
  const visible = functions
    .slice(first, first + room)
    .map((row) => ({ ...withPrintableText(row), history: row.history ?? '' }));
  const [titles = '', ...rows] = renderTable(
    functionColumns(visible, { width: columns, sort: state.sort }),
    visible,
    columns,
  );
  return {
    head,
    titles: hasTitles ? titles : '',
    rows,
    chosen: chosen === undefined ? -1 : at - first,
    detail,
  };
}

function totals({ profile, functions: all }: Snapshot, shown: readonly FunctionRow[]): string[] {
  const calls = shown.reduce((sum, { callCount }) => sum + callCount, 0);
  const errors = shown.reduce((sum, { errorCount }) => sum + errorCount, 0);
  const inFlight = profile.inFlight.reduce((sum, { calls: count }) => sum + count, 0);
  return [
    shown.length === all.length
      ? plural(all.length, 'function')
      : `${formatCount(shown.length)} of ${plural(all.length, 'function')}`,
    (shown.some(hasGuesses) ? SAMPLED_SIGN : '') + plural(calls, 'call'),
    plural(errors, 'error'),
    ...(inFlight > 0 ? [`${formatCount(inFlight)} in flight`] : []),
  ];
}

/** What is known of the chosen function: where it stands, its distribution, its calls over time, its errors. */
function detailOf(row: FunctionRow, { profile }: Snapshot, columns: number): string[] {
  const { functionName, file, line, kind, lastError } = row;
  const place = file === '' ? kind : `${kind} · ${printable(file)}:${line}`;
  const histogram = profile.functions.get(functionName)?.aggregate.histogram;
  const timeline = profile.timelines.get(functionName);
  const time = (valueMs: number | undefined, kind: DurationKind = 'call'): string =>
    shownDuration(row, valueMs, kind);
  const texts = [
    `${time(row.minExecutionTimeMs)} to ${time(row.maxExecutionTimeMs)}`,
    callsText(row),
    `p50 ${time(row.p50ExecutionTimeMs, 'p50')}, p99 ${time(row.p99ExecutionTimeMs, 'p99')}`,
  ];
  const widest = Math.max(...texts.map((text) => text.length));
  const width = Math.max(8, Math.min(60, columns - DETAIL_LABEL_WIDTH - 2 - widest));
  const { counts = [], zeroCount = 0 } = histogram ?? {};
  const series = [
    zeroCount > 0 ? [zeroCount, ...counts] : counts,
    timeline?.calls ?? [],
    timeline?.avgMs ?? [],
  ];
  const lines = ['durations', 'calls', 'avg'].map(
    (label, index) =>
      `  ${label.padEnd(10)}${sparkline(series[index] ?? [], width).padEnd(width)}  ${texts[index]}`,
  );
  return [
    '',
    headingOf(printable(functionName), place, columns),
    ...lines,
    `  errors    ${formatCount(row.errorCount)}${lastError === undefined ? '' : `, the last: ${printable(lastError)}`}`,
    `  in flight ${formatCount(row.inFlight)}${row.oldestInFlightMs === undefined ? '' : `, the oldest for ${formatDuration(row.oldestInFlightMs).trim()}`}`,
  ];
}

/** Both are told, each shortened for itself where they have no room. */
function headingOf(name: string, place: string, columns: number): string {
  const shown = shortenMiddle(name, Math.max(Math.floor(columns / 2), columns - textWidth(place) - 2));
  return `${shown}  ${shortenMiddle(place, columns - textWidth(shown) - 2)}`;
}

function callsText(row: FunctionRow): string {
  const timed = isSampled(row) ? `, ${formatCount(row.timedCalls)} timed` : '';
  return callsSign(row) + plural(row.callCount, 'call') + timed;
}

function cut(line: string, columns: number): string {
  return shortenMiddle(line, columns);
}
