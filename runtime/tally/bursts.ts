/**
 * What bursts (call/burst.ts) come to: how long each function ran, itself and with all that it has called. How much that tells is in
 * burst-estimates.ts.
 *
 * Each moment of the program is as likely to be in a burst as any other, and a burst stands for the time to the next one: what a function
 * took in it counts as often (D. G. Horvitz, D. J. Thompson, J. Am. Stat. Assoc. 47, 1952). However long something takes at a time,
 * it counts as long as one burst at most, where a drawn call stands for thousands with all that it has waited.
 */
import { bucketOf, type EventCosts, MOST_NOTED_NS } from '../budget/event-costs.ts';
import { nowNs, NS_PER_MS } from '../platform/clock.ts';
import {
  BOTTOM,
  elapsedNs,
  isBelow,
  SITE_MASK,
  stack,
  STRETCH,
  TIMED_FRAME,
  topPlace,
} from '../stack/frames.ts';
import {
  BEGAN,
  ENDED,
  EVENT_WORDS,
  events,
  MOST_EVENTS,
  PLACE,
  TAG,
  TAG_BELOW,
} from '../stack/burst-events.ts';
import { MAX_SITES } from '../stack/site-table.ts';
import { FRAMES } from '../stack/stamps.ts';
import { BURST_NS, noteBurst } from './burst-estimates.ts';
import { tallies } from './callers.ts';
import { outermostNsOf } from './outermost.ts';
import { BEFORE_ALL, BEFORE_SELF, OUTERMOST, RUNNING } from './sums.ts';
import { selfNsOf } from './self-time.ts';

/** One that has counted less than this part of it, when there were too many events, counts nothing. */
const LEAST_PART = 0.1;

/** The tags, or numbers, of the functions on the stack by place, and the next place. */
let frames = new Int32Array(0);
let top = BOTTOM;
/** In place of a number: a frame of which nothing is known. */
const NOBODY = MAX_SITES;
/** By function: how often it is on the stack, and since which nanosecond counted; nanoseconds counted, itself and in all. */
let onStack = new Int32Array(0);
let since = new Float64Array(0);
let self = new Float64Array(0);
let all = new Float64Array(0);
/** The functions that were on the stack, and the number of the burst in which each was last. */
let met = new Int32Array(0);
let metIn = new Int32Array(0);
let kinds = 0;
let number = 0;
/** Nanoseconds counted so far. */
let countedNs = 0;

/** Most programs have no bursts: only with the first one there is room for them. */
function makeRoom(): void {
  frames = new Int32Array(FRAMES + 1);
  onStack = new Int32Array(MAX_SITES);
  since = new Float64Array(MAX_SITES);
  self = new Float64Array(MAX_SITES);
  all = new Float64Array(MAX_SITES);
  met = new Int32Array(MOST_EVENTS + FRAMES);
  metIn = new Int32Array(MAX_SITES);
}

/** Notes what was measured before there are any: every call was timed. */
export function noteBeforeBursts(): void {
  makeRoom();
  for (let i = 0; i < tallies.length; i++) {
    const tally = tallies[i];
    if (tally?.isOpen !== true) continue;
    tally.bump(BEFORE_SELF, selfNsOf(tally, tally.at(RUNNING), outermostNsOf(tally)));
    tally.bump(BEFORE_ALL, tally.at(OUTERMOST));
  }
  const atNs = nowNs();
  let insideNs = 0;
  for (let place = Math.min(topPlace(), FRAMES) - 1; place >= BOTTOM; place--) {
    const tag = stack[place] as number;
    const site = tag & SITE_MASK;
    const isTimed = (tag & (TIMED_FRAME | STRETCH)) === TIMED_FRAME;
    const ns = isTimed ? elapsedNs(place, atNs) : 0;
    const tally = tallies[site];
    if (isTimed) tally?.bump(BEFORE_SELF, ns - insideNs);
    if (isTimed && !isBelow(site, place)) tally?.bump(BEFORE_ALL, ns);
    insideNs = ns;
  }
}

/** Notes who is on the stack as a burst begins. */
export function noteStack(): void {
  top = topPlace();
  frames.set(stack.subarray(BOTTOM, top), BOTTOM);
}

/**
 * Adds up a burst.
 *
 * @param count - Of its events.
 * @param fromNs - Nanoseconds of the program's time, since its beginning, from which on it counts.
 * @param standsForMs - Milliseconds for which it stands.
 */
