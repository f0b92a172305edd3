/**
 * One call that outlives its stack and is timed: of an async function, of a generator, or of a function that returned a
 * promise. The first two run in stretches between their awaits and yields; each stretch is a frame on the shadow stack,
 * so that what it calls is not its own time, and it is not its caller's. When a stretch begins and ends is looked at for
 * some calls only, chosen at random, where a call takes no longer than looking (see Site.begin).
 */
import { NS_PER_MS, now } from '../platform/clock.ts';
import type { CallSite } from './counted-call.ts';
import { guarded } from '../platform/diagnostics.ts';
import { atBlockEnd } from './disposal.ts';
import { errorText } from './error-text.ts';
import { type CallExtra, type EndedCall, finishCall } from './finish.ts';
import {
  callerOf,
  COST,
  elapsedNs,
  excludeTime,
  INNER_NS,
  isRaised,
  pace,
  PENDING,
  pushCounted,
  pushTimed,
  stack,
  STRETCH,
  TIMED_FRAME,
  TOP,
  topPlace,
} from '../stack/frames.ts';
import { explainFailures, explainSafely } from './pending.ts';
import { NO_CALLER } from '../stack/log-entry.ts';
import { isPlainPromise, isPromise, observe, type SettleListener, watch } from './promise-watch.ts';
import { recent } from '../tally/recent.ts';
import { thresholds } from '../stack/site-table.ts';
import { ACTIVE, addToCaller, OPEN_TOTAL, RUNNING } from '../tally/tally.ts';

/** Emitted code holds it from the function's beginning to its end. Calls after the first end do nothing. */
export class Call implements SettleListener {
  // Few numbers that can be fractions: each of them is an object of its own to V8.
  private readonly startMs: number;
  private ended: boolean = false;
  /** What the list of calls in flight knows it by. */
  private readonly slot: number;
  /** Place of its frame on the shadow stack; -1 while suspended. */
  private frame: number = -1;
  /** Time that it has run, of a call that is looked at when it runs. */
  private readonly active: { ns: number } | undefined;
  /** How many calls this one's stretches stand for; 0: it is not looked when it runs. */
  private readonly followed: number;
  private readonly site: CallSite | undefined;
  private readonly extra: CallExtra | undefined;
  private readonly weight: number;

  constructor(
    site: CallSite | undefined,
    startMs: number,
    extra: CallExtra | undefined,
    weight: number,
    followed: number,
  ) {
    this.site = site;
    this.startMs = startMs;
    this.extra = extra;
    this.weight = weight;
    this.followed = followed;
    this.active = followed > 0 ? { ns: 0 } : undefined;
    this.slot = site ? site.inFlight.add(startMs) : 0;
    if (!site) this.ended = true;
  }

  /** The first stretch begins. */
  run(): this {
    this.openStretch(this.startMs);
    return this;
  }

  /**
   * An async function returns `value`. A plain promise is observed: `return` inside an async function attaches handlers
   * to it anyway, so this hides no rejection. The promise of a subclass is watched from outside; any other value,
   * foreign thenables included, is left alone and ends the call now.
   */
  settle(value?: unknown): void {
    if (this.ended) return;
    const endMs = now();
    if (typeof value !== 'object' || value === null || !isPromise(value)) {
      this.finish(endMs, true, undefined);
    } else this.observe(value, endMs);
  }

  private observe(value: Promise<unknown>, endMs: number): void {
    guarded(() => {
      this.closeStretch(endMs);
      if (isPlainPromise(value)) {
        const done = (): void => this.finish(now(), true, undefined);
        observe(value, done, (reason) => this.finish(now(), false, errorText(reason)));
      } else if (!watch(value, endMs, this)) this.finish(endMs, true, undefined);
    });
  }

  /** A plain function has returned a promise: the call ends when it settles, which is learnt without touching it. */
  follow(promise: Promise<unknown>, returnedMs: number, activeNs: number, caller: number): void {
    this.account(activeNs, caller);
    if (!watch(promise, returnedMs, this)) this.finish(returnedMs, true, undefined);
  }

