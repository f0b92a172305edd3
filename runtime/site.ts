/**
 * A site: one instrumented function. Emitted code calls it as the function begins and ends.
 *
 * A call is timed or, under the overhead budget (budget.ts), only counted. The fast path of a timed synchronous call is
 * two clock reads, some stores into typed arrays, no allocation, and one test for everything unusual, which is handled
 * out of line (the slow path below and finish.ts). The clock is read last in `enter` and first in `exit`. A counted call
 * takes a number down by one and keeps its place on the shadow stack.
 */
import { type Account, budget } from './budget.ts';
import { setProbe } from './calibration.ts';
import { Call } from './call.ts';
import { NS_PER_MS, now } from './clock.ts';
import { CountedCall } from './counted-call.ts';
import {
  countedSites,
  exitCounted,
  type Failure,
  failCounted,
  UNKNOWN_FAILURE,
} from './counted-sync-call.ts';
import { countFailure, guarded } from './diagnostics.ts';
import { errorText } from './error-text.ts';
import { type CallExtra, finishCall, noteBelowThreshold, prepareCall } from './finish.ts';
import {
  callerOf,
  COST,
  COUNTED,
  DUE,
  elapsedNs,
  excludeStretch,
  excludeTime,
  FRAMES,
  frameOverheadMs,
  frameStartMs,
  frameTag,
  frameWeight,
  hot,
  INNER_NS,
  isFrameOf,
  LADEN,
  OVERHEAD,
  pace,
  popFrame,
  pushFrame,
  SITE_MASK,
  WEIGHED,
} from './frames.ts';
import { InFlight } from './in-flight.ts';
import { IDLE, type Idle } from './on-off.ts';
import { DURATION, END, INNER_CALL, LINK, NO_CALLER, RAW_DURATION, STRIDE } from './log-entry.ts';
import { countEagerSite, setEmptySample } from './memory.ts';
import { explainFailures, explainSafely, forgetFailures, rememberFailure } from './pending.ts';
import { isPromise } from './promise-watch.ts';
import { drawGap } from './random.ts';
import { recent } from './recent.ts';
import type { SiteKind, SiteOptions } from './record.ts';
import { runDue } from './schedule.ts';
import { ERRORS, Tally, tallies, TIMED, TOTAL, UNTIMED, WEIGHT } from './tally.ts';

/** Where a site is. */
export interface Place {
  /** Path relative to the project root, `/`-separated; empty for operations named at run time. */
  readonly file: string;
  /** 1-based; 0 where unknown. */
  readonly line: number;
  /** 0-based. */
  readonly column: number;
}

/** The place of what is named at run time. */
export const NOWHERE: Place = { file: '', line: 0, column: 0 };

/** What a laden frame carries. */
interface Load {
  readonly extra: CallExtra | undefined;
  readonly weight: number;
  readonly isInner: boolean;
}

const loads: (Load | undefined)[] = [];

/** Two readings of the clock at each await are a large part of a call that takes less than this on average. */
const SHORT_NS = 20_000;
/** Of such calls, the stretches of one in so many and one are looked at; of the first ones, of all. */
const FOLLOW_GAP = 7;
const FOLLOW_FIRST = 32;

/** Sites from this number on are the runtime's own, and in no table. */
const OWN_SITES: number = SITE_MASK - 1;

/** One instrumented function. */
export class Site {
  // What an entry touches first, so that it lies in one line of the processor's cache. Numbers that can become
  // fractions begin as one: a field that changes its kind would have V8 give every site a new shape.
  /** Calls that will only be counted before the next one is timed. */
  private skips: number = 0;
  /** The tag of its frames while calls are only counted. */
  private readonly countedTag: number;
  /** Stack depth from which a timed `enter` leaves the fast path; -1: always. */
  private limit: number = -1;
  /** Number of the site in this thread. */
  readonly index: number;
  /** Depth of the outermost frame known of this site: valid while that frame is below the present one. */
  private outermost: number = 0;
  readonly thresholdNs: number;
  /** Mean number of calls between two timed ones; 0: every call is timed. Set by the budget. */
  meanGap: number = 0.5;
  /** Calls skipped between the last timed call and the next one, those still to come included. */
  private gap: number = 0;
  /** The sum of all gaps drawn. */
  private drawn: number = 0.5;
  readonly tally: Tally;
  readonly inFlight: InFlight = new InFlight();
  readonly name: string;
  readonly kind: SiteKind;
  readonly options: SiteOptions;
  place: Place;
  account: Account | undefined;
  private counted: CountedCall | undefined;
  /** Calls since the last one whose stretches were looked at, and how many there will be. */
  private unfollowed: number = 0;
  private followGap: number = 0;

