/**
 * What the outermost calls of a recursive function take, while its calls are sampled.
 *
 * Of thousands of calls one is the outermost, and the longest of them all: left to chance it is never drawn, or stands for thousands
 * that are not like it. So outermost calls are met in rows (call/outermost.ts) and timed, and it is counted how many calls
 * each of them came to. What a row took for each call, the calls since the row before took too: a ratio estimator (W. G.
 * Cochran, Sampling Techniques, 1977, chapter 6), of which the number of calls is exact. Its variance is told from how much
 * neighbouring rows differ.
 */

import { SITE_MASK } from '../stack/frames.ts';
import { INNER_CALL, LONG_CALL, WEIGHTED } from '../stack/log-entry.ts';
import { run, RUN_SQUARES, RUN_TOTAL, RUN_WEIGHT } from './run.ts';
import { Shares } from './shares.ts';
import type { Tally } from './tally.ts';

/** Outermost calls in a row. */
const ROW = 16;

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
  private totalNs: number = 0.5; // becomes a fraction: see Draws
  private variance: number = 0.5;
  /** Calls that are in it. */
  private calls: number;
  /** Those that were made before measurements began. */
  private readonly first: number;
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
  /** Of the outermost calls that were drawn: how many, what they stand for, and the variance of their time. */
  outsideDrawn: number = 0;
  private outsideWeight: number = 0;
  outsideSpread: number = 0.5;
  /** Nanoseconds of outermost calls that were long ones. */
  longNs: number = 0.5;
  /** Calls within the outermost ones of all rows, and how many these were. */
  private covered: number = 0;
  private met: number = 0;

  /** Whose they are. */
  readonly shares: Shares;

  /**
   * @param tally - Of the function.
   * @param calls - Those that were made before measurements began.
   */
  constructor(tally: Tally, calls: number) {
    this.shares = new Shares(tally);
    this.calls = this.first = calls;
    this.totalNs = this.variance = this.difference = this.rowNs = 0;
    this.ownSpread = this.insideSpread = this.outsideSpread = this.longNs = 0;
  }

  /** An outermost call has ended that came to so many calls, itself included. Returns whether the row is full. */
  add(durationNs: number, calls: number, caller: number): boolean {
    this.shares.meet(caller, durationNs, calls);
    this.rowNs += durationNs;
    this.rowCalls += calls;
    this.rowLength++;
    this.met++;
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
    this.covered += rowCalls;
    this.rowNs = this.rowCalls = this.rowLength = 0;
  }

  /**
   * Timed calls: a run of them (run.ts), all with one link.
   *
   * @param isOwn - The function itself has called them.
   * @param inCaller - What they add to the variance of their caller's calls.
   */
  addRun(link: number, timed: number, isOwn: boolean, inCaller: number): void {
    const isDrawn = (link & WEIGHTED) !== 0;
    const squares = run[RUN_SQUARES] as number;
    if ((link & INNER_CALL) !== 0) {
      // Where it is the function itself, as much is in both, and taken off.
      if (isDrawn && isOwn) this.ownSpread += inCaller;
      else if (isDrawn) this.insideSpread += squares;
      return;
    }
    const weight = run[RUN_WEIGHT] as number;
    const totalNs = run[RUN_TOTAL] as number;
    if (isDrawn) {
      this.outsideWeight += weight;
      this.outsideDrawn += timed;
      this.outsideSpread += squares;
    }
    if ((link & LONG_CALL) !== 0) this.longNs += totalNs;
    const caller = link < 0 ? -1 : link & SITE_MASK;
    this.shares.give(caller, totalNs, timed, inCaller);
    this.shares.draw(caller, weight);
  }

  /** A long call that was only counted, and is an outermost one. */
  addLong(durationNs: number, caller: number): void {
    this.longNs += durationNs;
    this.shares.give(caller, durationNs, 0, 0);
  }

  /** Whether there was a row. */
  get isKnown(): boolean {
    return this.callNs >= 0;
  }

  /** The part of all calls that rows have covered, where so many were made; of the rest only a row's neighbours tell. */
  coverageOf(calls: number): number {
    return Math.min(1, (this.covered + this.rowCalls) / Math.max(1, calls - this.first));
  }

  /**
   * What part of them belongs to outermost ones unlike those that were met: these came to so many on average, and of those that
   * were drawn it is known how many there are.
   */
  unlikenessOf(calls: number): number {
    const explained = (this.outsideWeight * this.covered) / Math.max(1, this.met);
    return Math.abs(1 - explained / Math.max(1, calls - this.first));
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
