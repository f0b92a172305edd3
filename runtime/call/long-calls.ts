/**
 * Long calls among those that are only counted: seen on the shadow stack.
 *
 * Calls of one function may take microseconds or seconds: a parser's, a type checker's. Were the long ones drawn at random
 * like all others, the few that are would stand for hundreds each, and totals and own times be off by several times what
 * they are. So none is left to chance. Every two milliseconds, or more, the end of a timed call looks which calls are on the stack;
 * one that is met by looks {@link SPAN_MS} apart is long. It counts with what it has taken, to a look or two, and for itself alone,
 * and so does a long one that was drawn: those stand for the short calls only (stratification with a stratum of which all is
 * taken; W. G. Cochran, Sampling Techniques, 1977, chapter 5). Callers and callees are met by the same looks, so that what a
 * chain of calls took in common is no caller's own time.
 *
 * A frame that was met has a flag in its tag, which is gone as soon as another call takes its place. So a call's beginning and
 * end need to know nothing of this.
 */
import { budget, LOOKING_PART } from '../budget/budget.ts';
import { now, NS_PER_MS } from '../platform/clock.ts';
import {
  BOTTOM,
  callerOf,
  isBelow,
  isRaised,
  LONG_SINCE,
  MET,
  OVERHEAD,
  pace,
  SEEN,
  SITE_MASK,
  stack,
  STOPPED,
  topPlace,
} from '../stack/frames.ts';
import { Job } from '../stack/schedule.ts';
import { thresholds } from '../stack/site-table.ts';
import { ENDLESS, looks as looksAtValues } from '../stack/skips.ts';
import { PERIOD_MS, SPAN_MS } from '../tally/long.ts';
import { numbered } from './site.ts';
import { recent } from '../tally/recent.ts';
import { TIMED } from '../tally/sums.ts';
import type { Tally } from '../tally/tally.ts';

/** After a pause the next look is far from the last one, and says nothing of the others. */
const MOST_SPACING_MS = 50;

/** When the last looks were, in monotonic milliseconds, by their numbers: a ring. */
const lookedMs = new Float64Array(SPAN_MS / PERIOD_MS + 2);
/** Number of the next look, and of the first one that is not {@link SPAN_MS} ago. */
let next = 0;
let firstInSpan = 0;
/** The last one: when it was, and what measuring had taken then; and how far they are apart. */
let lookMs = -Infinity;
let lookOverheadMs = 0;
let spacingMs = PERIOD_MS;

let isWatching = false;
/** What a look takes, with counting the calls that it finds to have ended; the first ones are in code that is new to V8. */
let costMs = 0.1;
/**
 * What a look takes beside what it does itself, in milliseconds: it has the end of a call take the slow way, and job and schedule be
 * run, none of which is in a cache. Seen were 8 to 9 us in all where it took 3.
 */
const AROUND_MS = 0.006;

/** No more calls are met at a time: what is above them, in a recursion of thousands, is left to chance. */
const MOST_MET = 1 << 12;
/** The calls met and not known to have ended, from the bottom: how many, and of each the following. */
let met = 0;
const places = new Int32Array(MOST_MET);
const sites = new Int32Array(MOST_MET);
/** When it was met first, when it began as far as that tells, and what measuring had taken then. */
const metMs = new Float64Array(MOST_MET);
const beganMs = new Float64Array(MOST_MET);
const overheadsMs = new Float64Array(MOST_MET);
/** Of long ones: who has called them, and whether they are inside of a call of the same function. */
const callers = new Int32Array(MOST_MET);
const isInner = new Uint8Array(MOST_MET);

const job = new Job(() => {
  const beginMs = now();
  lookForLongCalls(beginMs);
  const tookMs = now() - beginMs + AROUND_MS;
  costMs += (tookMs - costMs) / 8;
  job.moveTo(beginMs + budget.restMs(costMs, LOOKING_PART, PERIOD_MS, MOST_SPACING_MS));
  budget.setApart(tookMs);
});

