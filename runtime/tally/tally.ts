/** What was measured of one site: sums (sums.ts), histogram, the last durations, the last error, calls by the hour. */
import { Arena } from '../platform/arena.ts';
import type { BudgetedSite } from '../budget/account.ts';
import { budget } from '../budget/budget.ts';
import { addToCaller } from './callers.ts';
import type { ClosedHour } from '../format/hours.ts';
import { HALF_STEP_NS, pace, SITE_MASK } from '../stack/frames.ts';
import { Histogram, recordInto } from './histogram.ts';
import { NO_HOURS } from './hours.ts';
import { durationsOf, keepDurations, momentsOf, RING } from './last-durations.ts';
import { LONG_NS } from './long.ts';
import {
  addSteps,
  addUp,
  addToSpread,
  addUpWeighted,
  goOn,
  run,
  RUN_CALLS,
  RUN_DEVIATION,
  RUN_MADE,
  RUN_MAX,
  RUN_MIN,
  RUN_RAW,
  RUN_CLUSTERS,
  RUN_SPREAD,
  RUN_SQUARES,
  RUN_STEPS,
  RUN_TOTAL,
  RUN_WEIGHT,
} from './run.ts';
import { Recursion } from './recursion.ts';
import type { Share } from './shares.ts';
import {
  DURATION,
  INNER_CALL,
  LINK,
  LONG_CALL,
  OPEN_CALL,
  RAW_DURATION,
  STRIDE,
  WEIGHT_OF,
  WEIGHTED,
} from '../stack/log-entry.ts';
import { log, logWords } from '../stack/log.ts';
import {
  BELOW_THRESHOLD,
  BELOW_TIMED,
  BELOW_TOTAL,
  BURST_ALL,
  BURST_ALL_SQUARES,
  BURST_SELF,
  BURST_SELF_SQUARES,
  CHOSEN_SPREAD,
  ERRORS,
  EXACT_FROM,
  EXACT_OUTERMOST,
  LONG,
  LONG_TOTAL,
  MAX,
  MIN,
  OPEN_TOTAL,
  OUTERMOST,
  RAW,
  CLUSTER_CALLER,
  CLUSTER_CALLS,
  CLUSTER_DEVIATION,
  CLUSTER_MADE,
  CLUSTERS,
  SPREAD,
  SUMS,
  TIMED,
  TOTAL,
  UNTIMED,
  WEIGHT,
} from './sums.ts';

/** Nanoseconds that a call takes at least, as far as anything depends on it. */
const LEAST_NS = 10;

const NO_SUMS = new Float64Array(0);
const NO_DURATIONS = new Float32Array(0);
const NO_HISTOGRAM = new Histogram();
const NO_SHARES: readonly Share[] = [];
/** What is there of each tally that is open: its sums, and behind them its last durations, two of them in a double. */
const arena = new Arena(SUMS + RING / 2);
/** Whose calls they are. */
export interface Counter extends BudgetedSite {
  readonly number: number;
  /** Calls that were counted and not timed so far, under the overhead budget. */
  readonly skipped: number;
  /** How many calls are timed in a row, where some are. */
  readonly cluster: number;
}

/** Who calls a function: nobody yet; several, or none that is known. */
const NOBODY = -1;
const SEVERAL = -2;

/** Empty and without arrays until {@link Tally.open}: what is begun and never measured costs some hundred bytes. */
export class Tally {
  /** Its sums are in here, and those of others: views of them, one for each, would be another hundred bytes. */
  private sums: Float64Array = NO_SUMS;
  /** Place of the first of its own. */
  private base: number = 0;
  /** The last durations, in the same memory. */
  private durations: Float32Array = NO_DURATIONS;
  histogram: Histogram = NO_HISTOGRAM;
  /** What it has called of recursive functions. */
  shares: readonly Share[] = NO_SHARES;
  /** Of a function whose calls are sampled, and call it again. */
  recursion: Recursion | undefined = undefined;
  /** Whether some calls are timed, and not every one. */
  isSampled: boolean = false;
  lastError: string | undefined = undefined;
  /** Monotonic milliseconds of the last error's end. */
  lastErrorMs: number = 0.5; // becomes a fraction: see Draws
  /** Closed hours, oldest first. */
  hours: readonly ClosedHour[] = NO_HOURS;
  /** How often measurements were begun anew. */
  resets: number = 0;
  /** What `calls` was when the last of those was closed. */
  callsBeforeHour: number = 0.5;
  /** What `skipped` was when measurements were last begun anew. */
  private skippedBefore: number = 0.5;
  /** Place of the next duration in the ring of the last ones. */
  private cursor: number = 0;
  /** Number of the one site that has called it, or one of the above. */
  private caller: number = NOBODY;
  private readonly counter: Counter;

