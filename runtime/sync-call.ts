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
  WEIGHED,
} from './frames.ts';
import { INNER_CALL, NO_CALLER } from './log-entry.ts';
import { explainFailures, type FailingSite, forgetFailures, rememberFailure } from './pending.ts';
import { isPromise } from './promise-watch.ts';
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

/** The usual entry of a call that stands for others too. */
function enterSampled(site: SyncSite, depth: number): void {
  const begunMs = now();
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
 * @param overheadMs - What `pace[OVERHEAD]` was at the end.
 */
export function noteEnd(
  site: SyncSite,
  depth: number,
  endMs: number,
  durationNs: number,
  overheadMs: number,
): void {
  const weighed = frameTag[depth] === site.index ? 1 : (frameWeight[depth] as number);
  const weight = Math.abs(weighed);
  const caller = callerOf(depth);
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
