/**
 * The beginning and the end of a synchronous call, as emitted code tells them.
 *
 * A call is timed or, under the overhead budget (budget.ts), only counted. A counted one takes a number down by one and
 * keeps its place on the shadow stack. Of a timed one the fast path is two clock reads, some stores into typed arrays, no
 * allocation, and one test for everything unusual, which is handled out of line (sync-call.ts and finish.ts). The clock is
 * read last as it begins and first as it ends.
 *
 * {@link enter} gives a token: the place of the call's frame, and flags above {@link PLACES}. Emitted code complements it
 * once the body has ended in order, so that {@link exit} knows by the sign whether it has.
 *
 * Only the few instructions of a counted call, and the first reading of the clock, are in the two functions that emitted
 * code calls, as V8 takes those into each instrumented function; {@link enterTimed} and {@link exitTimed} are larger than
 * what it takes (460 bytes of bytecode). They are spelled so that they have few bytes: the timed call's entry finds its place on the
 * stack, and `| 0` tells V8 that a token is an integer, which then is no object on its way to {@link exit}.
 *
 * Between a call's two readings no function of the runtime returns but {@link enter}: where one returns that is called often,
 * V8 may decide to compile it anew, which takes milliseconds, and a call that is timed would have them for its own, and for
 * those that it stands for. The second reading is in {@link exitTimed}, and not in each instrumented function: there it would
 * lie in no cache where one of thousands of calls is timed. warm-up.ts keeps V8 from compiling it just then.
 */
import { now, nowNs, NS_PER_MS, ticks } from '../platform/clock.ts';
import { beginEvent } from '../stack/burst-events.ts';
import { closeBurst, goOn } from './burst.ts';
import { endCounted, failCounted, failKnown } from './counted-sync-call.ts';
import {
  ALERTS,
  BOTTOM,
  BURST,
  COST,
  DUE,
  excludeTime,
  frameEnteredMs,
  frameOverheadMs,
  frameWeight,
  hot,
  INNER_NS,
  isBelow,
  isRaised,
  LONG_SINCE,
  NEXT_ENTRY,
  NO_PLACE,
  OVERHEAD,
  pace,
  raise,
  SAMPLE,
  SAMPLED_INNER_NS,
  SITE_MASK,
  stack,
  STOPPED,
  TIMED_FRAME,
  TOP,
  WEIGHED,
} from '../stack/frames.ts';
import { noteBelowThreshold } from './finish.ts';
import { standsAlone } from './long-calls.ts';
import { log, LOG_END, logWords } from '../stack/log.ts';
import {
  DURATION,
  END_AT,
  INNER_CALL,
  LINK,
  LONG_CALL,
  NO_CALLER,
  RAW_DURATION,
  STRIDE,
} from '../stack/log-entry.ts';
import { isPromise } from './native-promise.ts';
import { endOutermost, meetOutermost, seekOutermost } from './outermost.ts';
import { recent } from '../tally/recent.ts';
import { numbered, type Site } from './site.ts';
import { DONE, END, FRAMES, stampNs, stamps, TOLD } from '../stack/stamps.ts';
import { limits, outermost, thresholds } from '../stack/site-table.ts';
import { doWhatIsDue } from '../stack/schedule.ts';
import { kept, skipOn, skips, takeHeld, TO_BE_TIMED } from '../stack/skips.ts';
import { enterUnusual, exitSlowly, firstSite, UNKNOWN_FAILURE } from './sync-call.ts';
import { warmUp } from './warm-up.ts';
import { LOOK, MEASURED, MEASURED_BIT, OUTERMOST_CALL, PLACE_BITS, PLACES } from '../stack/token.ts';

/**
 * A call begins.
 *
 * @param offset - Place of the site in its file.
 * @param first - Number of the file's first site.
 * @param args - The arguments, where they are to be hashed.
 * @returns The token for {@link exit}.
 */
export function enter(offset: number, first: number, args?: ArrayLike<unknown>): number {
  const number = first + offset;
  const frames = stack;
  const place = frames[TOP] as number;
  if (!place) return place; // NO_PLACE
  frames[place] = number;
  frames[TOP] = place + 1;
  if (--(skips[number] as number) >= 0) return place;
  const token = enterTimed(number, args) | 0;
  if (token >> MEASURED_BIT) stamps[place] = ticks();
  return token;
}