  constructor(index: number, name: string, kind: SiteKind, place: Place, options: SiteOptions) {
    this.countedTag = index | COUNTED;
    this.index = index;
    this.name = name;
    this.kind = kind;
    this.place = place;
    this.options = options;
    // None is -Infinity: of a call that takes next to nothing the corrected duration may be below 0.
    this.thresholdNs = (options.threshold || -Infinity) * NS_PER_MS;
    this.meanGap = this.drawn = 0;
    this.tally = new Tally(this);
    if (index < 0 || index >= OWN_SITES) return;
    countedSites[index] = this;
    tallies[index] = this.tally;
    if (options.memory === true) countEagerSite();
  }

  /** Calls that were counted and not timed. */
  get skipped(): number {
    return this.drawn - this.skips;
  }

  /** A synchronous call begins. Returns what its `exit` is to be called on. */
  enter(): Entered {
    if (this.skips > 0) {
      this.skips--;
      frameTag[hot.depth++] = this.countedTag;
      return COUNTED_CALL;
    }
    return this.enterTimed();
  }

  /** The same for a call whose arguments are to be hashed. */
  enterArgs(args: ArrayLike<unknown>): Entered {
    return this.skips > 0 ? this.enter() : this.enterSlowly(args);
  }

  /**
   * The synchronous call ends. Called on what `enter` returned.
   *
   * @param value - What is returned, a native promise keeps the call open until it settles; the very object on which
   *   this is called, where the body threw.
   */
  exit(value?: unknown): void {
    if (this !== COUNTED_CALL) this.exitTimed(value);
    else if (hot.pending === 0 && (typeof value !== 'object' || value === null)) hot.depth--;
    else exitCounted(value, value === this);
  }

  private exitTimed(value: unknown): void {
    const endMs = now();
    const { index } = this;
    const depth = hot.depth - 1;
    if (
      endMs >= (pace[DUE] as number) ||
      depth < 0 ||
      frameTag[depth] !== index ||
      (typeof value === 'object' && value !== null && (value === this || isPromise(value)))
    ) {
      if (endMs < (pace[DUE] as number) && depth >= 0 && frameTag[depth] === (index | WEIGHED)) {
        if (typeof value !== 'object' || value === null || (value !== this && !isPromise(value))) {
          this.exitSampled(depth, endMs);
          return;
        }
      }
      this.exitSlowly(value === this ? UNKNOWN_FAILURE : undefined, value, endMs);
      return;
    }
    hot.depth = depth;
    const overheadMs = pace[OVERHEAD] as number;
    const rawMs = endMs - (frameStartMs[depth] as number);
    const durationNs =
      (rawMs - (overheadMs - (frameOverheadMs[depth] as number))) * NS_PER_MS - (pace[INNER_NS] as number);
    pace[OVERHEAD] = overheadMs + (pace[COST] as number);
    if (durationNs < this.thresholdNs) {
      noteBelowThreshold(this.tally, { durationNs, caller: callerOf(depth), weight: 1 });
      return;
    }
    const { ring, words, next } = recent;
    words[2 * next] = index;
    words[2 * next + LINK] =
      (depth > 0 ? (frameTag[depth - 1] as number) & SITE_MASK : NO_CALLER) |
      (this.outermost < depth ? INNER_CALL : 0);
    ring[next + DURATION] = durationNs;
    ring[next + RAW_DURATION] = rawMs * NS_PER_MS;
    ring[next + END] = endMs;
    recent.next = next + STRIDE;
    if (next + STRIDE === recent.limit) recent.full();
  }

  /** The synchronous call ends by an error that the caller has caught (wrappers at run time do, emitted code not). */
  exitFailed(thrown: unknown): void {
    if (this === COUNTED_CALL) failCounted(thrown);
    else this.exitSlowly({ known: true, thrown }, undefined, now());
  }

  /** A call of an async function or a generator begins. */
  start(): Call | CountedCall {
    return this.begin(undefined);
  }

  /** A measurement begins that no function body bounds: it has no place on the shadow stack. */
  open(): Call {
    const extra = this.prepareSafely(undefined);
    return new Call(this, now(), extra, 1, 0);
  }

  /** The same for a call whose arguments are to be hashed. */
  startArgs(args: ArrayLike<unknown>): Call | CountedCall {
    return this.begin(args);
  }

  /** A `catch` clause of instrumented code has caught `thrown`. */
  caught(thrown: unknown): void {
    if (hot.pending !== 0) explainSafely(thrown);
  }

