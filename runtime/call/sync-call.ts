/**
 * Synchronous calls off the fast path: those that stand for others too, carry arguments or a memory sample, fail, return
 * a promise, or end when something is due.
 */
import { budget } from '../budget/budget.ts';
import { Call } from './call.ts';
import { loadOf } from './call-load.ts';
import { NS_PER_MS, now } from '../platform/clock.ts';
import { countFailure, guarded } from '../platform/diagnostics.ts';
import { errorText } from './error-text.ts';
import { type CallExtra, finishCall } from './finish.ts';
import { standsAlone } from './long-calls.ts';
import {
  callerOf,
  elapsedNs,
  excludeStretch,
  excludeTime,
  FAILED,
  frameEnteredMs,
  frameOverheadMs,
  frameWeight,
  hidden,
  INNER_NS,
  isBelow,
  LADEN,
  LONG_SINCE,
  OVERHEAD,
  pace,
  SAMPLED_INNER_NS,
  SITE_MASK,
  stack,
  timeFrame,
  TIMED_FRAME,
  TOP,
  WEIGHED,
} from '../stack/frames.ts';
import { FRAMES, stampNs } from '../stack/stamps.ts';
import { explainFailures, forgetFailures, rememberFailure } from './pending.ts';
import { isPromise } from './native-promise.ts';
import { meetOutermost, seekOutermost } from './outermost.ts';
import { doWhatIsDue } from '../stack/schedule.ts';
import type { Site } from './site.ts';
import { siteAt } from './sites.ts';
import { outermost } from '../stack/site-table.ts';
import { lookAlways, skips, takeHeld, TO_BE_TIMED } from '../stack/skips.ts';
import { ERRORS, UNTIMED } from '../tally/sums.ts';
import { MEASURED } from '../stack/token.ts';

/** How a call failed. */
export interface Failure {
  readonly known: boolean;
  readonly thrown: unknown;
}

/** A failure of which only the fact is known. */
export const UNKNOWN_FAILURE: Failure = { known: false, thrown: undefined };

/** What a laden frame carries. */
interface Load {
  readonly extra: CallExtra | undefined;
  readonly weight: number;
  readonly isInner: boolean;
}

const loads: (Load | undefined)[] = [];

/** The site of a number that has none yet; `undefined` where no stack is left for it. It is not the callers' time. */
export function firstSite(number: number): Site | undefined {
  const beginMs = now();
  const site = hidden(() => siteAt(number));
  const tookMs = now() - beginMs;
  excludeTime(tookMs);
  budget.setApart(tookMs);
  return site;
}

/** Begins a call of which anything may be unusual, and whose frame is on the stack. Returns its token. */
export function enterUnusual(site: Site, place: number, args: ArrayLike<unknown> | undefined): number {
  skips[site.number] = 0;
  if (place >= FRAMES) {
    countFailure('stack-too-deep');
    countUntimed(site, true);
    return place;
  }
  const held = takeHeld(site.number);
  if (held !== TO_BE_TIMED) return place | held | meetOutermost(site.number, place);
  enterLaden(site, place, args);
  return place | MEASURED;
}

/** The entry of a call of which anything may be unusual, as far as the stamp that comes next. */
export function enterLaden(site: Site, place: number, args: ArrayLike<unknown> | undefined): void {
  hidden(() => {
    const weight = site.draws.takeWeight();
    const isInner = isBelow(site.number, place);
    if (!isInner) outermost[site.number] = place;
    const isFirst = !site.tally.isOpen;
    const extra = site.prepare(args);
    // So that the end of the first call of one that was given a gap is seen.
    const laden = extra !== undefined || weight !== 1 || (isFirst && site.meanGap > 0);
    loads[place] = laden ? { extra, weight, isInner } : undefined;
    timeFrame(place, laden ? site.number | LADEN : site.number);
  });
}

