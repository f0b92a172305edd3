/**
 * A site: one instrumented function. Emitted code calls it as the function begins and ends.
 *
 * A call is timed or, under the overhead budget (budget.ts), only counted. The fast path of a timed synchronous call is
 * two clock reads, some stores into typed arrays, no allocation, and one test for everything unusual, which is handled
 * out of line (sync-call.ts and finish.ts). The clock is read last in `enter` and first in `exit`. A counted call
 * takes a number down by one and keeps its place on the shadow stack.
 */
import { type Account, budget } from './budget.ts';
import { Call } from './call.ts';
import { NS_PER_MS, now } from './clock.ts';
import { CountedCall } from './counted-call.ts';
import { countedSites, exitCounted, failCounted, UNKNOWN_FAILURE } from './counted-sync-call.ts';
import { guarded } from './diagnostics.ts';
import { type CallExtra, prepareCall } from './finish.ts';
import {
  COST,
  COUNTED,
  DEPTH,
  DUE,
  excludeTime,
  frameOverheadMs,
  FRAMES,
  frameStartMs,
  frameTag,
  hot,
  INNER_NS,
  OVERHEAD,
  pace,
  PENDING,
  SAMPLE,
  SITE_MASK,
  WEIGHED,
} from './frames.ts';
import { InFlight } from './in-flight.ts';
import { DURATION, END, INNER_CALL, LINK, NO_CALLER, RAW_DURATION, STRIDE } from './log-entry.ts';
import { countEagerSite } from './memory.ts';
import { IDLE, type Idle } from './on-off.ts';
import { explainSafely, forgetFailures } from './pending.ts';
import { NOWHERE, type Place } from './place.ts';
import { isPromise } from './promise-watch.ts';
import { drawGap } from './random.ts';
import { recent } from './recent.ts';
import type { SiteKind, SiteOptions } from './record.ts';
import { enterSlowly, exitSlowly, noteEnd } from './sync-call.ts';
import { Tally, tallies, TIMED, TOTAL, WEIGHT } from './tally.ts';

/** Two readings of the clock at each await are a large part of a call that takes less than this on average. */
const SHORT_NS = 20_000;
/** Of such calls, the stretches of one in so many and one are looked at; of the first ones, of all. */
const FOLLOW_GAP = 15;
const FOLLOW_FIRST = 32;

/** Sites from this number on are the runtime's own, and in no table. */
const FIRST_OWN_SITE: number = SITE_MASK - 2;

