/**
 * What the outermost calls of a recursive function take, while its calls are sampled.
 *
 * Of thousands of calls one is the outermost, and the longest of them all: left to chance it is never drawn, or stands for thousands
 * that are not like it. So outermost calls are met in rows (call/outermost.ts) and timed, and it is counted how many calls
 * each of them came to. What a row took for each call, the calls since the row before took too: a ratio estimator (W. G.
 * Cochran, Sampling Techniques, 1977, chapter 6), of which the number of calls is exact. Its variance is told from how much
 * neighbouring rows differ.
 */

/** Outermost calls in a row. */
const ROW = 16;
/** Where they come to fewer calls than this on average, enough of those that are drawn are outermost ones: they are looked for seldom. */
const LEAST_CALLS = 8;
const PAUSE = 1 << 16;
const PAUSE_PART = 1 / 16;

/** Of one function. Calls are those that were only counted: the timed ones are few, and like them. */
export class Recursion {
  /** An outermost call is sought among so many more calls; 0: none is. */
  toTell: number = 0;
  /** None has come for long: the calls are deep inside of one. */
  isDeep: boolean = false;
  /** When a call inside was met last, and what had been measured and called by then. */
  readonly since = { root: 0, ns: 0.5, overheadMs: 0.5, calls: 0 };
  /** Calls that were made before the outermost one that is under way; NaN where none is. */
  callsBefore: number = Number.NaN;
  /** In nanoseconds, up to the end of the last row; and its variance. */
  private totalNs: number = 0.5; // becomes a fraction: see Site
  private variance: number = 0.5;
  /** Calls that are in it. */
  private calls: number;
  /** What a call took in the last row; NaN before there was one. */
  private callNs: number = Number.NaN;
  /** Variance of what a call takes, by the last two rows. */
  private difference: number = 0.5;
  /** The row under way. */
  private rowNs: number = 0.5;
  private rowCalls: number = 0;
  private rowLength: number = 0;
  /** Variance that drawn calls inside have added to the time of what the function itself has called, and of those that others have. */
  ownSpread: number = 0.5;
  insideSpread: number = 0.5;
  /** Of the outermost calls that were drawn: what they stand for, their time, and its variance. */
  outsideWeight: number = 0;
  outsideNs: number = 0.5;
  outsideSpread: number = 0.5;
  /** Outermost calls in all rows, and what they came to. */
  private met: number = 0;
  private metCalls: number = 0;
  /** No outermost calls are looked for before so many calls. */
  private pausedTo: number = 0;

  /** @param calls - Those that were made before measurements began. */
  constructor(calls: number) {
    this.calls = calls;
    this.totalNs = this.variance = this.difference = this.rowNs = 0;
    this.ownSpread = this.insideSpread = this.outsideNs = this.outsideSpread = 0;
  }

  /** An outermost call has ended that came to so many calls, itself included. Returns whether the row is full. */
  add(durationNs: number, calls: number): boolean {
    this.rowNs += durationNs;
    this.rowCalls += calls;
    this.rowLength++;
    this.met++;
    this.metCalls += calls;
    return this.rowLength >= ROW;
  }

  /** A row ends: it stands for all calls since the last one. */
  close(calls: number): void {
    const { rowCalls, callNs } = this;
    const foundNs = rowCalls > 0 ? this.rowNs / rowCalls : callNs;
    if (!(foundNs >= 0)) return;
    const all = Math.max(rowCalls, calls - this.calls);
    this.totalNs += foundNs * all;
    this.difference = (foundNs - (callNs >= 0 ? callNs : 0)) ** 2 / 2;
    this.variance += all * (all - rowCalls) * this.difference;
    this.callNs = foundNs;
    this.calls = Math.max(this.calls, calls);
    if (rowCalls < LEAST_CALLS * this.rowLength) this.pausedTo = calls + PAUSE + PAUSE_PART * calls;
    this.rowNs = this.rowCalls = this.rowLength = 0;
  }

  /**
   * A call inside was drawn.
   *
   * @param spread - What it adds to the variance of its caller's calls, where that is the function itself: as much is in both, and
   * taken off.
   */
  addInside(isOwn: boolean, spread: number): void {
    if (isOwn) this.ownSpread += spread;
    else this.insideSpread += spread;
  }

  /** An outermost call was drawn that stands for others. */
  addOutside(weight: number, weighedNs: number, spread: number): void {
    this.outsideWeight += weight;
    this.outsideNs += weighedNs;
    this.outsideSpread += spread;
  }

  /** Whether it tells more than the calls that are drawn. */
  get isKnown(): boolean {
    return this.callNs >= 0 && this.metCalls >= LEAST_CALLS * this.met;
  }

  /** Whether it is not worth while to look for outermost calls. */
  isPausing(calls: number): boolean {
    return calls < this.pausedTo;
  }

  /** Nanoseconds of all outermost calls so far. */
  totalNsAt(calls: number): number {
    return this.totalNs + Math.max(0, calls - this.calls) * this.callNs;
  }

  /** Its variance, in square nanoseconds. */
  spreadAt(calls: number): number {
    return this.variance + Math.max(0, calls - this.calls) ** 2 * this.difference;
  }
}