  /** The promise followed has settled. */
  settled(atMs: number, ok: boolean, message: string | undefined): void {
    this.finish(atMs, ok, message);
  }

  /** The body threw. */
  fail(thrown: unknown): void {
    if (this.ended) return;
    const endMs = now();
    guarded(() => {
      if (isRaised(PENDING)) explainFailures(thrown);
      this.finish(endMs, false, errorText(thrown));
    });
  }

  /** The body has ended, by itself or because a generator's consumer closed it. */
  end(): void {
    if (!this.ended) this.finish(now(), true, undefined);
  }

  /** A `yield` or an `await` begins. */
  suspend<T>(value: T): T {
    if (!this.ended) this.closeStretch(this.followed > 0 ? now() : 0);
    return value;
  }

  /** The function goes on. */
  resume<T>(value: T): T {
    if (!this.ended && this.frame < 0) this.openStretch(this.followed > 0 ? now() : 0);
    return value;
  }

  /** For a `using` declaration: the disposal of what was declared before it begins. */
  suspender(): unknown {
    return atBlockEnd(() => this.suspend(undefined));
  }

  /** A `catch` of the function begins, after an `await` perhaps that failed. */
  caught(thrown: unknown): void {
    if (isRaised(PENDING)) explainSafely(thrown);
    this.resume(undefined);
  }

  private openStretch(atMs: number): void {
    if (!this.site) return;
    const tag = this.site.number | STRETCH;
    this.frame = this.followed > 0 ? pushTimed(tag, atMs) : pushCounted(tag);
  }

  private closeStretch(atMs: number): void {
    const { site, frame: place } = this;
    if (!site || place < 0) return;
    this.frame = -1;
    const tag = site.number | STRETCH | (this.followed > 0 ? TIMED_FRAME : 0);
    if (place >= topPlace() || stack[place] !== tag) return; // it was lost
    stack[TOP] = place;
    if (this.followed === 0) return;
    const stretchNs = elapsedNs(place, atMs) - (pace[INNER_NS] as number);
    this.account(stretchNs, callerOf(place));
    excludeTime(pace[COST] as number);
  }

  private account(stretchNs: number, caller: number): void {
    if (this.active) this.active.ns += stretchNs;
    const weighedNs = this.weight * this.followed * stretchNs;
    this.site?.tally.bump(RUNNING, weighedNs);
    addToCaller(caller, weighedNs);
  }

  private finish(endMs: number, ok: boolean, error: string | undefined): void {
    const { site, extra, weight } = this;
    if (this.ended || !site) return;
    this.ended = true;
    site.inFlight.remove(this.slot);
    this.closeStretch(endMs);
    const rawNs = (endMs - this.startMs) * NS_PER_MS;
    const durationNs = rawNs - (pace[INNER_NS] as number);
    if (ok && !extra && durationNs >= (thresholds[site.number] as number)) {
      recent.note(site.number, NO_CALLER, durationNs, rawNs, endMs * NS_PER_MS, weight);
    } else {
      const call = {
        durationNs,
        rawNs,
        caller: -1,
        isInner: false,
        weight,
        endMs,
        ok,
        extra,
        isOpen: true,
        error,
      };
      if (!finishSafely(site, call)) return;
    }
    const { tally } = site;
    tally.bump(OPEN_TOTAL, weight * durationNs);
    if (this.active) tally.bump(ACTIVE, weight * this.followed * this.active.ns);
  }
}

/** Apart: a function that makes a closure allocates for it even where it does not come to that. */
function finishSafely(site: CallSite, call: EndedCall): object | undefined {
  return guarded(() => finishCall(site, call));
}

/** The call that is given out while nothing is measured. */
export const ENDED_CALL: Call = new Call(undefined, 0.5, undefined, 1, 0);
