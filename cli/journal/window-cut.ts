/*
 * What of an interval lies in a window of time. Calls are taken to come evenly: of a minute, an hour or a day that is cut,
 * the window's share counts, in whole calls with the durations that they have in the whole.
 */
import {
  ACTIVE,
  BELOW_THRESHOLD,
  CPU_SAMPLES,
  CPU_SUM,
  CPU_WALL,
  ERRORS,
  HEAP_SAMPLES,
  HEAP_SUM,
  NESTED,
  NOT_SELF,
  PROBE,
  RSS_SAMPLES,
  RSS_SUM,
  STOOD_FOR,
  TIMED,
  TOTAL,
  UNREPRESENTED,
  WAIT,
  ZEROES,
} from '../../runtime/format/layout.ts';
import { LEVELS } from '../../runtime/format/levels.ts';
import type { Visit } from './interval.ts';
import { callsOf, emptySums, representedIn, type RowSums } from './rows.ts';

/** Shorter ones are of seconds, and count whole for the moment in which their middle lies. */
const SHORTEST_CUT_MS = Math.min(...LEVELS.map(({ widthMs }) => widthMs));

/**
 * Passes on what was measured since a moment.
 *
 * @param sinceMs epoch milliseconds
 */
export function since(sinceMs: number, visit: Visit): Visit {
  if (sinceMs === -Infinity) return visit;
  return (interval) => {
    const { startMs, endMs } = interval;
    const lengthMs = endMs - startMs;
    if (startMs >= sinceMs) return visit(interval);
    if (lengthMs < SHORTEST_CUT_MS) return (startMs + endMs) / 2 < sinceMs ? undefined : visit(interval);
    if (endMs <= sinceMs) return;
    const sums = shareOf(interval.sums, (endMs - sinceMs) / lengthMs);
    visit({ ...interval, startMs: sinceMs, sums });
  };
}

/** Sums over calls that the timed ones stand for. */
const OF_REPRESENTED = [TOTAL, PROBE, NOT_SELF, NESTED, ACTIVE, WAIT] as const;
/** Numbers of samples, and sums over them. */
const OF_SAMPLES = [
  [RSS_SAMPLES, RSS_SUM],
  [HEAP_SAMPLES, HEAP_SUM],
  [CPU_SAMPLES, CPU_SUM, CPU_WALL],
] as const;

const cut = emptySums();

/** That share of the sums of a time bucket, from 0 to 1, in whole numbers; holds until the next call. */
function shareOf(sums: RowSums, share: number): RowSums {
  const { columns, bits } = sums;
  const of = (place: number): number => columns[place] as number;
  const own = cut.columns;
  own.fill(0);
  cut.bits = bits;
  const represented = representedIn(columns);
  const kept = Math.round(represented * share);
  own[TIMED] = kept === 0 ? 0 : Math.max(Math.min(1, of(TIMED)), Math.round(of(TIMED) * share));
  own[STOOD_FOR] = kept - own[TIMED];
  own[UNREPRESENTED] = Math.round(callsOf(columns) * share) - kept;
  for (const place of [ERRORS, BELOW_THRESHOLD]) own[place] = Math.round(of(place) * share);
  const ofMean = represented === 0 ? share : kept / represented;
  for (const place of OF_REPRESENTED) own[place] = Math.round(of(place) * ofMean);
  for (const [samples, ...others] of OF_SAMPLES) {
    own[samples] = Math.round(of(samples) * share);
    for (const place of others) own[place] = Math.round((of(place) * own[samples]) / (of(samples) || 1));
  }
  own[ZEROES] = cutBuckets(sums, share);
  return cut;
}

/** Takes the share of all durations from the shortest on, so that as many are there of each kind. Returns those of no time. */
function cutBuckets({ columns, buckets: { counts, offset } }: RowSums, share: number): number {
  const { buckets } = cut;
  buckets.clear();
  let durations = columns[ZEROES] as number;
  const zeroes = Math.round(durations * share);
  let before = zeroes;
  for (let i = 0; i < counts.length; i++) {
    durations += counts[i] as number;
    const upToHere = Math.round(durations * share);
    if (upToHere > before) buckets.add(offset + i, upToHere - before);
    before = Math.max(before, upToHere);
  }
  return zeroes;
}
