/**
 * One call that outlives its stack and is timed: of an async function, of a generator, or of a function that returned a
 * promise. The first two run in stretches between their awaits and yields; each stretch is a frame on the shadow stack,
 * so that what it calls is not its own time, and it is not its caller's. When a stretch begins and ends is looked at for
 * some calls only, chosen at random, where a call takes no longer than looking (see Site.begin).
 */
import { nowNs, NS_PER_MS } from '../platform/clock.ts';
import type { CallSite } from './counted-call.ts';
import { guarded } from '../platform/diagnostics.ts';
import { atBlockEnd } from './disposal.ts';
import { errorText } from './error-text.ts';
import { type CallExtra, finishCall } from './finish.ts';
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
import { FIRST_SLOT, stamp, stampAt, stampNs } from '../stack/stamps.ts';
import { explainFailures, explainSafely } from './pending.ts';
import { NO_CALLER, OPEN_CALL } from '../stack/log-entry.ts';
import { isPlainPromise, isPromise, observe, type SettleListener, watch } from './promise-watch.ts';
import { recent } from '../tally/recent.ts';
import { thresholds } from '../stack/site-table.ts';
import { ACTIVE, addToCaller, RUNNING } from '../tally/tally.ts';

/** Emitted code holds it from the function's beginning to its end. Calls after the first end do nothing. */
export class Call implements SettleListener {
  private ended: boolean;
  /** What the list of calls in flight knows it by, and its stamp tells when it has begun. */
  private readonly slot: number;
  /** Tells that where it has none. A number that can be so large is an object of its own to V8. */
  private startNs: number | undefined = undefined;
  /** What its frame on the shadow stack is known by, and the place of that; -1 while suspended. */
  private readonly tag: number;
  private frame: number = -1;
  /** Time that it has run, of a call that is looked at when it runs. */
  private readonly active: { ns: number } | undefined;
  /** How many calls this one's stretches stand for; 0: it is not looked when it runs. */
  private readonly followed: number;
  private readonly site: CallSite | undefined;
  private readonly extra: CallExtra | undefined;
  private readonly weight: number;

  constructor(site: CallSite | undefined, extra: CallExtra | undefined, weight: number, followed: number) {
    this.site = site;
    this.extra = extra;
    this.weight = weight;
    this.followed = followed;
    this.active = followed > 0 ? { ns: 0 } : undefined;
    this.ended = site === undefined;
    this.tag = site ? site.number | STRETCH : 0;
    this.slot = site ? site.inFlight.add() : 0;
  }

  /** It begins, and so does its first stretch. */
  run(): this {
    if (this.followed === 0) {
      this.frame = pushCounted(this.tag);
      return this.open();
    }
    this.open();
    this.frame = pushTimed(this.tag, this.beganNs);
    return this;
  }

  /** It begins, and has no stretches. */
  open(): this {
    if (this.slot === 0) this.startNs = nowNs();
    else stamp(FIRST_SLOT + this.slot);
    return this;
  }

  /** When it has begun, in monotonic nanoseconds. */
  private get beganNs(): number {
    return this.startNs ?? stampNs(FIRST_SLOT + this.slot);
  }

  /**
   * An async function returns `value`. A plain promise is observed: `return` inside an async function attaches handlers
   * to it anyway, so this hides no rejection. The promise of a subclass is watched from outside; any other value,
   * foreign thenables included, is left alone and ends the call now.
   */
  settle(value?: unknown): void {
    if (this.ended) return;
    const endNs = nowNs();
    if (typeof value !== 'object' || value === null || !isPromise(value)) {
      this.finish(endNs, true, undefined);
    } else this.observe(value, endNs);
  }

  private observe(value: Promise<unknown>, endNs: number): void {
    guarded(() => {
      this.closeStretch(endNs);
      if (isPlainPromise(value)) {
        const done = (): void => this.finish(nowNs(), true, undefined);
        observe(value, done, (reason) => this.finish(nowNs(), false, errorText(reason)));
      } else if (!watch(value, endNs / NS_PER_MS, this)) this.finish(endNs, true, undefined);
    });
  }

