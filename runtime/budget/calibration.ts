/**
 * What measuring a call costs, found out by measuring nothing: it is taken off every duration.
 *
 * Machine code differs: a call in the interpreter is slower than one that V8 has optimised, so a short run of empty calls
 * is timed again now and then, and the least that was seen counts. Taking off too little is an error of some
 * nanoseconds; taking off too much would make functions faster than they are.
 *
 * Where the clock goes by steps, means count (stepped-clock.ts).
 */
import { isUsualClock, NS_PER_MS, now } from '../platform/clock.ts';
import { COST, HALF_STEP_NS, hot, INNER_NS, NEXT_ENTRY, OVERHEAD, pace } from '../stack/frames.ts';
import { log, LOG_END } from '../stack/log.ts';
import { RAW_DURATION, STRIDE } from '../stack/log-entry.ts';
import { isStepped, measureByMeans } from './stepped-clock.ts';

/** Empty calls at a time: some microseconds. */
const CALLS = 32;
/** Of these, the fastest group of calls tells what a call costs: an interruption is no cost. */
const GROUPS = 4;
/** Where more of them begin and end by the same reading, the clock goes by steps. */
const MOST_EQUAL = 3;
/** Milliseconds between two runs, when V8 has had the time to optimise; at first the half of a half of … that. */
const INTERVAL_MS = 256;
/** By what share an old result is doubted at each run: machines change their speed. */
const LEAK = 0.02;
/** The coarsest step that engines take unless they are told to hide more; assumed until one is seen. */
const USUAL_STEP_NS = 1e6;

/** How fine the duration of one call can be told, in nanoseconds: half of the empty calls differ by less, or the clock's step. */
export let noiseNs = 0;
/** The same of a mean of many: what is taken off each of them is uncertain by as much. */
export let avgNoiseNs = 0;

let nextMs = -Infinity;
let intervalMs = 1;
let probe: ((calls: number) => void) | undefined;

/** Sets what makes so many empty timed calls, each of which leaves an entry in the log. */
export function setProbe(emptyCalls: (calls: number) => void): void {
  probe = emptyCalls;
}

/** Finds out again, where it is time to. Leaves no entry in the log. */
export function calibrate(atMs: number): void {
  const next = hot[NEXT_ENTRY] as number;
  if (atMs < nextMs || !probe || next + CALLS * STRIDE >= LOG_END) return;
  const overheadMs = pace[OVERHEAD] as number;
  const isFirst = nextMs === -Infinity;
  if (isFirst) {
    probe(1); // compiles it
    hot[NEXT_ENTRY] = next;
  }
  let costMs = Infinity;
  for (let group = 0; group < GROUPS; group++) {
    const beginMs = now();
    probe(CALLS / GROUPS);
    costMs = Math.min(costMs, ((now() - beginMs) * GROUPS) / CALLS);
  }
  nextMs = atMs + intervalMs;
  intervalMs = Math.min(INTERVAL_MS, 2 * intervalMs);
  hot[NEXT_ENTRY] = next;
  const raw = Array.from({ length: CALLS }, (_, i) => log[next + i * STRIDE + RAW_DURATION] ?? 0);
  raw.sort((a, b) => a - b);
  if (raw[MOST_EQUAL] === 0 || isStepped()) calibrateByMeans(probe, next);
  else calibrateByLeast(raw, costMs, isFirst);
  pace[OVERHEAD] = overheadMs; // the caller knows what all this took
}

/** @param raw - What lay between the two readings of each call, in nanoseconds, sorted. */
function calibrateByLeast(raw: readonly number[], costMs: number, isFirst: boolean): void {
  const quantile = (q: number): number => raw[Math.floor(q * CALLS)] ?? 0;
  const least = (old: number, found: number): number => (isFirst ? found : Math.min(found, old * (1 + LEAK)));
  // The mean of the middle half: clocks go by steps of up to 10 ns.
  const half = raw.slice(CALLS / 4, (3 * CALLS) / 4);
  pace[INNER_NS] = least(pace[INNER_NS] as number, half.reduce((sum, ns) => sum + ns, 0) / half.length);
  pace[COST] = Math.min(mostCostMs(), least(pace[COST] as number, costMs));
  noiseNs = avgNoiseNs = least(noiseNs, Math.max(1, quantile(0.75) - quantile(0.25)));
}

/**
 * What lies between the two readings is one of them; the rest the processor does beside the caller's own work. The empty
 * calls take longer, as V8 does not find them worth optimising for half a minute. `npm run bench -- accuracy` shows in the
 * caller of 200 functions by how much this misses.
 */
function mostCostMs(): number {
  return (2 * (pace[INNER_NS] as number)) / NS_PER_MS;
}

/** Leaves no entry in the log either. */
function calibrateByMeans(emptyCalls: (calls: number) => void, next: number): void {
  const { callNs, readingNs, stepNs } = measureByMeans((calls) => {
    emptyCalls(calls);
    hot[NEXT_ENTRY] = next;
  });
  const isKnown = stepNs < Infinity;
  const usedStepNs = isKnown ? stepNs : isUsualClock() ? USUAL_STEP_NS : 0;
  pace[INNER_NS] = Math.min(callNs, readingNs);
  pace[COST] = Math.min(mostCostMs(), callNs / NS_PER_MS);
  pace[HALF_STEP_NS] = usedStepNs / 2;
  noiseNs = Math.max(1, usedStepNs);
  avgNoiseNs = Math.max(1, isKnown ? pace[INNER_NS] : usedStepNs);
}