  constructor(counter: Counter) {
    this.counter = counter;
    this.lastErrorMs = this.callsBeforeHour = this.skippedBefore = 0;
  }

  /** Whether there is room for measurements. */
  get isOpen(): boolean {
    return this.sums.length > 0;
  }

  /** Calls that ended or were counted, those below the threshold among them: exact. */
  get seen(): number {
    const { sums, base } = this;
    let all = this.counter.skipped - this.skippedBefore;
    if (sums.length > 0)
      all +=
        (sums[base + TIMED] as number) +
        (sums[base + UNTIMED] as number) +
        (sums[base + BELOW_TIMED] as number);
    return all > 0 ? all : 0;
  }

  /**
   * The same without those below the threshold. Only timing tells which those are: where some calls are only counted, it is
   * an estimate. Of the calls that no timed one stands for yet as many are below as of the others.
   */
  get calls(): number {
    const { seen } = this;
    const below = this.at(BELOW_THRESHOLD);
    if (below === 0) return seen;
    const weight = this.at(WEIGHT);
    const untimed = this.at(UNTIMED);
    const waiting = seen - untimed - weight - below;
    const ours = waiting > 0 ? Math.round((waiting * weight) / (weight + below)) : 0;
    return Math.min(seen, Math.max(this.at(ERRORS), weight + untimed + ours));
  }

  /**
   * Mean duration in nanoseconds, as far as the budget goes by it; of what takes less than the clock can tell, some: where
   * that goes by steps, half a step in all timed calls, or a few readings of 0 would have a function hardly timed any more.
   * Long calls need not be drawn, and count as ones that are just that. Of none, NaN.
   */
  get meanNs(): number {
    const { sums, base } = this;
    const weight = (sums[base + WEIGHT] as number) + (sums[base + BELOW_THRESHOLD] as number);
    const timed = (sums[base + TIMED] as number) + (sums[base + BELOW_TIMED] as number);
    const mean =
      ((sums[base + TOTAL] as number) +
        (sums[base + BELOW_TOTAL] as number) -
        ((sums[base + LONG_TOTAL] as number) - LONG_NS * (sums[base + LONG] as number))) /
        weight +
      (pace[HALF_STEP_NS] as number) / timed;
    return mean < LEAST_NS ? LEAST_NS : mean;
  }

  /** From here on every call is timed, or some are. */
  noteSampling(isSampled: boolean): void {
    const outermostNs = this.at(OUTERMOST);
    this.bump(isSampled ? EXACT_OUTERMOST : EXACT_FROM, outermostNs - this.at(EXACT_FROM));
    this.isSampled = isSampled;
  }

  /** Whether a call was timed that was inside of another one. */
  get isRecursive(): boolean {
    return this.recursion !== undefined || this.at(OUTERMOST) < this.at(TOTAL);
  }

  /** A call inside of another one was drawn. */
  recurs(): Recursion {
    return (this.recursion ??= new Recursion(this, this.skippedBefore));
  }

  /** It has called a recursive function. */
  addShare(share: Share): void {
    this.shares = [...this.shares, share];
  }

  /** Calls that were counted and not timed, since the program began. */
  get skipped(): number {
    return this.counter.skipped;
  }

  /** One of the sums; 0 where nothing was measured. */
  at(place: number): number {
    return this.sums[this.base + place] ?? 0;
  }

  /** A timed call below the threshold: in no number but these, and on the budget like any other. */
  addBelow(durationNs: number, weight: number): void {
    const total = weight * Math.max(0, durationNs);
    this.bump(BELOW_THRESHOLD, weight);
    this.bump(BELOW_TIMED, 1);
    this.bump(BELOW_TOTAL, total);
    budget.touch(this.counter, 1, weight, total);
  }

