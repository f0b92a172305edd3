/**
 * A site: one instrumented function. Its calls begin and end in entry.ts; those of async functions and generators begin here.
 */
import type { Account } from '../budget/account.ts';
import { budget } from '../budget/budget.ts';
import { Call } from './call.ts';
import { loadOf } from './call-load.ts';
import { NS_PER_MS, now } from '../platform/clock.ts';
import { CountedCall } from './counted-call.ts';
import { Draws } from './draws.ts';
import { guarded } from '../platform/diagnostics.ts';
import { type CallExtra, prepareCall } from './finish.ts';
import { FRAMES } from '../stack/stamps.ts';
import { ALERTS, excludeStretch, hidden, hot, isRaised, OVERHEAD, pace, PENDING } from '../stack/frames.ts';
import { admitCall, InFlight } from '../stack/in-flight.ts';
import { countEagerSite } from '../tally/memory.ts';
import { forgetFailures, tellCaught } from './pending.ts';
import type { Place } from './place.ts';
import { drawGap } from '../platform/random.ts';
import type { SiteKind, SiteOptions } from '../format/record.ts';
import { limits, NEVER, outermost, thresholds } from '../stack/site-table.ts';
import { looks, skip, skips, takeHeld, TO_BE_TIMED } from '../stack/skips.ts';
import { TIMED, TOTAL, WEIGHT } from '../tally/sums.ts';
import { tallies } from '../tally/callers.ts';
import { Tally } from '../tally/tally.ts';

/** Two readings of the clock at each await are a large part of a call that takes less than this on average. */
const SHORT_NS = 20_000;
/** Of such calls, the stretches of one in so many and one are looked at; of the first ones, of all. */
const FOLLOW_GAP = 15;
const FOLLOW_FIRST = 32;

/** A function that has returned no promise in so many counted calls is not asked any more; its timed calls are. */
const LOOKS = 256;
/** Kinds of which a call may begin by its site; others begin by the site's number, and end with a value that may be a promise. */
export const BEGUN_BY_SITE: ReadonlySet<SiteKind> = new Set<SiteKind>([
  'async',
  'async-generator',
  'generator',
  'block',
]);

/** A function as its file tells of it. */
export interface Listed extends Place {
  readonly number: number;
  readonly name: string;
  readonly kind: SiteKind;
  readonly options: SiteOptions;
}

/** The sites by their number, where there is one already (sites.ts); those of the runtime's own among them. */
export const numbered: (Site | undefined)[] = [];

let onFirstCall = (): void => {};

/** Sets what is done before the first call of each site. */
export function setOnFirstCall(action: () => void): void {
  onFirstCall = action;
}

let warmUp: (() => boolean) | undefined;

/** Sets what is done before the first call of each site that begins one, until it tells that it was done. */
export function setCallWarmUp(action: () => boolean): void {
  warmUp = action;
}

let warmUpSampled = (_isFollowed: boolean): void => {};

/** Sets what is done before a call that stands for others, and may have its stretches looked at. */
export function setSampledWarmUp(action: (isFollowed: boolean) => void): void {
  warmUpSampled = action;
}

/** One instrumented function. */
export class Site {
  /** Place on the stack from which something is unusual about every call; 0: always. */
  limit: number = 0;
  /** Number of the site in this thread: in tags, in the log. */
  readonly number: number;
  /** Its place in the list of sites, and in the journal; -1 for the runtime's own. */
  readonly index: number;
  /** Which of its calls are timed. */
  readonly draws: Draws;
  /** A call of it begins and ends on the fast path, and no threshold tells which ones count. */
  isPlain: boolean = false;
  readonly tally: Tally;
  /** Its calls in flight, once there was one. */
  flights: InFlight | undefined = undefined;
  readonly name: string;
  kind: SiteKind;
  options: SiteOptions;
  /** Not read from those, which have shapes of their own: the budget asks at each timed call. */
  isExact: boolean;
  readonly place: Place;
  account: Account | undefined = undefined;
  private counted: CountedCall | undefined = undefined;
  /** Calls since the last one whose stretches were looked at, and how many there will be. */
  private unfollowed: number = 0;
  private followGap: number = 0;
  memoryMarks: number = 0;

  constructor(index: number, listed: Listed) {
    const { number, name, kind, options } = listed;
    this.number = number;
    this.index = index;
    this.name = name;
    this.kind = kind;
    this.place = listed;
    this.options = options;
    this.isExact = options.exact === true;
    this.draws = new Draws(this);
    this.tally = new Tally(this);
    tallies[number] = this.tally;
    looks[number] = BEGUN_BY_SITE.has(kind) ? 0 : LOOKS;
    skip(number, 0);
    outermost[number] = NEVER;
    this.heed();
  }

  /** Its module was loaded anew, from another text: what is told of it holds from here. */
  renew({ kind, options }: Listed): void {
    this.kind = kind;
    this.options = options;
    this.isExact = options.exact === true;
    if (this.isExact) this.sample(0);
    this.limit = 0; // until the next call that is timed
    this.tellLimit();
    this.heed();
  }

