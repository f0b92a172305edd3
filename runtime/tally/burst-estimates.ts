/** How much bursts tell of a function, beside the calls that were drawn. */
import { NS_PER_MS } from '../platform/clock.ts';
import { quantileOf } from '../format/histogram-record.ts';
import { studentOf, Z } from './student.ts';
import {
  BEFORE_ALL,
  BEFORE_SELF,
  BURST_ALL,
  BURST_ALL_SQUARES,
  BURST_SELF,
  BURST_SELF_SQUARES,
  OPEN_TOTAL,
} from './sums.ts';
import type { Tally } from './tally.ts';

/** Nanoseconds of the program's time that a burst counts. */
export const BURST_NS = 20_000;
/** From so many bursts on they tell something. */
const FEW_BURSTS = 5;
/** In fewer of them, all alike, a function is rare. */
const FEW_HITS = 4;
/** What no burst has met of a function may be one of them, and of one that is in many this part of it. */
const UNMET_PART = 0.1;
/** Standard deviation, as a part of it, of what a function may have taken at the times of the bursts that were missed. */
const MISSED_DEVIATION = 0.5;

/** So many times as large is taken what draws of a short function tell of their variance. */
const DISTRUST = 25;
/** A standard deviation of this part of what is told says that it is nothing to go by. */
const DOUBT = 0.25;

/** Bursts so far, and the milliseconds for which they stand. */
let bursts = 0;
let stoodForMs = 0;
/** The same of those that were missed while calls were going on. */
let missedMs = 0;

/** There was a burst that stands for so many milliseconds. */
export function noteBurst(standsForMs: number): void {
  bursts++;
  stoodForMs += standsForMs;
}

/** All is measured anew from here on. */
export function forgetBursts(): void {
  bursts = stoodForMs = missedMs = 0;
}

/** There was to be a burst that stood for so many milliseconds, and nobody asked in time. */
export function noteMissed(standsForMs: number): void {
  missedMs += standsForMs;
}

/** The time in a function itself, or with all that it has called. */
type BurstSum = typeof BURST_SELF | typeof BURST_ALL;

/** Nanoseconds of the function itself, or in all. */
export function burstNsOf(tally: Tally, sum: BurstSum): number {
  return tally.at(sum) + tally.at(sum === BURST_SELF ? BEFORE_SELF : BEFORE_ALL);
}

/** Variance of that in square nanoseconds; Infinity where there were too few bursts to tell. */
export function burstSpreadOf(tally: Tally, sum: BurstSum): number {
  if (bursts < FEW_BURSTS) return Infinity;
  const told = tally.at(sum);
  const squares = squaresOf(tally, sum);
  const unmetNs = (isRare(tally, sum) ? 1 : UNMET_PART) * burstTimeNs();
  const missedNs = (MISSED_DEVIATION * missedMs * told) / stoodForMs;
  // Readers know nothing of how few they are: a margin is as much wider as Student's quantile.
  const fewness = (studentOf(bursts - 1) / Z) ** 2 * (bursts / (bursts - 1));
  return (squares - told ** 2 / bursts + unmetNs ** 2) * fewness + missedNs ** 2;
}

function squaresOf(tally: Tally, sum: BurstSum): number {
  return tally.at(sum === BURST_SELF ? BURST_SELF_SQUARES : BURST_ALL_SQUARES);
}

/** Nanoseconds for which a burst stands. */
function burstTimeNs(): number {
  return (stoodForMs * NS_PER_MS) / Math.max(1, bursts);
}

/** In how many bursts, all alike, the function would have had as much. */
function hitsOf(tally: Tally, sum: BurstSum): number {
  const squares = squaresOf(tally, sum);
  return squares > 0 ? tally.at(sum) ** 2 / squares : 0;
}

function isRare(tally: Tally, sum: BurstSum): boolean {
  return hitsOf(tally, sum) < FEW_HITS;
}

/**
 * Whether bursts have met less of a function than the slower half of its calls has taken at least. Not of one that calls itself,
 * whose inner calls are in its outer ones, nor of one that waits.
 */
function isPassedBy(tally: Tally): boolean {
  if (tally.isRecursive || tally.at(OPEN_TOTAL) > 0) return false;
  const medianNs = quantileOf(tally.histogram.toRecord(), 0.5, 0, Infinity);
  // Of a short function the calls that were drawn take longer than the others.
  return medianNs > BURST_NS && burstNsOf(tally, BURST_ALL) < (tally.seen / 2) * medianNs;
}

/**
 * Whether bursts tell more than the calls that were drawn. How certain a few draws are is told by themselves, and those of a short
 * function may have missed what takes most of the time. Of one that takes longer than a burst these may have missed what is in
 * one piece: they tell only what draws do not, and nothing that is much less. Of one that is in hardly any burst, as it was called
 * for a moment only, they tell no more than that it has not taken much longer than one of them stands for.
 *
 * @param growth - By how much larger than what draws tell all calls are.
 * @param drawnNs - What they tell.
 * @param drawnSpread - Its variance in square nanoseconds.
 */
export function isToldByBursts(
  tally: Tally,
  sum: BurstSum,
  growth: number,
  drawnNs: number,
  drawnSpread: number,
): boolean {
  const isLong = tally.meanNs > BURST_NS;
  const allNs = growth * drawnNs;
  const deviationNs = growth * Math.sqrt(drawnSpread);
  const isLess = burstNsOf(tally, sum) < allNs - 2 * deviationNs;
  if (isLong && (deviationNs < DOUBT * allNs || isLess || isPassedBy(tally))) return false;
  return burstSpreadOf(tally, sum) < (isLong || isRare(tally, sum) ? 1 : DISTRUST) * deviationNs ** 2;
}
