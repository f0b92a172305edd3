import { textWidth } from '../text/width.ts';
import { NS_PER_MS } from '../../runtime/platform/clock.ts';
import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { renderReport } from '../../runtime/report/report.ts';
import { printable } from '../text/escape.ts';
import { formatDuration, formatTime, plural } from '../text/format.ts';
import { renderFunctionTable, type ReportView } from './function-table.ts';
import { selectFunctions } from '../profile/functions.ts';
import { styled } from '../text/output.ts';
import {
  countWriters,
  durationOf,
  elapsedMsOf,
  type InFlightCalls,
  type Profile,
} from '../profile/profile.ts';
import { failedEndings, stateOf } from './endings.ts';
import { explainFailure } from './failure-codes.ts';
import { sparkline } from '../text/sparkline.ts';
import type { StaleMark } from '../instrument/stale-marks.ts';
import { shortenMiddle } from '../text/table.ts';
import { warningsOfProfile } from './warnings.ts';
import { wrapWords } from '../text/wrap-words.ts';

/** Rows of the table where nothing else is asked for. */
export const DEFAULT_LIMIT = 20;
const MOST_IN_FLIGHT = 5;
const MOST_FAILURES = 5;
const MOST_STALE = 5;

/**
 * The report of a run: its head, calls in flight, the table, the seed's sections, failures.
 *
 * @param functions those that were selected, in order
 * @param staleMarks marks that the last build did not instrument
 */
