/**
 * One call that outlives its stack and is timed: of an async function, of a generator, or of a function that returned a
 * promise. The first two run in stretches between their awaits and yields; each stretch is a frame on the shadow stack,
 * so that what it calls is not its own time, and it is not its caller's. When a stretch begins and ends is looked at for
 * some calls only, chosen at random, where a call takes no longer than looking (see Site.begin).
 */
import { budget } from '../budget/budget.ts';
import { nowNs, NS_PER_MS } from '../platform/clock.ts';
import { noteStretch } from './burst.ts';
import { type CallLoad, USUAL } from './call-load.ts';
import type { CallSite } from './counted-call.ts';
import { guarded } from '../platform/diagnostics.ts';
import { atBlockEnd } from './disposal.ts';
import { errorText } from './error-text.ts';
import { finishCall } from './finish.ts';
import {
  BURST,
  callerOf,
  COST,
  elapsedNs,
  excludeTime,
  hot,
  INNER_NS,
  isRaised,
  NEXT_ENTRY,
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
import { END, FIRST_SLOT, stamp, stampAt, stampNs } from '../stack/stamps.ts';
import { explainFailures, tellCaught } from './pending.ts';
import { log, LOG_END, logWords } from '../stack/log.ts';
import {
  DURATION,
  END_AT,
  LINK,
  NO_CALLER,
  OPEN_CALL,
  RAW_DURATION,
  STRIDE,
  WEIGHT_OF,
  WEIGHTED,
} from '../stack/log-entry.ts';
import { isPlainPromise, isPromise, observe } from './native-promise.ts';
import { type SettleListener, watch } from './promise-watch.ts';
import { innerNsOf } from './lasting-cost.ts';
import { recent } from '../tally/recent.ts';
import { doWhatIsDue } from '../stack/schedule.ts';
import { thresholds } from '../stack/site-table.ts';
import { ACTIVE, FOLLOWED, RUNNING } from '../tally/sums.ts';
import { squareOf } from '../tally/run.ts';
import { addToCaller } from '../tally/callers.ts';

/** Emitted code holds it from the function's beginning to its end. Calls after the first end do nothing. */
export class Call implements SettleListener {
  /** None once it has ended. */
  private site: CallSite | undefined;
  /** What it is known by among the calls in flight, and its stamp tells when it has begun. 0: its load tells that. */
  private readonly slot: number;
  /** Place of its frame on the shadow stack; -1 while suspended. */
  private frame: number = -1;
  private readonly load: CallLoad | undefined;

  constructor(site: CallSite | undefined, load: CallLoad | undefined) {
    this.site = site;
    this.slot = site === undefined ? 0 : site.inFlight.add();
    this.load = this.slot === 0 ? (load ?? { ...USUAL }) : load;
  }

  /** It begins, and so does its first stretch. */
  run(): this {
    const { site, load } = this;
    const tag = (site?.number ?? 0) | STRETCH;
    if (load === undefined || load.followed === 0) {
      this.frame = pushCounted(tag);
      if (isRaised(BURST)) noteStretch(this.frame, true);
      return this.open();
    }
    this.open();
    this.frame = pushTimed(tag, this.beganNs);
    if (isRaised(BURST)) noteStretch(this.frame, true);
    return this;
  }

  /** It begins, and has no stretches. */
  open(): this {
    const { slot, load } = this;
    if (slot !== 0) stamp(FIRST_SLOT + slot);
    else if (load) load.startNs = nowNs();
    return this;
  }

  /** When it has begun, in monotonic nanoseconds. */
  private get beganNs(): number {
    return this.slot === 0 && this.load ? this.load.startNs : stampNs(FIRST_SLOT + this.slot);
  }

  /**
   * An async function returns `value`. A plain promise is observed: `return` inside an async function attaches handlers
   * to it anyway, so this hides no rejection. The promise of a subclass is watched from outside; any other value,
   * foreign thenables included, is left alone and ends the call now.
   */
  settle(value?: unknown): void {
    if (typeof value !== 'object' || value === null || !isPromise(value)) this.end();
    else if (this.site) this.observe(this.site, value, nowNs());
  }

  private observe(site: CallSite, value: Promise<unknown>, endNs: number): void {
    guarded(() => {
      this.closeStretch(site, endNs);
      if (isPlainPromise(value)) {
        observe(
          value,
          () => this.end(),
          (reason) => this.finish(nowNs(), false, errorText(reason)),
        );
      } else if (!watch(value, endNs / NS_PER_MS, this, site.inFlight)) this.finish(endNs, true, undefined);
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
    if (this.slot === 0 && this.load) this.load.startNs = startNs;
    else stampAt(FIRST_SLOT + this.slot, startNs);
    const { site } = this;
    if (!site) return;
    this.account(site, activeNs, caller);
    if (!watch(promise, returnedNs / NS_PER_MS, this, site.inFlight))
      this.finish(returnedNs, true, undefined);
  }

  get isSampled(): boolean {
    return this.load?.extra?.memory !== undefined;
  }

  /** The promise followed has settled. */
  settled(atMs: number, ok: boolean, message: string | undefined, overlaps?: boolean): void {
    this.finish(atMs * NS_PER_MS, ok, message, overlaps);
  }

  /** The body threw. */
  fail(thrown: unknown): void {
    if (!this.site) return;
    const endNs = nowNs();
    guarded(() => {
      if (isRaised(PENDING)) explainFailures(thrown);
      this.finish(endNs, false, errorText(thrown));
    });
  }

  /**
   * The body has ended, by itself or because a generator's consumer closed it. Spelled out: no double is handed on, of
   * which V8 would make an object, and V8 does not take it in.
   */
  end(): void {
    const { site, slot, load, frame } = this;
    if (site === undefined) return;
    stamp(END);
    const endNs = stampNs(END);
    const { number } = site;
    const rawNs = endNs - (slot === 0 && load ? load.startNs : stampNs(FIRST_SLOT + slot));
    const durationNs = rawNs - (load === undefined ? (pace[INNER_NS] as number) : innerNsOf(load));
    if ((load !== undefined && load.extra !== undefined) || durationNs < (thresholds[number] as number)) {
      this.finish(stampNs(END), true, undefined);
      return;
    }
    // First: where the stack ends in what follows, nobody ends the call again.
    this.site = undefined;
    site.inFlight.remove(slot);
    if (load !== undefined && load.followed > 0) {
      this.closeStretch(site, stampNs(END));
      site.tally.bump(ACTIVE, load.weight * load.followed * load.activeNs);
      site.tally.bump(FOLLOWED, load.weight * load.followed * durationNs);
      budget.meet(site, durationNs);
    } else if (frame >= 0 && frame < topPlace() && stack[frame] === (number | STRETCH)) {
      stack[TOP] = frame;
      if (isRaised(BURST)) noteStretch(frame, false);
    }
    const next = hot[NEXT_ENTRY] as number;
    logWords[2 * next] = number;
    if (load !== undefined && load.weight !== 1) {
      logWords[2 * next + LINK] = NO_CALLER | OPEN_CALL | WEIGHTED;
      log[next + WEIGHT_OF] = load.weight;
    } else logWords[2 * next + LINK] = NO_CALLER | OPEN_CALL;
    log[next + DURATION] = durationNs;
    log[next + RAW_DURATION] = rawNs;
    log[next + END_AT] = endNs;
    hot[NEXT_ENTRY] = next + STRIDE;
    if (next + STRIDE >= LOG_END) recent.full();
    // Of short calls few are followed. A program may have no others that look whether something is due.
    if (load !== undefined && load.followed > 0) doWhatIsDue(endNs);
  }

  /** A `yield` or an `await` begins. */
  suspend<T>(value: T): T {
    if (this.site !== undefined && this.frame >= 0) this.closeStretch(this.site);
    return value;
  }

  /** The function goes on. */
  resume<T>(value: T): T {
    if (this.frame < 0) this.openStretch();
    return value;
  }

  /** For a `using` declaration: the disposal of what was declared before it begins. */
  suspender(): unknown {
    return atBlockEnd(() => this.suspend(undefined));
  }

  /** A `catch` of the function begins, after an `await` perhaps that failed. */
  caught(thrown: unknown): void {
    tellCaught(thrown);
    this.resume(undefined);
  }

  private openStretch(): void {
    const { site, load } = this;
    if (!site) return;
    if (load !== undefined) load.resumed++;
    const tag = site.number | STRETCH;
    this.frame = load === undefined || load.followed === 0 ? pushCounted(tag) : pushTimed(tag, nowNs());
    if (isRaised(BURST)) noteStretch(this.frame, true);
  }

  /** @param atNs - The moment, where it is known. */
  private closeStretch(site: CallSite, atNs?: number): void {
    const { load, frame } = this;
    if (frame < 0) return;
    this.frame = -1;
    const tag = site.number | STRETCH;
    if (load !== undefined && load.followed > 0) this.closeFollowed(site, load, frame, tag, atNs ?? nowNs());
    else if (frame < topPlace() && stack[frame] === tag) stack[TOP] = frame;
    if (isRaised(BURST) && topPlace() === frame) noteStretch(frame, false);
  }

  private closeFollowed(site: CallSite, load: CallLoad, place: number, tag: number, atNs: number): void {
    const found = stack[place];
    if (place >= topPlace() || (found !== (tag | TIMED_FRAME) && found !== tag)) return; // it was lost
    stack[TOP] = place;
    if (found === tag) return; // there was no room for its times
    const stretchNs = elapsedNs(place, atNs) - (pace[INNER_NS] as number);
    this.account(site, stretchNs, callerOf(place));
    if (load.weight === 1) {
      excludeTime(pace[COST] as number);
      return;
    }
    const ownNs = nowNs() - atNs;
    load.ownNs += ownNs;
    excludeTime((ownNs + (pace[INNER_NS] as number)) / NS_PER_MS);
  }

  private account({ tally }: CallSite, stretchNs: number, caller: number): void {
    const { load } = this;
    if (!load) return;
    load.activeNs += stretchNs;
    const weight = load.weight * load.followed;
    tally.bump(RUNNING, weight * stretchNs);
    addToCaller(caller, weight * stretchNs, squareOf(stretchNs, weight));
  }

  /** It ends in another way, or carries more than times. */
  private finish(endNs: number, ok: boolean, error: string | undefined, overlaps?: boolean): void {
    const { site } = this;
    if (!site) return;
    this.site = undefined;
    site.inFlight.remove(this.slot);
    const rawNs = endNs - this.beganNs;
    const durationNs = rawNs - innerNsOf(this.load ?? USUAL);
    this.closeStretch(site, endNs);
    const { extra, weight, followed, activeNs } = this.load ?? USUAL;
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
      overlaps,
    };
    budget.meet(site, durationNs);
    if (guarded(() => finishCall(site, call))) {
      site.tally.bump(ACTIVE, weight * followed * activeNs);
      site.tally.bump(FOLLOWED, weight * followed * durationNs);
    }
    doWhatIsDue(endNs);
  }
}

/** The call that is given out while nothing is measured. */
export const ENDED_CALL: Call = new Call(undefined, undefined);