/** One instrumented function. */
export class Site {
  // What an entry touches first, so that it lies in one line of the processor's cache. Numbers that can become
  // fractions begin as one: a field that changes its kind would have V8 give every site a new shape.
  /** Calls that will only be counted before the next one is timed. */
  private skips: number = 0;
  /** The tag of its frames while calls are only counted. */
  private readonly countedTag: number;
  /** Stack depth from which a timed `enter` leaves the fast path; -1: always. */
  limit: number = -1;
  /** Number of the site in this thread. */
  readonly index: number;
  /** Depth of the outermost frame known of this site: valid while that frame is below the present one. */
  outermost: number = 0;
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
    if (index < 0 || index >= FIRST_OWN_SITE) return;
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
      frameTag[(hot[DEPTH] as number)++] = this.countedTag;
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
    if (this === COUNTED_CALL && typeof value !== 'object' && hot[PENDING] === 0) (hot[DEPTH] as number)--;
    else this.leave(value);
  }

  /** Apart, so that V8 takes but few instructions into the instrumented function. */
  private leave(value: unknown): void {
    if (this === COUNTED_CALL) exitCounted(value, value === this);
    else this.exitTimed(value);
  }

  /**
   * The end of a timed call. Both usual cases are in this one function on purpose: it is larger than what V8 takes into
   * other functions (460 bytes of bytecode), where it would stand beside each counted call and slow it down by a third.
   */
  private exitTimed(value: unknown): void {
    const endMs = now();
    const { index } = this;
    const depth = (hot[DEPTH] as number) - 1;
    const isUsual =
      endMs < (pace[DUE] as number) &&
      depth >= 0 &&
      (typeof value !== 'object' || value === null || (value !== this && !isPromise(value)));
    const tag = isUsual ? (frameTag[depth] as number) : -1;
    const isWeighed = tag === (index | WEIGHED);
    if (tag !== index && !isWeighed) {
      exitSlowly(this, value === this ? UNKNOWN_FAILURE : undefined, value, endMs);
      return;
    }
    hot[DEPTH] = depth;
    const overheadMs = pace[OVERHEAD] as number;
    const rawMs = endMs - (frameStartMs[depth] as number);
    const durationNs =
      (rawMs - (overheadMs - (frameOverheadMs[depth] as number))) * NS_PER_MS - (pace[INNER_NS] as number);
    pace[OVERHEAD] = overheadMs + (pace[COST] as number);
    if (isWeighed || durationNs < this.thresholdNs) {
      noteEnd(this, depth, endMs, durationNs, overheadMs);
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
    else exitSlowly(this, { known: true, thrown }, undefined, now());
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
    if (hot[PENDING] !== 0) explainSafely(thrown);
  }

  /** Times one call of `mean + 1` from now on, chosen at random; 0: every call. */
  sample(mean: number): void {
    if (mean === this.meanGap) return;
    this.meanGap = mean;
    this.limit = -1;
    this.draw();
  }

  /**
   * Draws anew how many calls are skipped from here, and the next timed one stands for. Those skipped so far are for all
   * timed ones to stand for: where the gap changes, the next one may come after a pause, from another time and slower.
   */
  private draw(): void {
    const next = this.meanGap > 0 ? drawGap(this.meanGap) : 0;
    this.drawn += next - this.skips;
    this.gap = this.skips = next;
  }

  private enterTimed(): Entered {
    const depth = hot[DEPTH] as number;
    if (depth >= this.limit || hot[SAMPLE] !== 0 || hot[PENDING] !== 0) return this.enterSlowly(undefined);
    const { index, outermost } = this;
    if (outermost >= depth || ((frameTag[outermost] as number) & SITE_MASK) !== index) this.outermost = depth;
    frameTag[depth] = index;
    frameOverheadMs[depth] = pace[OVERHEAD] as number;
    frameStartMs[depth] = now();
    hot[DEPTH] = depth + 1; // last: had the clock no stack left to run on, there would be no frame without a call
    return this;
  }

  private enterSlowly(args: ArrayLike<unknown> | undefined): Entered {
    return enterSlowly(this, args) ? this : IDLE;
  }

  /** How many calls the one that is to be timed stands for; draws the gap before the next one. */
  takeWeight(): number {
    const weight = this.gap + 1;
    if (weight === 1 && this.meanGap === 0) return 1;
    this.draw();
    return weight;
  }

  private begin(args: ArrayLike<unknown> | undefined): Call | CountedCall {
    if (this.skips > 0) {
      this.skips--;
      if (hot[PENDING] !== 0) guarded(forgetFailures);
      return (this.counted ??= new CountedCall(this)).begin();
    }
    const weight = this.takeWeight();
    const usual = hot[SAMPLE] === 0 && hot[PENDING] === 0 && this.limit >= 0 && !args;
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

  /** What is unusual about the call that begins. */
  prepare(args: ArrayLike<unknown> | undefined): CallExtra | undefined {
    const beginMs = now();
    const isFirst = !this.tally.isOpen;
    const extra = prepareCall(this, args, beginMs);
    if (isFirst) budget.welcome(this);
    this.limit = this.options.memory === true || this.meanGap > 0 ? -1 : FRAMES;
    const tookMs = now() - beginMs;
    excludeTime(tookMs);
    if (isFirst || extra?.memory) budget.pardon(tookMs);
    return extra;
  }
}

/** What a call that has begun is ended on. */
export type Entered = Site | Idle;

/**
 * What stands for every synchronous call that is only counted: whose it is tells the shadow stack. A site like the
 * others, so that emitted code meets objects of one shape and V8 takes but the few instructions of `exit` into it.
 */
const COUNTED_CALL: Site = new Site(-2, '', 'operation', NOWHERE, {});