/** A call is to be timed, or something is unusual about it. */
function enterTimed(called: number, args: ArrayLike<unknown> | undefined): number {
  if (((hot[ALERTS] as number) & BURST) !== 0) {
    stamps[TOLD] = ticks();
    return enterTold(called, args);
  }
  const place = (stack[TOP] as number) - 1;
  if (place < (limits[called] as number) && hot[ALERTS] === 0 && args === undefined) {
    skips[called] = 0;
    const known = outermost[called] as number;
    if (known >= place || ((stack[known] as number) & SITE_MASK) !== called) outermost[called] = place;
    stack[place] = called | TIMED_FRAME;
    frameOverheadMs[place] = pace[OVERHEAD] as number;
    return place | MEASURED;
  }
  if (((hot[ALERTS] as number) & ~SAMPLE) === 0 && place < FRAMES) {
    const held = takeHeld(called);
    if (held === 0) {
      const atNs = nowNs();
      if (atNs >= (pace[DUE] as number)) doWhatIsDue(atNs);
    }
    if (held !== TO_BE_TIMED) return place | held | meetOutermost(called, place);
  }
  const site = numbered[called] ?? firstSite(called);
  if (!site) return place < FRAMES ? place | MEASURED : place; // no stack left for it
  const { number } = site;
  if (number !== called) {
    // One more number of a module that was loaded again: all is kept under the first one.
    skips[called] = 0;
    stack[place] = number;
    return --(skips[number] as number) >= 0 ? place : enterTimed(number, args);
  }
  if (isRaised(STOPPED)) {
    skipOn(number);
    return place;
  }
  if (place >= site.limit || hot[ALERTS] !== 0 || args !== undefined) return enterUnusual(site, place, args);
  frameEnteredMs[place] = now();
  const { draws } = site;
  const isBefore = draws.isBefore();
  if (isBefore || draws.cluster === 1) warmUp(place);
  frameWeight[place] = isBefore ? 0 : draws.takeWeight() * (isBelow(number, place) ? -1 : 1);
  stack[place] = number | TIMED_FRAME | WEIGHED;
  frameOverheadMs[place] = pace[OVERHEAD] as number;
  return place | MEASURED;
}

/** A call begins in a burst: an entry is told of it, whether it is to be timed or not. Its beginning is read in any case. */
function enterTold(called: number, args: ArrayLike<unknown> | undefined): number {
  const place = (stack[TOP] as number) - 1;
  if (place >= FRAMES || beginEvent(~place)) {
    closeBurst();
    raise(BURST, false); // also where there was no stack left for it
    return --(skips[called] as number) >= 0 ? place : enterTimed(called, args);
  }
  const untold = kept[called] as number;
  if (untold > 0) {
    kept[called] = untold - 1;
    return place | LOOK | MEASURED;
  }
  raise(BURST, false);
  try {
    const token = enterTimed(called, args);
    return token >> MEASURED_BIT ? token : token | LOOK | MEASURED;
  } finally {
    goOn();
  }
}

/**
 * A call ends.
 *
 * @param token - The complement of what {@link enter} gave; that itself where the body threw.
 * @param value - What is returned: a native promise keeps the call open until it settles.
 */
export function exit(token: number, value?: unknown): void {
  const place = ~token;
  if (place >> PLACE_BITS) exitTimed(token, value);
  else if (place) stack[TOP] = place;
}