  /** Times one call of `mean + 1` from now on, chosen at random; 0: every call. */
  sample(mean: number): void {
    if (mean === this.meanGap) return;
    this.meanGap = mean;
    this.limit = -1;
    this.draw();
  }

  /** Draws anew how many calls are skipped from here; those skipped so far stay for the next timed one to stand for. */
  private draw(): void {
    const more = (this.meanGap > 0 ? drawGap(this.meanGap) : 0) - this.skips;
    this.drawn += more;
    this.gap += more;
    this.skips += more;
  }

  private enterTimed(): Entered {
    const depth = hot.depth;
    if (depth >= this.limit || hot.sample + hot.pending > 0) return this.enterSlowly(undefined);
    const { index, outermost } = this;
    if (outermost >= depth || ((frameTag[outermost] as number) & SITE_MASK) !== index) this.outermost = depth;
    frameTag[depth] = index;
    frameOverheadMs[depth] = pace[OVERHEAD] as number;
    frameStartMs[depth] = now();
    hot.depth = depth + 1; // last: had the clock no stack left to run on, there would be no frame without a call
    return this;
  }

  private enterSlowly(args: ArrayLike<unknown> | undefined): Entered {
    const depth = hot.depth;
    if (depth >= FRAMES) {
      countFailure('stack-too-deep');
      return IDLE;
    }
    if (
      this.meanGap > 0 &&
      !args &&
      this.tally.isOpen &&
      hot.sample + hot.pending === 0 &&
      this.options.memory !== true
    ) {
      this.enterSampled(depth);
    } else this.enterLaden(depth, args);
    return this;
  }

  private enterLaden(depth: number, args: ArrayLike<unknown> | undefined): void {
    guarded(() => {
      const weight = this.takeWeight();
      const isInner = this.isBelow(depth);
      if (!isInner) this.outermost = depth;
      const extra = this.prepare(args);
      const laden = extra !== undefined || weight !== 1;
      loads[depth] = laden ? { extra, weight, isInner } : undefined;
      pushFrame(laden ? this.index | LADEN : this.index, now());
    });
  }

  /** One empty timed call, by the fast path whatever else is the case. */
  probe(): void {
    const dueMs = pace[DUE] as number;
    const { sample, pending } = hot;
    pace[DUE] = Infinity;
    hot.sample = hot.pending = 0;
    this.limit = FRAMES;
    this.enterTimed().exit(undefined);
    hot.sample = sample;
    hot.pending = pending;
    pace[DUE] = dueMs;
  }

  /** One empty call with a memory sample; it is under its threshold, and so leaves no entry in the log. */
  probeMemory(): void {
    const dueMs = pace[DUE] as number;
    const { pending } = hot;
    pace[DUE] = Infinity;
    hot.pending = 0;
    hot.sample = 1;
    this.enterLaden(hot.depth, undefined);
    this.exit(undefined);
    hot.pending = pending;
    pace[DUE] = dueMs;
  }

  /** The usual entry of a call that stands for others too. */
  private enterSampled(depth: number): void {
    const begunMs = now();
    const weight = this.takeWeight();
    frameWeight[depth] = this.isBelow(depth) ? -weight : weight;
    excludeTime(now() - begunMs);
    pushFrame(this.index | WEIGHED, now());
  }

  /** Whether a call of this function is on the stack. */
  private isBelow(depth: number): boolean {
    let below = depth - 1;
    while (below >= 0 && !isFrameOf(below, this.index, 0)) below--;
    return below >= 0;
  }

  /** How many calls the one that is to be timed stands for; draws the gap before the next one. */
  private takeWeight(): number {
    const weight = this.gap + 1;
    if (weight === 1 && this.meanGap === 0) return 1;
    this.gap = 0;
    this.draw();
    return weight;
  }

  private begin(args: ArrayLike<unknown> | undefined): Call | CountedCall {
    if (this.skips > 0) {
      this.skips--;
      if (hot.pending !== 0) guarded(forgetFailures);
      return (this.counted ??= new CountedCall(this)).begin();
    }
    const weight = this.takeWeight();
    const usual = hot.sample + hot.pending === 0 && this.limit >= 0 && !args;
    const extra = usual ? undefined : this.prepareSafely(args);
    return new Call(this, now(), extra, weight, this.takeFollowed()).run();
  }

