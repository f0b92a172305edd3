/**
 * Outermost calls of recursive functions whose calls are sampled: they are met in rows, timed, and told to the function's
 * {@link Recursion}.
 *
 * A drawn call that is inside of another one of its function says that there is an outermost one. From its end an entry is told of each
 * call of that function, until one comes that is inside of none. Where that ends, the next call is an outermost one again: so
 * a row of them costs no more looking. All this takes a small part of what measuring may take.
 *
 * Where none has come among so many calls, they are deep inside of one: then what lies between two of those of which an entry is
 * told anyway, a thousand calls apart, tells what each takes, as long as the outermost call has not changed: its frame has a
 * flag, which is gone as soon as another call takes its place.
 */
import { budget } from '../budget/budget.ts';
import { now, nowNs, NS_PER_MS } from '../platform/clock.ts';
import {
  BOTTOM,
  callerOf,
  COST,
  elapsedNs,
  excludeTime,
  frameOverheadMs,
  INNER_NS,
  MET,
  nearestBelow,
  OVERHEAD,
  pace,
  SAMPLED_INNER_NS,
  SITE_MASK,
  stack,
  TIMED_FRAME,
} from '../stack/frames.ts';
import { END, stampNs } from '../stack/stamps.ts';
import { thresholds } from '../stack/site-table.ts';
import { ENDLESS, looks, tellNext } from '../stack/skips.ts';
import { MEASURED, OUTERMOST_CALL } from '../stack/token.ts';
import type { Recursion } from '../tally/recursion.ts';
import { numbered } from './site.ts';

/** Of what measuring may take. */
const PART = 1 / 8;
/** What may be saved up of it, in milliseconds, and is there at first. */
const MOST_CREDIT_MS = 2;
/** What it takes to be told of a call, in milliseconds, and how many are told before it is given up; so many frames count as one. */
const TOLD_MS = 12e-6;
const MOST_TOLD = 1 << 18;
const FRAMES_TOLD = 8;

let creditMs = MOST_CREDIT_MS;
let creditedMs = -Infinity;
/** Calls told that are not paid. */
let told = 0;
/** Number of the one function of which an outermost call is sought, one told call after the other; -1: of none. */
let sought = -1;
/** Since when, in monotonic milliseconds; after so many another one may be: who is sought may never be called again. */
let soughtMs = -Infinity;
const MOST_SOUGHT_MS = 20;

/**
 * A drawn call has ended that was inside of another one of its function.
 *
 * @param place - Of its frame, which is on the stack no more.
 * @param weight - How many calls it stands for.
 */
export function seekOutermost(number: number, place: number, weight: number): void {
  const site = numbered[number];
  // How many calls are above a threshold is no exact number.
  if (!site || (thresholds[number] as number) > -Infinity) return;
  // Nor is each call told but of one that returns promises.
  if (looks[number] === ENDLESS) return;
  const recursion = site.tally.recurs();
  recursion.shares.draw(callerOf(lowestOf(number, place)), weight);
  if (recursion.toTell > 0 || !hasCredit()) return;
  if (sought >= 0 && sought !== number && creditedMs < soughtMs + MOST_SOUGHT_MS) return;
  const before = numbered[sought]?.tally.recursion;
  if (before) before.toTell = 0;
  sought = number;
  soughtMs = creditedMs;
  recursion.toTell = MOST_TOLD;
  tellNext(number);
}

/** An entry is told of a call that is only counted. Returns flags for its token: 0 where it is no outermost one that is sought. */
export function meetOutermost(number: number, place: number): number {
  const recursion = numbered[number]?.tally.recursion;
  if (recursion === undefined) return 0;
  if (recursion.toTell === 0) {
    if (recursion.isDeep) meetInside(recursion, number, place);
    return 0;
  }
  const below = nearestBelow(number, place);
  const isSought = sought === number;
  const costs = 1 + Math.floor((place - below) / FRAMES_TOLD);
  spend(costs * TOLD_MS);
  told += costs;
  if (below >= BOTTOM) {
    recursion.toTell -= costs;
    // One that follows in a row is in none, but where it was drawn itself: then another row begins some time.
    if (isSought && recursion.toTell > 0) tellNext(number);
    else {
      if (isSought) sought = -1;
      recursion.isDeep ||= isSought;
      recursion.toTell = 0;
      hasCredit();
    }
    return 0;
  }
  if (isSought) sought = -1;
  recursion.toTell = 0;
  recursion.isDeep = false;
  recursion.callsBefore = (numbered[number]?.skipped ?? 0) - 1;
  frameOverheadMs[place] = pace[OVERHEAD] as number;
  return OUTERMOST_CALL | MEASURED;
}

/** Deep inside of an outermost call, another one begins. */
function meetInside(recursion: Recursion, number: number, place: number): void {
  const skipped = numbered[number]?.skipped ?? 0;
  const atNs = nowNs();
  const overheadMs = pace[OVERHEAD] as number;
  const root = lowestOf(number, place);
  const tag = stack[root] as number;
  const { since } = recursion;
  if (root === since.root && (tag & MET) !== 0) {
    const durationNs = atNs - since.ns - (overheadMs - since.overheadMs) * NS_PER_MS;
    if (recursion.add(durationNs, skipped - since.calls, callerOf(root))) recursion.close(skipped);
  } else if (root < place && (tag & TIMED_FRAME) === 0) stack[root] = tag | MET;
  since.root = root;
  since.ns = atNs;
  since.overheadMs = overheadMs;
  since.calls = skipped;
}

/** Place of the lowest frame of the site below a place; that itself where there is none. */
function lowestOf(number: number, place: number): number {
  let lowest = BOTTOM;
  while (lowest < place && ((stack[lowest] as number) & SITE_MASK) !== number) lowest++;
  return lowest;
}

/** It ends. */
export function endOutermost(number: number, place: number): void {
  const site = numbered[number];
  const recursion = site?.tally.recursion;
  // Measurements have begun anew meanwhile.
  if (!site || !recursion || !(recursion.callsBefore >= 0)) return;
  const durationNs =
    elapsedNs(place, stampNs(END)) - Math.max(pace[INNER_NS] as number, pace[SAMPLED_INNER_NS] as number);
  const costMs = pace[COST] as number;
  const { skipped } = site;
  const isFull = recursion.add(
    durationNs > 0 ? durationNs : 0,
    skipped - recursion.callsBefore,
    callerOf(place),
  );
  recursion.callsBefore = Number.NaN;
  creditMs -= costMs;
  spend(costMs);
  if (isFull) {
    recursion.close(skipped);
    if (!hasCredit()) return;
  }
  recursion.toTell = MOST_TOLD;
  tellNext(number);
}

/** It is no caller's time, nor what a timed call has cost. */
function spend(costMs: number): void {
  excludeTime(costMs);
  budget.setApart(costMs);
}

/** Pays what was told, and whether there is anything left then. */
function hasCredit(): boolean {
  const atMs = now();
  const earned = creditedMs === -Infinity ? 0 : (atMs - creditedMs) / budget.restMs(1, PART);
  creditMs = Math.min(MOST_CREDIT_MS, creditMs + earned) - told * TOLD_MS;
  creditedMs = atMs;
  told = 0;
  return creditMs > 0;
}
