/** What the signs in front of values mean, for a note below a table. */
import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import {
  DOUBT_SIGN,
  FEW_SAMPLES,
  hasGuesses,
  isNoise,
  isSampled,
  NOISE_SIGN,
  SAMPLED_SIGN,
} from '../../runtime/report/estimates.ts';
import { areFew, isOverlapping, MARGIN_SIGN } from './estimates.ts';
import { formatCount } from '../text/format.ts';

const MARGIN_NOTE = `${MARGIN_SIGN} how far such an average, and its total, may be off, with 95 % confidence`;
const FAR_OFF_NOTE = `${DOUBT_SIGN} estimated too, from so few calls that it may be off by more than half`;
const NOISE_NOTE = `${NOISE_SIGN} shorter than the clock can tell from nothing`;
/** Of the resident set. */
const STEPS = '; a process grows by steps, and one may be most of it';
const APART_NOTE =
  'a total is that of the outermost calls of a function that calls itself, and so is not calls × avg';
/** What else may make the two differ is not worth a note. */
const APART = 0.2;
/** Where nothing but self times is estimated. */
const SELF_NOTE = `${SAMPLED_SIGN} estimated: of short async calls only some are looked at when they run`;

/**
 * The notes of a table.
 *
 * @param titles of its columns
 * @param isShown whether a duration in it has that sign
 */
export function signNotes(
  rows: readonly AggregateMetrics[],
  titles: string,
  isShown: (sign: string) => boolean,
): string[] {
  const sampled = rows.filter(isSampled);
  const isSelfEstimated = titles.includes('self') && rows.some((each) => each.activeTimeEstimated);
  return [
    ...(sampled.length > 0 ? [sampledNote(sampled)] : isSelfEstimated ? [SELF_NOTE] : []),
    ...(isShown(DOUBT_SIGN) ? [FAR_OFF_NOTE] : []),
    ...(titles.includes(MARGIN_SIGN) ? [MARGIN_NOTE] : []),
    ...(isShown(NOISE_SIGN) ? [NOISE_NOTE] : []),
    ...memoryNotes(rows, titles),
    ...(titles.includes('total') && titles.includes('avg') && rows.some(isApart) ? [APART_NOTE] : []),
  ];
}

function memoryNotes(rows: readonly AggregateMetrics[], titles: string): string[] {
  const shown = ['memory', 'alloc'].filter((title) => titles.includes(title));
  const few = shown.filter((title) =>
    rows.some(({ memorySamples, allocationSamples }) =>
      areFew(title === 'memory' ? memorySamples : allocationSamples),
    ),
  );
  const before = (names: readonly string[]): string => `${DOUBT_SIGN} before ${names.join(' and ')}`;
  return [
    ...(few.length > 0
      ? [`${before(few)}: from fewer than ${FEW_SAMPLES} samples${few.includes('memory') ? STEPS : ''}`]
      : []),
    ...(shown.length > 0 && rows.some(isOverlapping)
      ? [`${before(shown)}: other calls were in flight in most of the samples, some of it may be theirs`]
      : []),
  ];
}

/** Whether a reader who multiplies finds another total. */
function isApart(metrics: AggregateMetrics): boolean {
  const { callCount, avgExecutionTimeMs, totalExecutionTimeMs } = metrics;
  if (isNoise(metrics, totalExecutionTimeMs, 'total')) return false;
  return Math.abs(callCount * avgExecutionTimeMs - totalExecutionTimeMs) > APART * totalExecutionTimeMs;
}

function sampledNote(rows: readonly AggregateMetrics[]): string {
  const sum = (count: (metrics: AggregateMetrics) => number): string =>
    formatCount(rows.reduce((total, metrics) => total + count(metrics), 0)).trim();
  const timed = sum(({ timedCalls }) => timedCalls);
  const all = sum(({ callCount }) => callCount);
  if (all === '0') return `${SAMPLED_SIGN} estimated; errors are exact`;
  return `${SAMPLED_SIGN} estimated from ${timed} timed of ${all} calls; ${rows.some(hasGuesses) ? 'other calls' : 'calls'} and errors are exact`;
}
