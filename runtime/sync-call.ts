/**
 * Synchronous calls off the fast path: those that stand for others too, carry arguments or a memory sample, fail, return
 * a promise, or end when something is due.
 */
import { budget } from './budget.ts';
import { Call } from './call.ts';
import { NS_PER_MS, now } from './clock.ts';
import type { CallSite } from './counted-call.ts';
import type { Failure } from './counted-sync-call.ts';
import { countFailure, guarded } from './diagnostics.ts';
import { errorText } from './error-text.ts';
import { type CallExtra, finishCall, noteBelowThreshold } from './finish.ts';
import {
  callerOf,
  DUE,
  elapsedNs,
  excludeStretch,
  excludeTime,
  FRAMES,
  frameStartMs,
  frameTag,
  frameWeight,
  hot,
  DEPTH,
  INNER_NS,
  isFrameOf,
  LADEN,
  OVERHEAD,
  pace,
  PENDING,
  popFrame,
  pushFrame,
  SAMPLE,
  SAMPLED_INNER_NS,
  WEIGHED,
} from './frames.ts';
import { INNER_CALL, NO_CALLER, RAW_DURATION, STRIDE } from './log-entry.ts';
import { explainFailures, type FailingSite, forgetFailures, rememberFailure } from './pending.ts';
import { isPromise } from './promise-watch.ts';
import { drawGap } from './random.ts';
import { recent } from './recent.ts';
import { runDue } from './schedule.ts';
import { ERRORS, UNTIMED } from './tally.ts';

/** A site as far as its synchronous calls go. */
export interface SyncSite extends CallSite, FailingSite {
  readonly tally: CallSite['tally'];
  readonly meanGap: number;
  /** Depth of the outermost frame known of this site: valid while that frame is below the present one. */
  outermost: number;
  /** How many calls the one that is to be timed stands for; draws the gap before the next one. */
  takeWeight(): number;
  /** What is unusual about the call that begins. */
  prepare(args: ArrayLike<unknown> | undefined): CallExtra | undefined;
}

/** What a laden frame carries. */
interface Load {
  readonly extra: CallExtra | undefined;
  readonly weight: number;
  readonly isInner: boolean;
}

const loads: (Load | undefined)[] = [];

/** Pushes the frame of a call; false where there is no room for it. */
export function enterSlowly(site: SyncSite, args: ArrayLike<unknown> | undefined): boolean {
  const depth = hot[DEPTH] as number;
  if (depth >= FRAMES) {
    countFailure('stack-too-deep');
    return false;
  }
  const isUsual =
    !args && site.tally.isOpen && hot[SAMPLE] === 0 && hot[PENDING] === 0 && site.options.memory !== true;
  if (isUsual && site.meanGap > 0) enterSampled(site, depth);
  else enterLaden(site, depth, args);
  return true;
}

let probe: EmptySite | undefined;

/** A site of no function, to make empty calls of. */
export interface EmptySite {
  readonly index: number;
  exit(value: unknown): void;
}

/** Sets the site by which the code of a sampled call is warmed up. */
export function setWarmUp(site: EmptySite): void {
  probe = site;
}

/** Of sampled calls, before one in so many and one what an empty one takes is found out. */
const LEARN_GAP = 7;
/** First and least step, in nanoseconds, by which that moves towards the half of what was found. */
const FIRST_STEP = 64;
const LEAST_STEP = 1;
let untilLearning = 0;
let step = FIRST_STEP;

/**
 * An empty sampled call before a true one, which would otherwise end by code that lies in no cache any more: up to a
 * microsecond, taken for its own. Leaves nothing behind but what it took; the caller takes that off.
 */
function warmUp(site: EmptySite): void {
  const dueMs = pace[DUE] as number;
  const overheadMs = pace[OVERHEAD] as number;
  const depth = hot[DEPTH] as number;
  pace[DUE] = Infinity;
  try {
    emptyCall(site);
    if (untilLearning-- <= 0) {
      untilLearning = drawGap(LEARN_GAP);
      const known = Math.max(pace[INNER_NS] as number, pace[SAMPLED_INNER_NS] as number);
      pace[SAMPLED_INNER_NS] = emptyCall(site) > known ? known + step : known - step;
      step = Math.max(LEAST_STEP, step * 0.95);
    }
  } catch {
    hot[DEPTH] = depth; // no stack left for it: the true call may need less
  }
  pace[OVERHEAD] = overheadMs;
  pace[DUE] = dueMs;
}

/** Returns what lay between its two readings of the clock, in nanoseconds. */
function emptyCall(site: EmptySite): number {
  const { next, ring } = recent;
  frameWeight[hot[DEPTH] as number] = 1;
  pushFrame(site.index | WEIGHED, now());
  site.exit(undefined);
  recent.next = next;
  return ring[next + RAW_DURATION] as number;
}