  /** A long call that was only counted. */
  addLong(durationNs: number, rawNs: number, isInner: boolean, caller: number): void {
    const { sums, base } = this;
    recordInto(this.histogram, durationNs);
    addToCaller(caller, durationNs, 0);
    sums[base + WEIGHT] = (sums[base + WEIGHT] as number) + 1;
    sums[base + TOTAL] = (sums[base + TOTAL] as number) + durationNs;
    sums[base + RAW] = (sums[base + RAW] as number) + rawNs;
    sums[base + LONG] = (sums[base + LONG] as number) + 1;
    sums[base + LONG_TOTAL] = (sums[base + LONG_TOTAL] as number) + durationNs;
    if (!isInner) {
      sums[base + OUTERMOST] = (sums[base + OUTERMOST] as number) + durationNs;
      this.recursion?.addLong(durationNs, caller);
    }
    if (durationNs < (sums[base + MIN] as number)) sums[base + MIN] = durationNs;
    if (durationNs > (sums[base + MAX] as number)) sums[base + MAX] = durationNs;
  }

  /** What a burst has added to its own time, and to that with all that it has called. */
  addBurst(selfNs: number, allNs: number): void {
    const { sums, base } = this;
    sums[base + BURST_SELF] = (sums[base + BURST_SELF] as number) + selfNs;
    sums[base + BURST_SELF_SQUARES] = (sums[base + BURST_SELF_SQUARES] as number) + selfNs * selfNs;
    sums[base + BURST_ALL] = (sums[base + BURST_ALL] as number) + allNs;
    sums[base + BURST_ALL_SQUARES] = (sums[base + BURST_ALL_SQUARES] as number) + allNs * allNs;
  }

  /** Adds to one of the sums. */
  bump(place: number, by: number): void {
    this.sums[this.base + place] = this.at(place) + by;
  }

  /** Timed calls: the entries of the log between two places, which all have the same link. */
  addRun(start: number, end: number): void {
    // First: nothing is wrong where that is done twice.
    this.cursor = keepDurations(this.durations, this.ring, this.cursor, start, end);
    const link = logWords[2 * start + LINK] as number;
    const isWeighted = (link & WEIGHTED) !== 0;
    if (isWeighted) this.goOn(link < 0 ? SEVERAL : link & SITE_MASK);
    if (end - start === STRIDE) {
      const durationNs = log[start + DURATION] as number;
      const weight = isWeighted ? (log[start + WEIGHT_OF] as number) : 1;
      const low = 2 * (start + DURATION);
      this.histogram.recordWords(logWords[low + 1] as number, logWords[low] as number, weight);
      run[RUN_WEIGHT] = weight;
      run[RUN_TOTAL] = weight * durationNs;
      run[RUN_RAW] = weight * (log[start + RAW_DURATION] as number);
      run[RUN_MIN] = run[RUN_MAX] = durationNs;
      run[RUN_SPREAD] = run[RUN_SQUARES] = run[RUN_STEPS] = 0;
      if (isWeighted) addToSpread(durationNs, weight, this.meanBefore(durationNs), this.counter.cluster);
    } else if (isWeighted)
      addUpWeighted(
        this.histogram,
        start,
        end,
        this.meanBefore(log[start + DURATION] as number),
        this.counter.cluster,
      );
    else addUp(this.histogram, start, end);
    if ((pace[HALF_STEP_NS] as number) > 0)
      addSteps(start, end, this.meanBefore(log[start + DURATION] as number), this.at(WEIGHT) === 0);
    this.takeRun(start, end);
  }

  /** The cluster under way goes on. Of its calls those count together that the same function has made. */
  private goOn(caller: number): void {
    const made = this.at(CLUSTER_CALLER) === caller ? this.at(CLUSTER_MADE) : 0;
    goOn(this.at(CLUSTER_DEVIATION), made, this.at(CLUSTER_CALLS));
  }

  /** Mean duration of the calls so far that were left to chance; of the first one, what it has taken itself. */
  private meanBefore(durationNs: number): number {
    const { sums, base } = this;
    const weight = (sums[base + WEIGHT] as number) - (sums[base + LONG] as number);
    const total = (sums[base + TOTAL] as number) - (sums[base + LONG_TOTAL] as number);
    return weight > 0 ? total / weight : durationNs;
  }