export function renderProfile(
  profile: Profile,
  functions: readonly AggregateMetrics[],
  view: ReportView,
  staleMarks: readonly StaleMark[] = [],
): string {
  const histories = historiesOf(profile, functions);
  const shown = functions.map((metrics) => ({
    ...withPrintableText(metrics),
    history: histories.get(metrics.functionName) ?? '',
  }));
  const sections = [
    renderHead(profile, view),
    renderInFlight(profile.inFlight, view),
    renderFunctionTable(shown, view),
    renderReport({
      aggregates: shown,
      functionCount: view.functionCount ?? shown.length,
      totalMetrics: profile.metrics,
      diagnostics: printableCounts(profile.diagnostics),
      explain: explainFailure,
      warnings: warningsOfProfile(profile, functions, shown),
    }),
    renderStaleMarks(staleMarks),
    renderFailures(shown, view),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function renderStaleMarks(marks: readonly StaleMark[]): string {
  if (marks.length === 0) return '';
  const shown = marks
    .slice(0, MOST_STALE)
    .map(({ name, file, line }) => `  • ${printable(name)} (${printable(file)}:${line})`);
  const more = marks.length - shown.length;
  return [
    '⚠️ Marked, but not in the last build (is the plugin in it, and was it run since?):',
    ...shown,
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ].join('\n');
}

/** Columns of a sparkline in the table. */
const HISTORY_WIDTH = 8;

/** The sparklines of functions, by name. */
export function historiesOf(
  { timelines }: Profile,
  functions: readonly AggregateMetrics[],
): ReadonlyMap<string, string> {
  return new Map(
    functions.map(({ functionName }) => [
      functionName,
      sparkline(timelines.get(functionName)?.avgMs ?? [], HISTORY_WIDTH),
    ]),
  );
}

/** The metrics with names and messages that steer no terminal. */
export function withPrintableText(metrics: AggregateMetrics): AggregateMetrics {
  const { functionName, file, lastError } = metrics;
  const shown = { ...metrics, functionName: printable(functionName), file: printable(file) };
  return lastError === undefined ? shown : { ...shown, lastError: printable(lastError) };
}

function printableCounts(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries(Array.from(counts, ([code, times]) => [printable(code), times]));
}

/** What run it is: id, begin, duration, processes, Node, commit, what measuring took. */
export function runFacts(profile: Profile): readonly string[] {
  const { run, runs, writers } = profile;
  const { processes, threads } = countWriters(writers);
  const running = writers.some(({ state }) => state === 'running');
  const facts = [
    runs.length === 1 ? `run ${printable(run.id)}` : plural(runs.length, 'run'),
    formatTime(run.startedAt),
    `${formatDuration(durationOf(profile))}${running ? ' so far' : ''}`,
    plural(processes, 'process', 'processes'),
    ...(threads > processes ? [plural(threads, 'thread')] : []),
    ...failedEndings(writers).map(printable),
    ...new Set(writers.map(({ head }) => `node ${printable(head.node).replace(/^v/, '')}`)),
    ...new Set(
      writers.flatMap(({ head: { revision } }) =>
        revision === undefined ? [] : [`git ${printable(revision)}`],
      ),
    ),
    ...overheadFacts(profile),
  ];
  return facts;
}

/** Nanoseconds that it takes at least to count a call: what `npm run bench -- call --alone budget` prints, less the call itself. */
const COUNTING_NS = 2.5;
/** A smaller share is not worth a word. */
const LEAST_COUNTING = 0.02;

/**
 * Share of the processes' time that measuring took, the budget that it has to keep to, and what the journal took; and what counting
 * the calls took that were not timed, as far as that can be told: where V8 does not inline a function any more, it is more.
 */
export function overheadFacts({ writers, nowMs, functions }: Profile): string[] {
  const known = writers.flatMap(({ usage }) => (usage === undefined ? [] : [usage]));
  const elapsedMs = writers.reduce((sum, writer) => sum + elapsedMsOf(writer, nowMs), 0);
  if (elapsedMs <= 0) return [];
  const writtenMs = known.reduce((sum, { journalMs = 0 }) => sum + journalMs, 0);
  const watchedMs = known.reduce((sum, { watchMs = 0 }) => sum + watchMs, 0);
  const spentMs = known.reduce((sum, { overheadMs }) => sum + overheadMs, 0) - writtenMs - watchedMs;
  const budgets = new Set(known.map(({ budget }) => (budget === undefined ? 'exact' : formatShare(budget))));
  // Of a short run the runtime's own start is a large share, and says nothing.
  const share = (ms: number): string =>
    elapsedMs < 1_000 ? formatDuration(ms).trim() : formatShare(ms / elapsedMs);
  const wrote = writtenMs > 0 ? `, writing the journal ${share(writtenMs)}` : '';
  const watched = watchedMs > 0 ? `, watching promises ${share(watchedMs)}` : '';
  const measuring = `measuring took ${share(spentMs)} (budget ${[...budgets].join(', ')})${watched}${wrote}`;
  const counted = Array.from(functions.values()).reduce(
    (sum, { aggregate: { calls, timed } }) => sum + Math.max(0, calls - timed),
    0,
  );
  const countingMs = (counted * COUNTING_NS) / NS_PER_MS;
  if (countingMs < LEAST_COUNTING * elapsedMs) return [measuring];
  return [measuring, `counting ${plural(counted, 'call')} ${share(countingMs)} and more`];
}

function formatShare(share: number): string {
  return `${(share * 100).toFixed(share < 0.0995 ? 2 : 1).replace(/\.?0+$/, '')} %`;
}

/** Facts with dots between them, in as many lines as the width asks for; those that are wider are broken at commas. */
export function wrapFacts(facts: readonly string[], width: number): string[] {
  return joined(facts, ' · ', width).flatMap((line) =>
    textWidth(line) <= width ? [line] : joined(line.split(/(?<=,) /), ' ', width),
  );
}

/** Parts in lines of at most `width` columns, as far as each fits. */
function joined(parts: readonly string[], separator: string, width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = `${lines.at(-1) ?? ''}${separator}${part}`;
    if (lines.length > 0 && textWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

function renderHead(profile: Profile, { color, width }: ReportView): string {
  const commands = commandsOf(profile);
  const [command = ''] = commands;
  const others = commands.size > 1 ? ` and ${plural(commands.size - 1, 'other command')}` : '';
  const shown = `${shortenMiddle(printable(command), Math.max(width - others.length, 20))}${others}`;
  const lines = [...wrapFacts(runFacts(profile), width), ...(command === '' ? [] : [shown])];
  return styled('dim', lines.join('\n'), color);
}

/** Each once. A worker has not the arguments of its process, and so is no other one. */
function commandsOf({ writers }: Profile): ReadonlySet<string> {
  const ofProcesses = new Map(
    writers.flatMap(({ head: { host, pid, thread, command } }) =>
      thread === 0 ? [[`${host} ${pid}`, command.join(' ')] as const] : [],
    ),
  );
  return new Set(
    writers.map(({ head: { host, pid, command } }) => {
      const own = command.join(' ');
      const whole = ofProcesses.get(`${host} ${pid}`);
      return whole?.startsWith(`${own} `) ? whole : own;
    }),
  );
}

function renderInFlight(calls: readonly InFlightCalls[], { color }: ReportView): string {
  if (calls.length === 0) return '';
  const lines = calls.slice(0, MOST_IN_FLIGHT).map(({ name, calls: count, oldestMs, writer }) => {
    const age = oldestMs === undefined ? '' : `, the oldest for ${formatDuration(oldestMs).trim()}`;
    return `  ${printable(name)}: ${plural(count, 'call')}${age} (${stateOf(writer)})`;
  });
  const hidden = calls.length - lines.length;
  if (hidden > 0) lines.push(`  … and ${plural(hidden, 'more function')}`);
  return [styled('yellow', '⏳ In Flight:', color), ...lines].join('\n');
}

/** Where the functions are sorted by errors, the failures of as many as the table has. */
function renderFailures(functions: readonly AggregateMetrics[], { sort, limit, width }: ReportView): string {
  const failing = selectFunctions(functions, { sort: 'errors' }).filter(({ errorCount }) => errorCount > 0);
  if (failing.length === 0) return '';
  const rows = limit === 0 ? failing.length : limit;
  const isAsked = sort === 'errors';
  const lines = failing
    .slice(0, isAsked ? rows : MOST_FAILURES)
    .map(({ functionName, errorCount, lastError }) => {
      const last = lastError === undefined ? '' : `, the last: ${lastError}`;
      return `  ${functionName}: ${plural(errorCount, 'error')}${last}`;
    });
  const hidden = failing.length - lines.length;
  if (hidden > 0) {
    const sorted = isAsked ? '' : '--sort errors ';
    const shows = failing.length > rows ? '--limit 0 shows all' : 'shows them';
    const note = `  … and ${plural(hidden, 'more function')}; ${sorted}${shows}`;
    lines.push(...wrapWords(note, width, '    '));
  }
  return ['💥 Failures:', ...lines].join('\n');
}