/** The usual entry of a call that stands for others too. */
function enterSampled(site: SyncSite, depth: number): void {
  const begunMs = now();
  if (probe && recent.next + 2 * STRIDE < recent.limit) warmUp(probe);
  const weight = site.takeWeight();
  frameWeight[depth] = isBelow(site, depth) ? -weight : weight;
  excludeTime(now() - begunMs);
  pushFrame(site.index | WEIGHED, now());
}

/** The entry of a call of which anything may be unusual. */
export function enterLaden(site: SyncSite, depth: number, args: ArrayLike<unknown> | undefined): void {
  guarded(() => {
    const weight = site.takeWeight();
    const isInner = isBelow(site, depth);
    if (!isInner) site.outermost = depth;
    const extra = site.prepare(args);
    const laden = extra !== undefined || weight !== 1;
    loads[depth] = laden ? { extra, weight, isInner } : undefined;
    pushFrame(laden ? site.index | LADEN : site.index, now());
  });
}

/** Whether a call of this function is on the stack. */
function isBelow(site: SyncSite, depth: number): boolean {
  let below = depth - 1;
  while (below >= 0 && !isFrameOf(below, site.index, 0)) below--;
  return below >= 0;
}

/**
 * Records the call of a frame just popped that stands for others too or is under its threshold.
 *
 * @param usualNs - Its duration, if it was timed like those around it.
 * @param overheadMs - What `pace[OVERHEAD]` was at the end.
 */
export function noteEnd(
  site: SyncSite,
  depth: number,
  endMs: number,
  usualNs: number,
  overheadMs: number,
): void {
  const isWeighed = frameTag[depth] !== site.index;
  const weighed = isWeighed ? (frameWeight[depth] as number) : 1;
  const weight = Math.abs(weighed);
  const caller = callerOf(depth);
  const moreNs = isWeighed ? Math.max(0, (pace[SAMPLED_INNER_NS] as number) - (pace[INNER_NS] as number)) : 0;
  const durationNs = usualNs - moreNs;
  if (durationNs < site.thresholdNs) noteBelowThreshold(site.tally, { durationNs, caller, weight });
  else {
    const link = (caller < 0 ? NO_CALLER : caller) | (weighed < 0 ? INNER_CALL : 0);
    const rawNs = (endMs - (frameStartMs[depth] as number)) * NS_PER_MS;
    recent.note(site.index, link, durationNs, rawNs, endMs, weight);
  }
  excludeStretch(overheadMs, now() - endMs + (pace[INNER_NS] as number) / NS_PER_MS);
}

/** Any end of a call, by its value or by an error. */
export function exitSlowly(
  site: SyncSite,
  failure: Failure | undefined,
  value: unknown,
  endMs: number,
): void {
  guarded(() => {
    const overheadMs = pace[OVERHEAD] as number;
    if (!failure) forgetFailures(); // a caller goes on in order: somebody has swallowed the error
    const depth = popFrame(site.index, 0);
    if (depth < 0) endUntimed(site, !failure);
    else endFrame(site, depth, failure, value, endMs);
    if (failure?.known === true) explainFailures(failure.thrown);
    const tookMs = now() - endMs;
    excludeStretch(overheadMs, tookMs);
    if (failure) budget.pardon(tookMs);
    if (endMs < (pace[DUE] as number)) return;
    const dueMs = now();
    runDue(endMs);
    excludeStretch(overheadMs + tookMs, now() - dueMs);
  });
}

function endFrame(
  site: SyncSite,
  depth: number,
  failure: Failure | undefined,
  value: unknown,
  endMs: number,
): void {
  const tag = frameTag[depth] as number;
  const load = (tag & LADEN) === 0 ? undefined : loads[depth];
  const weighed = (tag & WEIGHED) === 0 ? 1 : (frameWeight[depth] as number);
  const isInside = tag === (site.index | WEIGHED) ? weighed < 0 : site.outermost < depth;
  const { extra, weight = Math.abs(weighed), isInner = isInside } = load ?? {};
  if (load) loads[depth] = undefined;
  const startMs = frameStartMs[depth] as number;
  const durationNs = elapsedNs(depth, endMs) - (pace[INNER_NS] as number);
  const caller = callerOf(depth);
  if (!failure && isPromise(value)) {
    new Call(site, startMs, extra, weight, 1).follow(value, endMs, durationNs, caller);
    return;
  }
  const ok = !failure;
  const error = failure?.known === true ? errorText(failure.thrown) : undefined;
  const rawNs = (endMs - startMs) * NS_PER_MS;
  const timed = { durationNs, rawNs, caller, isInner, weight, endMs };
  const metric = finishCall(site, { ...timed, ok, extra, isOpen: false, error });
  if (failure?.known === false && metric) rememberFailure(site, metric);
}

function endUntimed({ tally }: SyncSite, ok: boolean): void {
  if (!tally.isOpen) tally.open();
  tally.bump(UNTIMED, 1);
  if (!ok) tally.bump(ERRORS, 1);
  countFailure('entry-lost');
}