  /** Spelled out: it runs where all code is new to V8, and calls are what costs there. */
  private takeRun(start: number, end: number): void {
    const { sums, base } = this;
    const link = logWords[2 * start + LINK] as number;
    const timed = (end - start) / STRIDE;
    const weight = run[RUN_WEIGHT] as number;
    const total = run[RUN_TOTAL] as number;
    const min = run[RUN_MIN] as number;
    const max = run[RUN_MAX] as number;
    const isLong = (link & LONG_CALL) !== 0;
    budget.touch(this.counter, timed, weight, isLong ? weight * LONG_NS : total);
    const caller = link < 0 ? SEVERAL : link & SITE_MASK;
    if (caller !== this.caller) this.caller = this.caller === NOBODY ? caller : SEVERAL;
    const inCaller = run[this.caller === caller ? RUN_SPREAD : RUN_SQUARES] as number;
    addToCaller(caller, total, inCaller);
    if (this.isSampled) this.recursion?.addRun(link, timed, caller === this.counter.number, inCaller);
    // Last, and all together: where the stack ends, or a time limit of `vm`, the run is added once more.
    sums[base + TIMED] = (sums[base + TIMED] as number) + timed;
    sums[base + WEIGHT] = (sums[base + WEIGHT] as number) + weight;
    sums[base + TOTAL] = (sums[base + TOTAL] as number) + total;
    sums[base + RAW] = (sums[base + RAW] as number) + (run[RUN_RAW] as number);
    sums[base + SPREAD] =
      (sums[base + SPREAD] as number) + (run[RUN_SPREAD] as number) + (run[RUN_STEPS] as number);
    if ((sums[base + BELOW_TIMED] as number) > 0) {
      sums[base + CHOSEN_SPREAD] = (sums[base + CHOSEN_SPREAD] as number) + (run[RUN_SQUARES] as number);
    }
    if (isLong) {
      sums[base + LONG] = (sums[base + LONG] as number) + weight;
      sums[base + LONG_TOTAL] = (sums[base + LONG_TOTAL] as number) + total;
    }
    if ((link & WEIGHTED) !== 0) {
      sums[base + CLUSTER_DEVIATION] = run[RUN_DEVIATION] as number;
      sums[base + CLUSTER_MADE] = run[RUN_MADE] as number;
      sums[base + CLUSTER_CALLS] = run[RUN_CALLS] as number;
      sums[base + CLUSTER_CALLER] = caller;
      sums[base + CLUSTERS] = (sums[base + CLUSTERS] as number) + (run[RUN_CLUSTERS] as number);
    }
    if ((logWords[2 * start] as number) < 0) sums[base + ERRORS] = (sums[base + ERRORS] as number) + timed;
    if ((link & INNER_CALL) === 0) sums[base + OUTERMOST] = (sums[base + OUTERMOST] as number) + total;
    if ((link & OPEN_CALL) !== 0) sums[base + OPEN_TOTAL] = (sums[base + OPEN_TOTAL] as number) + total;
    if (min < (sums[base + MIN] as number)) sums[base + MIN] = min;
    if (max > (sums[base + MAX] as number)) sums[base + MAX] = max;
  }

  /** What the last error says. */
  setError(text: string, atMs: number): void {
    this.lastError = text;
    this.lastErrorMs = atMs;
  }

  /** The last durations in nanoseconds, oldest first, 100 at most. */
  lastDurations(): readonly number[] {
    return durationsOf(this.durations, this.ring, this.at(TIMED), this.cursor);
  }

  /** The moments of the last durations, as {@link momentsOf} gives them. */
  trendInto(into: Float64Array): boolean {
    return momentsOf(into, this.durations, this.ring, this.at(TIMED), this.cursor);
  }

  /** Place of the last durations in {@link durations}. */
  private get ring(): number {
    return 2 * (this.base + SUMS);
  }

  /** Makes room for measurements, and forgets those there were. */
  open(): void {
    this.resets++;
    if (this.isOpen) {
      this.histogram.clear();
      this.sums.fill(0, this.base, this.base + SUMS);
    } else {
      this.histogram = new Histogram();
      arena.next();
      this.sums = arena.doubles;
      this.durations = arena.singles;
      this.base = arena.at;
    }
    this.sums[this.base + MIN] = Infinity;
    this.cursor = 0;
    this.lastError = undefined;
    this.recursion = undefined;
    this.shares = NO_SHARES;
    this.hours = NO_HOURS;
    this.callsBeforeHour = 0;
    this.skippedBefore = this.counter.skipped;
  }
}
