import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { visible } from '../text/escape.ts';
import { functionsOf } from '../profile/functions.ts';
import type { Profile } from '../profile/profile.ts';

/** Columns in their order; new ones come at the end. */
const COLUMNS: readonly (keyof AggregateMetrics)[] = [
  'functionName',
  'callCount',
  'totalExecutionTimeMs',
  'selfTimeMs',
  'avgExecutionTimeMs',
  'minExecutionTimeMs',
  'p50ExecutionTimeMs',
  'p90ExecutionTimeMs',
  'p95ExecutionTimeMs',
  'p99ExecutionTimeMs',
  'maxExecutionTimeMs',
  'avgMemoryBytes',
  'avgAllocatedBytes',
  'cpuPercent',
  'successRate',
  'errorCount',
  'lastError',
  'last24hCalls',
  'performanceTrend',
  'activeTimeMs',
  'waitTimeMs',
  'inFlight',
  'oldestInFlightMs',
  'timedCalls',
  'belowThresholdCalls',
  'kind',
  'file',
  'line',
  'column',
  'noiseMs',
  'avgNoiseMs',
  'memorySamples',
  'allocationSamples',
  'overlappingSamples',
  'avgExecutionTimeMarginMs',
  'selfTimeMarginMs',
  'totalExecutionTimeMarginMs',
  'callCountEstimated',
  'activeTimeEstimated',
];

/** The aggregates by RFC 4180: lines end in CRLF, a title line first; empty where nothing was measured. */
export function render(profile: Profile): string {
  const rows = functionsOf(profile).map((metrics) => COLUMNS.map((column) => field(metrics[column])));
  return [COLUMNS, ...rows].map((cells) => `${cells.join(',')}\r\n`).join('');
}

function field(value: string | number | boolean | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? quoted(visible(withoutFormula(value))) : String(value);
}

/**
 * A spreadsheet runs what begins like this ("CSV injection", OWASP), the full-width signs too: an apostrophe in front
 * makes it text.
 */
function withoutFormula(text: string): string {
  return /^'*[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