/** Any end of a timed call, by its value or by an error. */
export function exitSlowly(place: number, failure: Failure | undefined, value: unknown, endNs: number): void {
  guarded(() => {
    const tag = stack[place] as number;
    if (tag !== FAILED && (tag & WEIGHED) !== 0) countEntry(place);
    const overheadMs = pace[OVERHEAD] as number;
    const site = tag === FAILED ? undefined : siteAt(tag & SITE_MASK);
    if (!failure) forgetFailures(); // a caller goes on in order: somebody has swallowed the error
    else if (failure.known) explainFailures(failure.thrown);
    stack[TOP] = place;
    if (!site) return;
    if ((tag & TIMED_FRAME) !== 0) endFrame(site, place, failure, value, endNs);
    else {
      countFailure('entry-lost');
      countUntimed(site, !failure);
    }
    const endMs = endNs / NS_PER_MS;
    const tookMs = now() - endMs;
    excludeStretch(overheadMs, tookMs);
    if (failure) budget.pardon(tookMs);
    doWhatIsDue(endNs);
  });
}

/** What the entry of a weighed call took, which nothing has counted yet, is no call's own time. */
function countEntry(place: number): void {
  const enteredMs = stampNs(place) / NS_PER_MS - (frameEnteredMs[place] as number);
  frameOverheadMs[place] = (frameOverheadMs[place] as number) + enteredMs;
  excludeTime(enteredMs);
}

function endFrame(
  site: Site,
  place: number,
  failure: Failure | undefined,
  value: unknown,
  endNs: number,
): void {
  const tag = stack[place] as number;
  const load = (tag & LADEN) === 0 ? undefined : loads[place];
  const drawn = (tag & WEIGHED) === 0 ? 1 : (frameWeight[place] as number);
  const isBefore = drawn === 0;
  if (isBefore) site.draws.noteBefore();
  const weighed = isBefore ? (isBelow(site.number, place) ? -1 : 1) : drawn;
  const isInside = (tag & WEIGHED) === 0 ? (outermost[site.number] as number) < place : weighed < 0;
  const { extra, weight = Math.abs(weighed), isInner = isInside } = load ?? {};
  if (load) loads[place] = undefined;
  const startNs = stampNs(place);
  const sampledNs = (tag & WEIGHED) === 0 ? 0 : (pace[SAMPLED_INNER_NS] as number);
  const durationNs = elapsedNs(place, endNs) - Math.max(pace[INNER_NS] as number, sampledNs);
  const caller = callerOf(place);
  if (!failure && isPromise(value)) {
    lookAlways(site.number);
    budget.outlive(site);
    new Call(site, loadOf(extra, weight, 1)).follow(value, startNs, endNs, durationNs, caller);
    return;
  }
  const ok = !failure;
  const error = failure?.known === true ? errorText(failure.thrown) : undefined;
  const rawNs = endNs - startNs;
  // By when its entry began, as in exit.
  const beganMs = (tag & WEIGHED) === 0 ? startNs / NS_PER_MS : (frameEnteredMs[place] as number);
  const isSampled = load !== undefined || (tag & WEIGHED) !== 0;
  const isLong = isSampled && beganMs < (pace[LONG_SINCE] as number) && standsAlone(site.number, weight);
  // Spelled out: what spreading another object allocates depends on what V8 knows of it yet.
  const endMs = endNs / NS_PER_MS;
  const metric = finishCall(site, {
    durationNs,
    rawNs,
    caller,
    isInner,
    weight: isLong ? 1 : weight,
    endMs,
    ok,
    extra,
    isOpen: false,
    isLong,
    error,
  });
  budget.meet(site, durationNs);
  if (isInner && site.meanGap > 0) seekOutermost(site.number, place, weight);
  if (failure?.known === false && metric) rememberFailure(site, metric, place);
}

function countUntimed(site: Site, ok: boolean): void {
  site.admit();
  const { tally } = site;
  tally.bump(UNTIMED, 1);
  if (!ok) tally.bump(ERRORS, 1);
}