  /** A plain function has returned a promise: the call ends when it settles, which is learnt without touching it. */
  follow(
    promise: Promise<unknown>,
    startNs: number,
    returnedNs: number,
    activeNs: number,
    caller: number,
  ): void {
    if (this.slot === 0) this.startNs = startNs;
    else stampAt(FIRST_SLOT + this.slot, startNs);
    this.account(activeNs, caller);
    if (!watch(promise, returnedNs / NS_PER_MS, this)) this.finish(returnedNs, true, undefined);
  }

  /** The promise followed has settled. */
  settled(atMs: number, ok: boolean, message: string | undefined): void {
    this.finish(atMs * NS_PER_MS, ok, message);
  }

  /** The body threw. */
  fail(thrown: unknown): void {
    if (this.ended) return;
    const endNs = nowNs();
    guarded(() => {
      if (isRaised(PENDING)) explainFailures(thrown);
      this.finish(endNs, false, errorText(thrown));
    });
  }

  /** The body has ended, by itself or because a generator's consumer closed it. */
  end(): void {
    if (!this.ended) this.finish(nowNs(), true, undefined);
  }

  /** A `yield` or an `await` begins. */
  suspend<T>(value: T): T {
    if (!this.ended) this.closeStretch(this.followed > 0 ? nowNs() : 0);
    return value;
  }

  /** The function goes on. */
  resume<T>(value: T): T {
    if (!this.ended && this.frame < 0) this.openStretch();
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

  private openStretch(): void {
    this.frame = this.followed > 0 ? pushTimed(this.tag, nowNs()) : pushCounted(this.tag);
  }

  private closeStretch(atNs: number): void {
    const { frame, followed } = this;
    if (frame < 0) return;
    this.frame = -1;
    if (followed > 0) this.closeFollowed(frame, atNs);
    else if (frame < topPlace() && stack[frame] === this.tag) stack[TOP] = frame;
  }

  private closeFollowed(place: number, atNs: number): void {
    const found = stack[place];
    if (place >= topPlace() || (found !== (this.tag | TIMED_FRAME) && found !== this.tag)) return; // it was lost
    stack[TOP] = place;
    if (found === this.tag) return; // there was no room for its times
    const stretchNs = elapsedNs(place, atNs) - (pace[INNER_NS] as number);
    this.account(stretchNs, callerOf(place));
    excludeTime(pace[COST] as number);
  }

  private account(stretchNs: number, caller: number): void {
    if (this.active) this.active.ns += stretchNs;
    const weighedNs = this.weight * this.followed * stretchNs;
    this.site?.tally.bump(RUNNING, weighedNs);
    addToCaller(caller, weighedNs);
  }

  private finish(endNs: number, ok: boolean, error: string | undefined): void {
    const { site, weight, active } = this;
    if (this.ended || !site) return;
    this.ended = true;
    site.inFlight.remove(this.slot);
    this.closeStretch(endNs);
    const rawNs = endNs - this.beganNs;
    const durationNs = rawNs - (pace[INNER_NS] as number);
    if (ok && !this.extra && durationNs >= (thresholds[site.number] as number))
      recent.note(site.number, NO_CALLER | OPEN_CALL, durationNs, rawNs, endNs, weight);
    else if (!this.finishUnusual(site, durationNs, rawNs, endNs, ok, error)) return;
    if (active) site.tally.bump(ACTIVE, weight * this.followed * active.ns);
  }

  /** Returns whether it is recorded. Apart: a function that makes a closure allocates for it even where it does not come to that. */
  private finishUnusual(
    site: CallSite,
    durationNs: number,
    rawNs: number,
    endNs: number,
    ok: boolean,
    error: string | undefined,
  ): boolean {
    const { extra, weight } = this;
    const endMs = endNs / NS_PER_MS;
    const call = {
      durationNs,
      rawNs,
      caller: -1,
      isInner: false,
      isOpen: true,
      weight,
      endMs,
      ok,
      extra,
      error,
    };
    return guarded(() => finishCall(site, call)) !== undefined;
  }
}

/** The call that is given out while nothing is measured. */
export const ENDED_CALL: Call = new Call(undefined, undefined, 1, 0);