/** Looks now and then from here on, while calls are sampled. */
export function watchLongCalls(isSampling: boolean): void {
  if (isSampling === isWatching) return;
  isWatching = isSampling;
  job.moveTo(isSampling ? now() : Infinity);
  pace[LONG_SINCE] = lookMs = -Infinity;
  firstInSpan = next;
  met = 0;
}

/**
 * A call has ended that was drawn, and that so many looks may have met. If they have, it is none of those that stand for
 * others, and the next one stands for these.
 */
export function standsAlone(site: number, weight: number): boolean {
  if (!isMet(site)) return false;
  numbered[site]?.draws.owe(weight - 1);
  return true;
}

/** Whether a site's calls are met: not where a threshold leaves out some of them, and not where they go on in a promise. */
function isMet(site: number): boolean {
  return thresholds[site] === -Infinity && looksAtValues[site] !== ENDLESS;
}

/** Counts the long calls that have ended, and meets those that are there. */
export function lookForLongCalls(nowMs: number): void {
  if (!isWatching) return;
  const top = Math.min(topPlace(), stack.length);
  // Of a call that was first met now, and of one that is not there any more: some time since the last look.
  const elapsedMs = nowMs - lookMs;
  const sinceMs = Math.min(elapsedMs / 2, spacingMs);
  for (; met > 0 && !isThere(places[met - 1] as number, top); met--)
    if ((metMs[met - 1] as number) <= (pace[LONG_SINCE] as number)) count(met - 1, lookMs + sinceMs);
  if (elapsedMs < PERIOD_MS || isRaised(STOPPED)) return;
  spacingMs += (Math.min(elapsedMs, MOST_SPACING_MS) - spacingMs) / 8;
  lookMs = nowMs;
  lookOverheadMs = pace[OVERHEAD] as number;
  lookedMs[next % lookedMs.length] = nowMs;
  next++;
  meet(top, nowMs - sinceMs);
  const longBefore = pace[LONG_SINCE] as number;
  for (; (lookedMs[firstInSpan % lookedMs.length] as number) <= nowMs - SPAN_MS; firstInSpan++)
    pace[LONG_SINCE] = lookedMs[firstInSpan % lookedMs.length] as number;
  noteCallers(longBefore);
}

function isThere(place: number, top: number): boolean {
  return place < top && ((stack[place] as number) & SEEN) !== 0;
}

/** Meets the calls above those that were met: counted ones, which have nothing but their number in the tag. */
function meet(top: number, atMs: number): void {
  for (
    let place = met > 0 ? (places[met - 1] as number) + 1 : BOTTOM;
    place < top && met < MOST_MET;
    place++
  ) {
    const tag = stack[place] as number;
    const site = tag & SITE_MASK;
    if ((tag & ~(SITE_MASK | MET)) !== 0 || !isMet(site)) continue;
    stack[place] = tag | SEEN;
    places[met] = place;
    sites[met] = site;
    metMs[met] = lookMs;
    beganMs[met] = atMs;
    overheadsMs[met] = lookOverheadMs;
    met++;
  }
}

/** Of the calls that are long from this look on, while all is there that is below them. */
function noteCallers(longBefore: number): void {
  for (let i = met - 1; i >= 0 && (metMs[i] as number) > longBefore; i--) {
    if ((metMs[i] as number) > (pace[LONG_SINCE] as number)) continue;
    const place = places[i] as number;
    callers[i] = callerOf(place);
    isInner[i] = isBelow(sites[i] as number, place) ? 1 : 0;
  }
}

/** Of a function of which no call was timed no reader is told of durations. What was timed may still be in the log. */
function hasTimed(tally: Tally): boolean {
  if (tally.at(TIMED) === 0) recent.drain();
  return tally.at(TIMED) > 0;
}

function count(i: number, endMs: number): void {
  const site = numbered[sites[i] as number];
  if (!site || !hasTimed(site.tally)) return;
  const rawNs = (endMs - (beganMs[i] as number)) * NS_PER_MS;
  const overheadNs = (lookOverheadMs - (overheadsMs[i] as number)) * NS_PER_MS;
  site.tally.addLong(rawNs - overheadNs, rawNs, isInner[i] !== 0, callers[i] as number);
  site.draws.owe(-1);
}