/** A call ends that is more than counted, or that threw. */
function exitTimed(token: number, value: unknown): void {
  stamps[END] = ticks();
  const begun = token < 0 ? ~token : token;
  const place = begun & PLACES;
  if (((hot[ALERTS] as number) & BURST) !== 0) {
    exitTold(token, place, value);
    stamps[DONE] = ticks();
    return;
  }
  if ((begun & OUTERMOST_CALL) !== 0) endOutermost((stack[place] as number) & SITE_MASK, place);
  if ((begun & (LOOK | OUTERMOST_CALL)) !== 0 && token < 0) {
    stack[TOP] = place;
    if (typeof value === 'object' && value !== null && isPromise(value)) endCounted(place, value);
    return;
  }
  // Read by the caller, and not given to this function: V8 would make an object of a double.
  const endNs = stampNs(END);
  const tag = stack[place] as number;
  const number = tag & SITE_MASK;
  const isWeighed = tag === (number | TIMED_FRAME | WEIGHED);
  const isUsual =
    token < ~MEASURED &&
    endNs < (pace[DUE] as number) &&
    (isWeighed || tag === (number | TIMED_FRAME)) &&
    (typeof value !== 'object' || value === null || !isPromise(value));
  if (!isUsual) {
    exitUnusual(token, place, value);
    return;
  }
  stack[TOP] = place;
  const overheadMs = pace[OVERHEAD] as number;
  const rawNs = endNs - stampNs(place);
  const innerNs = pace[INNER_NS] as number;
  let durationNs = rawNs - (overheadMs - (frameOverheadMs[place] as number)) * NS_PER_MS - innerNs;
  const link = place > BOTTOM ? (stack[place - 1] as number) & SITE_MASK : NO_CALLER;
  if (isWeighed) {
    const weighed = frameWeight[place] as number;
    const beganMs = frameEnteredMs[place] as number;
    const site = numbered[number] as Site;
    const more = (pace[SAMPLED_INNER_NS] as number) - innerNs;
    if (more > 0 && site.draws.cluster === 1) durationNs -= more;
    let weight = weighed < 0 ? -weighed : weighed;
    if (durationNs < (thresholds[number] as number))
      noteBelowThreshold(site.tally, {
        durationNs,
        caller: link < 0 ? -1 : link,
        weight,
      });
    else if (weight > 0) {
      let flags = weighed < 0 ? link | INNER_CALL : link;
      if (beganMs < (pace[LONG_SINCE] as number) && standsAlone(number, weight)) {
        weight = 1;
        flags |= LONG_CALL;
      }
      recent.note(number, flags, durationNs, rawNs, endNs, weight);
    }
    if (weighed < 0) seekOutermost(number, place, -weighed);
    const enteredMs = stampNs(place) / NS_PER_MS - beganMs;
    pace[OVERHEAD] = overheadMs + enteredMs + (now() - endNs / NS_PER_MS) + innerNs / NS_PER_MS;
    return;
  }
  pace[OVERHEAD] = overheadMs + (pace[COST] as number);
  if (durationNs < (thresholds[number] as number)) {
    noteBelowThreshold((numbered[number] as Site).tally, {
      durationNs,
      caller: link < 0 ? -1 : link,
      weight: 1,
    });
    return;
  }
  const next = hot[NEXT_ENTRY] as number;
  logWords[2 * next] = number;
  logWords[2 * next + LINK] = (outermost[number] as number) < place ? link | INNER_CALL : link;
  log[next + DURATION] = durationNs;
  log[next + RAW_DURATION] = rawNs;
  log[next + END_AT] = endNs;
  hot[NEXT_ENTRY] = next + STRIDE;
  if (next + STRIDE >= LOG_END) recent.full();
}

/** A call ends in a burst. */
function exitTold(token: number, place: number, value: unknown): void {
  const isOver = beginEvent(place);
  if (!isOver && token === ~(place | LOOK | MEASURED) && (typeof value !== 'object' || value === null)) {
    stack[TOP] = place;
    return;
  }
  const atNs = stampNs(END);
  raise(BURST, false);
  try {
    excludeTime((nowNs() - atNs) / NS_PER_MS);
    exitTimed(token, value);
  } finally {
    if (isOver) closeBurst();
    else goOn();
  }
}

function exitUnusual(token: number, place: number, value: unknown): void {
  if (place === NO_PLACE) return; // it began while no runtime was loaded
  const flags = (token < 0 ? ~token : token) & ~PLACES;
  if (flags === MEASURED) exitSlowly(place, token < 0 ? undefined : UNKNOWN_FAILURE, value, stampNs(END));
  else failCounted(place);
}

/** A call ends by an error that the caller has caught (wrappers at run time do, emitted code not). */
export function failWith(token: number, thrown: unknown): void {
  const place = token & PLACES;
  if ((token & (OUTERMOST_CALL | LOOK)) !== 0 || (token & MEASURED) === 0) failKnown(place, thrown);
  else exitSlowly(place, { known: true, thrown }, undefined, nowNs());
}
