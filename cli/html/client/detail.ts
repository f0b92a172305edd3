import { printable } from '../../text/escape.ts';
import { formatBytes, formatCount, plural } from '../../text/format.ts';
import { callsSign, type DurationKind, isSampled, SAMPLED_SIGN } from '../../../runtime/report/estimates.ts';
import { MARGIN_SIGN, shownDuration, shownMargin, shownSelfMargin } from '../../report/estimates.ts';
import type { PageFunction } from '../page-data.ts';
import { element } from './dom.ts';
import { drawDistribution, drawTimeline } from './plots.ts';

/** Shows all that is known of a function, with its two plots. */
export function showDetail(target: HTMLElement, entry: PageFunction): void {
  const { functionName, file, line, column, kind, lastError, bars, timeline } = entry;
  const place = file === '' ? kind : `${printable(file)}:${line}:${column + 1} · ${kind}`;
  const distribution = element('figure', {}, element('figcaption', {}, 'Latency distribution'));
  const history = element('figure', {}, element('figcaption', {}, 'Calls over time'));
  target.replaceChildren(
    element('h2', {}, element('bdi', {}, printable(functionName) || '(no name)')),
    element('p', { class: 'place' }, element('bdi', {}, place)),
    numbers(entry),
    ...(lastError === undefined
      ? []
      : [element('p', { class: 'failure' }, 'The last error: ', element('bdi', {}, printable(lastError)))]),
    element('div', { class: 'plots' }, distribution, history),
  );
  drawDistribution(distribution, bars);
  if (bars.zeroCount > 0) distribution.append(element('p', { class: 'remark' }, zeroesText(entry)));
  if (timeline !== undefined) drawTimeline(history, timeline);
  else history.remove();
}

/** On a logarithmic scale there is no place for what took no time. */
function zeroesText(entry: PageFunction): string {
  const zeroes = (isSampled(entry) ? SAMPLED_SIGN : '') + formatCount(entry.bars.zeroCount);
  const all = callsSign(entry) + plural(entry.callCount, 'call');
  return `In no bar: ${zeroes} of ${all} (${shownDuration(entry, 0, 'call')}, shorter than the clock can tell from nothing)`;
}

/** None of many is less than any. */
function failureRate({ errorCount, successRate }: PageFunction): string {
  const percent = (100 * (1 - successRate)).toFixed(1);
  return errorCount > 0 && percent === '0.0' ? '<0.1 %' : `${percent} %`;
}

function numbers(entry: PageFunction): HTMLElement {
  const time = (valueMs: number | undefined, kind: DurationKind = 'call'): string | undefined =>
    valueMs === undefined ? undefined : shownDuration(entry, valueMs, kind);
  const facts: Readonly<Record<string, string | undefined>> = {
    calls: callsSign(entry) + formatCount(entry.callCount),
    timed: formatCount(entry.timedCalls),
    errors: `${formatCount(entry.errorCount)} (${failureRate(entry)})`,
    'in flight': entry.inFlight === 0 ? undefined : formatCount(entry.inFlight),
    'below the threshold':
      entry.belowThresholdCalls === 0 ? undefined : callsSign(entry) + formatCount(entry.belowThresholdCalls),
    total: time(entry.totalExecutionTimeMs, 'total'),
    self:
      entry.selfTimeMs === undefined
        ? undefined
        : `${shownDuration(entry, entry.selfTimeMs, 'self')}${marginText(shownSelfMargin(entry))}`,
    running: time(entry.activeTimeMs, 'self'),
    waiting: time(entry.waitTimeMs, 'self'),
    average: `${shownDuration(entry, entry.avgExecutionTimeMs, 'mean')}${marginText(shownMargin(entry))}`,
    fastest: time(entry.minExecutionTimeMs),
    p90: time(entry.p90ExecutionTimeMs, 'p90'),
    slowest: time(entry.maxExecutionTimeMs),
    'heap allocated':
      entry.avgAllocatedBytes === undefined ? undefined : formatBytes(entry.avgAllocatedBytes).trim(),
    CPU: entry.cpuPercent === undefined ? undefined : `${entry.cpuPercent.toFixed(0)} %`,
  };
  const items = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined ? [] : [element('div', {}, element('dt', {}, name), element('dd', {}, value))],
  );
  return element('dl', { class: 'numbers' }, ...items);
}

/** How far a value may be off, where it is estimated. */
function marginText(margin: string): string {
  return margin === '' ? '' : ` ${MARGIN_SIGN}\u00a0${margin}`;
}
