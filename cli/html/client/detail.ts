import { printable } from '../../escape.ts';
import { formatBytes, formatCount, formatDuration } from '../../format.ts';
import type { PageFunction } from '../page-data.ts';
import { element } from './dom.ts';
import { drawDistribution, drawTimeline } from './plots.ts';

/** Shows all that is known of a function, with its two plots. */
export function showDetail(target: HTMLElement, function_: PageFunction): void {
  const { functionName, file, line, column, kind, lastError, histogram, timeline } = function_;
  const place = file === '' ? kind : `${printable(file)}:${line}:${column + 1} · ${kind}`;
  const distribution = element('figure', {}, element('figcaption', {}, 'Latency distribution'));
  const history = element('figure', {}, element('figcaption', {}, 'Calls over time'));
  target.replaceChildren(
    element('h2', {}, element('bdi', {}, printable(functionName) || '(no name)')),
    element('p', { class: 'place' }, element('bdi', {}, place)),
    numbers(function_),
    ...(lastError === undefined
      ? []
      : [element('p', { class: 'failure' }, 'The last error: ', element('bdi', {}, printable(lastError)))]),
    element('div', { class: 'plots' }, distribution, history),
  );
  drawDistribution(distribution, histogram);
  if (timeline !== undefined) drawTimeline(history, timeline);
  else history.remove();
}

function numbers(function_: PageFunction): HTMLElement {
  const time = (valueMs: number | undefined): string | undefined =>
    valueMs === undefined ? undefined : formatDuration(valueMs).trim();
  const facts: Readonly<Record<string, string | undefined>> = {
    calls: formatCount(function_.callCount),
    timed: formatCount(function_.timedCalls),
    errors: `${formatCount(function_.errorCount)} (${(100 * (1 - function_.successRate)).toFixed(1)} %)`,
    'in flight': function_.inFlight === 0 ? undefined : formatCount(function_.inFlight),
    'below the threshold':
      function_.belowThresholdCalls === 0 ? undefined : formatCount(function_.belowThresholdCalls),
    total: time(function_.totalExecutionTimeMs),
    self: time(function_.selfTimeMs),
    running: time(function_.activeTimeMs),
    waiting: time(function_.waitTimeMs),
    fastest: time(function_.minExecutionTimeMs),
    p90: time(function_.p90ExecutionTimeMs),
    slowest: time(function_.maxExecutionTimeMs),
    'heap allocated':
      function_.avgAllocatedBytes === undefined ? undefined : formatBytes(function_.avgAllocatedBytes).trim(),
    CPU: function_.cpuPercent === undefined ? undefined : `${function_.cpuPercent.toFixed(0)} %`,
  };
  const items = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined ? [] : [element('div', {}, element('dt', {}, name), element('dd', {}, value))],
  );
  return element('dl', { class: 'numbers' }, ...items);
}