export function addBurst(count: number, fromNs: number, standsForMs: number, costs: EventCosts): void {
  forget();
  number++;
  noteBurst(standsForMs);
  const stackEnd = top;
  for (top = BOTTOM; top < stackEnd;) push((frames[top] as number) & SITE_MASK);
  const isWhole = follow(count, fromNs, fromNs + BURST_NS, costs);
  while (top > BOTTOM) pop();
  const lengthNs = isWhole ? BURST_NS : countedNs;
  if (lengthNs < LEAST_PART * BURST_NS) return;
  const scale = (standsForMs * NS_PER_MS) / lengthNs;
  for (let i = 0; i < kinds; i++) {
    const site = met[i] as number;
    const tally = tallies[site];
    if (tally?.isOpen === true) tally.addBurst(scale * (self[site] as number), scale * (all[site] as number));
  }
}

/** What was counted for the last one; it may have been left in the middle. */
function forget(): void {
  for (let i = 0; i < kinds; i++) {
    const site = met[i] as number;
    onStack[site] = self[site] = all[site] = 0;
  }
  kinds = countedNs = 0;
}

/**
 * Returns whether all of the time was counted: it ends before, where there were too many events. Spelled out, as most of it runs
 * before V8 has compiled it.
 */
function follow(count: number, fromNs: number, toNs: number, costs: EventCosts): boolean {
  const { counts } = costs;
  const { afterEntryNs, afterExitNs } = costs;
  let ranNs = 0;
  let beforeNs = fromNs;
  let wasEntry = false;
  for (let at = EVENT_WORDS, end = count * EVENT_WORDS; at < end; at += EVENT_WORDS) {
    const told = events[at + PLACE] as number;
    const tookNs = ((events[at + BEGAN] as number) - (events[at - EVENT_WORDS + ENDED] as number)) >>> 0;
    ranNs += tookNs - (wasEntry ? afterEntryNs : afterExitNs);
    if (tookNs < MOST_NOTED_NS) {
      const bucket = bucketOf(tookNs, wasEntry);
      counts[bucket] = (counts[bucket] as number) + 1;
    }
    const nowNs = ranNs < fromNs ? fromNs : ranNs > toNs ? toNs : ranNs;
    const ns = nowNs - beforeNs;
    beforeNs = nowNs;
    wasEntry = told < 0;
    const next = wasEntry ? ~told : told + 1;
    const running = (events[at + (wasEntry ? TAG_BELOW : TAG)] as number) & SITE_MASK;
    if (top === next && ((frames[next - 1] as number) & SITE_MASK) === running && next > BOTTOM) {
      countedNs += ns;
      self[running] = (self[running] as number) + ns;
    } else {
      // Calls that began before the burst have ended in between, or others that nobody tells of have come and gone.
      const part = ns / (Math.abs(top - next) + 1);
      while (top > next && top > BOTTOM) {
        run(part);
        pop();
      }
      for (let i = top; i < next; i++) run(part);
      moveTo(next, running);
      run(part);
    }
    if (wasEntry) push((events[at + TAG] as number) & SITE_MASK);
    else pop();
    if (ranNs > toNs) return true;
  }
  return count < MOST_EVENTS;
}

/** The function on top of the stack has run. */
function run(ns: number): void {
  countedNs += ns;
  if (top === BOTTOM) return;
  const site = (frames[top - 1] as number) & SITE_MASK;
  if (site < MAX_SITES) self[site] = (self[site] as number) + ns;
}

function push(site: number): void {
  frames[top++] = site;
  if (site >= MAX_SITES) return;
  if (metIn[site] !== number) {
    metIn[site] = number;
    met[kinds++] = site;
  }
  const times = onStack[site] as number;
  onStack[site] = times + 1;
  if (times === 0) since[site] = countedNs;
}

function pop(): void {
  if (top === BOTTOM) return;
  const site = (frames[--top] as number) & SITE_MASK;
  if (site >= MAX_SITES) return;
  const times = (onStack[site] as number) - 1;
  onStack[site] = times;
  if (times === 0) all[site] = (all[site] as number) + countedNs - (since[site] as number);
}

/** The stack goes up to a place, which it is not above, and a function is on top of it. */
function moveTo(next: number, running: number): void {
  if (top === next && top > BOTTOM && ((frames[top - 1] as number) & SITE_MASK) !== running) pop();
  while (top < next - 1) push(NOBODY);
  if (top < next) push(running);
}