  /** How many calls the stretches of the one that begins stand for; 0 where they are not to be looked at. */
  private takeFollowed(): number {
    if (this.unfollowed < this.followGap) {
      this.unfollowed++;
      return 0;
    }
    const stands = this.unfollowed + 1;
    this.unfollowed = 0;
    const timed = this.tally.at(TIMED);
    const isShort = timed >= FOLLOW_FIRST && this.tally.at(TOTAL) < SHORT_NS * this.tally.at(WEIGHT);
    this.followGap = isShort ? drawGap(FOLLOW_GAP) : 0;
    return stands;
  }

  private prepareSafely(args: ArrayLike<unknown> | undefined): CallExtra | undefined {
    return guarded(() => this.prepare(args));
  }

  private prepare(args: ArrayLike<unknown> | undefined): CallExtra | undefined {
    const beginMs = now();
    const isFirst = !this.tally.isOpen;
    const extra = prepareCall(this, args, beginMs);
    this.limit = this.options.memory === true || this.meanGap > 0 ? -1 : FRAMES;
    const tookMs = now() - beginMs;
    excludeTime(tookMs);
    if (isFirst || extra?.memory) budget.pardon(tookMs);
    return extra;
  }

  /** The usual end of a call that stands for others too. */
  private exitSampled(depth: number, endMs: number): void {
    hot.depth = depth;
    const overheadMs = pace[OVERHEAD] as number;
    const durationNs = elapsedNs(depth, endMs) - (pace[INNER_NS] as number);
    const weighed = frameWeight[depth] as number;
    const weight = Math.abs(weighed);
    const caller = callerOf(depth);
    if (durationNs < this.thresholdNs) noteBelowThreshold(this.tally, { durationNs, caller, weight });
    else {
      const link = (caller < 0 ? NO_CALLER : caller) | (weighed < 0 ? INNER_CALL : 0);
      const rawNs = (endMs - (frameStartMs[depth] as number)) * NS_PER_MS;
      recent.note(this.index, link, durationNs, rawNs, endMs, weight);
    }
    excludeStretch(overheadMs, now() - endMs + (pace[INNER_NS] as number) / NS_PER_MS);
  }

  private exitSlowly(failure: Failure | undefined, value: unknown, endMs: number): void {
    guarded(() => {
      const overheadMs = pace[OVERHEAD] as number;
      if (!failure) forgetFailures(); // a caller goes on in order: somebody has swallowed the error
      const depth = popFrame(this.index, 0);
      if (depth < 0) this.endUntimed(!failure);
      else this.endFrame(depth, failure, value, endMs);
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

  private endFrame(depth: number, failure: Failure | undefined, value: unknown, endMs: number): void {
    const tag = frameTag[depth] as number;
    const load = (tag & LADEN) === 0 ? undefined : loads[depth];
    const weighed = (tag & WEIGHED) === 0 ? 1 : (frameWeight[depth] as number);
    const isInside = tag === (this.index | WEIGHED) ? weighed < 0 : this.outermost < depth;
    const { extra, weight = Math.abs(weighed), isInner = isInside } = load ?? {};
    if (load) loads[depth] = undefined;
    const startMs = frameStartMs[depth] as number;
    const durationNs = elapsedNs(depth, endMs) - (pace[INNER_NS] as number);
    const caller = callerOf(depth);
    if (!failure && isPromise(value)) {
      new Call(this, startMs, extra, weight, 1).follow(value, endMs, durationNs, caller);
      return;
    }
    const ok = !failure;
    const error = failure?.known === true ? errorText(failure.thrown) : undefined;
    const rawNs = (endMs - startMs) * NS_PER_MS;
    const timed = { durationNs, rawNs, caller, isInner, weight, endMs };
    const metric = finishCall(this, { ...timed, ok, extra, isOpen: false, error });
    if (failure?.known === false && metric) rememberFailure(this, metric);
  }

  private endUntimed(ok: boolean): void {
    if (!this.tally.isOpen) this.tally.open();
    this.tally.bump(UNTIMED, 1);
    if (!ok) this.tally.bump(ERRORS, 1);
    countFailure('entry-lost');
  }
}

/** What a call that has begun is ended on. */
export type Entered = Site | Idle;

/**
 * What stands for every synchronous call that is only counted: whose it is tells the shadow stack. A site like the
 * others, so that emitted code meets objects of one shape and V8 takes but the few instructions of `exit` into it.
 */
const COUNTED_CALL: Site = new Site(-2, '', 'operation', NOWHERE, {});

/** An empty timed call, as the calibration repeats it. */
const PROBE = new Site(-3, '', 'operation', NOWHERE, {});
setProbe(() => PROBE.probe());
const MEMORY_PROBE = new Site(OWN_SITES, '', 'operation', NOWHERE, { threshold: Infinity });
setEmptySample(() => MEMORY_PROBE.probeMemory());