  private heed(): void {
    const { number, options } = this;
    // None is -Infinity: of a call that takes next to nothing the corrected duration may be below 0.
    thresholds[number] = (options.threshold || -Infinity) * NS_PER_MS;
    this.isPlain = thresholds[number] === -Infinity && !BEGUN_BY_SITE.has(this.kind);
    if (options.memory === true) countEagerSite();
  }

  /** Its calls in flight. */
  get inFlight(): InFlight {
    return (this.flights ??= new InFlight(this.number));
  }

  /** Calls that were counted and not timed, without those of them that have not ended. */
  get skipped(): number {
    return this.draws.skipped - (this.flights ? this.flights.counted : 0);
  }

  /** Mean number of calls between two timed ones; 0: every call is timed. */
  get meanGap(): number {
    return this.draws.meanGap;
  }

  /** How many calls are timed in a row. */
  get cluster(): number {
    return this.draws.cluster;
  }

  /** A call is counted and not timed: it may be the first one all the same. */
  admit(): void {
    if (this.tally.isOpen) return;
    onFirstCall();
    this.tally.open();
  }

  /** A call of an async function or a generator begins. */
  start(): Call | CountedCall {
    return this.begin(undefined);
  }

  /** The same for a call whose arguments are to be hashed. */
  startArgs(args: ArrayLike<unknown>): Call | CountedCall {
    return this.begin(args);
  }

  /** A measurement begins that no function body bounds: it has no place on the shadow stack. */
  open(): Call {
    const extra = this.prepareSafely(undefined);
    return new Call(this, loadOf(extra, 1, 1)).open();
  }

  /** A `catch` clause of instrumented code has caught `thrown`. */
  caught(thrown: unknown): void {
    tellCaught(thrown);
  }

  /** Times one call of `mean + 1` from now on, chosen at random; 0: every call. */
  sample(mean: number): void {
    const { draws } = this;
    const before = draws.meanGap;
    if (mean === before) return;
    if (before === 0 || mean === 0) this.tally.noteSampling(mean > 0);
    draws.meanGap = mean;
    this.tellLimit();
    draws.goOn(before);
  }

  private tellLimit(): void {
    limits[this.number] = this.meanGap > 0 ? 0 : this.limit;
  }

  private begin(args: ArrayLike<unknown> | undefined): Call | CountedCall {
    admitCall();
    const { number } = this;
    if (this.account === undefined && this.meanGap > 0 && this.inFlight.count > 0) budget.outlive(this);
    const isSkipped = --(skips[number] as number) >= 0;
    if (!isSkipped) skips[number] = 0;
    // Where a synchronous function has the same name, its values are looked at.
    if (isSkipped || takeHeld(number) !== TO_BE_TIMED) {
      if (isRaised(PENDING)) guarded(forgetFailures);
      return (this.counted ??= new CountedCall(this)).begin();
    }
    const isUsual =
      limits[number] !== 0 && hot[ALERTS] === 0 && args === undefined && this.unfollowed < this.followGap;
    if (!isUsual) return this.beginLaden(args);
    this.unfollowed++;
    return new Call(this, undefined).run();
  }

  /** A call begins that carries more than its start. */
  private beginLaden(args: ArrayLike<unknown> | undefined): Call | CountedCall {
    const weight = this.draws.takeWeight();
    const usual = hot[ALERTS] === 0 && this.limit > 0 && !args;
    const extra = usual ? undefined : this.prepareSafely(args);
    const followed = this.takeFollowed();
    if (weight !== 1) warmUpSampled(followed > 0);
    const call = new Call(this, loadOf(extra, weight, followed));
    return weight === 1 || followed > 0 ? call.run() : new CountedCall(this, false, call).begin();
  }

  /** How many calls the stretches of the one that begins stand for; 0 where they are not to be looked at. */
  private takeFollowed(): number {
    if (this.unfollowed >= this.followGap) return this.drawFollowed();
    this.unfollowed++;
    return 0;
  }

  private drawFollowed(): number {
    const stands = this.unfollowed + 1;
    this.unfollowed = 0;
    const timed = this.tally.at(TIMED);
    const isShort = timed >= FOLLOW_FIRST && this.tally.at(TOTAL) < SHORT_NS * this.tally.at(WEIGHT);
    this.followGap = isShort ? drawGap(FOLLOW_GAP) : 0;
    return stands;
  }

  private prepareSafely(args: ArrayLike<unknown> | undefined): CallExtra | undefined {
    return hidden(() => this.prepare(args));
  }

  /** What is unusual about the call that begins. */
  prepare(args: ArrayLike<unknown> | undefined): CallExtra | undefined {
    const isFirst = !this.tally.isOpen;
    if (isFirst) onFirstCall();
    const overheadMs = pace[OVERHEAD] as number;
    const beginMs = now();
    if (isFirst && BEGUN_BY_SITE.has(this.kind) && warmUp?.()) warmUp = undefined;
    const extra = prepareCall(this, args, beginMs);
    if (isFirst) budget.welcome(this);
    this.limit = this.options.memory === true ? 0 : FRAMES;
    this.tellLimit();
    const tookMs = now() - beginMs;
    // Promises that were looked at for a sample of memory may have ended calls.
    excludeStretch(overheadMs, tookMs);
    if (isFirst || extra?.memory) budget.setApart(tookMs);
    return extra;
  }
}
