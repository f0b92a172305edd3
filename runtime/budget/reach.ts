/**
 * The reach: from which average duration on all calls of a function are timed. Of shorter ones it is a part, in proportion
 * to their mean by the reach, so that timing takes, of all time, the depth of nested measured calls times what a timed
 * call costs by the reach. That is what is expected of it. What was really spent moves it around that, up at once and down
 * slowly: where it changes all the time, a few timed calls stand for most, and an average is no more certain than those.
 */
import { NS_PER_MS } from '../platform/clock.ts';

/** It begins here where the budget is first overdrawn, and ends being looked at; in nanoseconds. */
const LEAST_NS = 100;
const MOST_NS = 1e9;
/** Most by which it goes up at once, and by which it differs from what is expected of it. */
const STEP = 4;
/** Milliseconds in which it goes up to where it should be, in which it goes down, and over which the depth is a mean. */
const UP_MS = 10;
const DOWN_MS = 100;
const DEPTH_MS = 100;
/** By how much less than nothing spent would take it down. */
const LEAST_SPENT = 1e-3;
/** Nanoseconds that a call may count for the depth at least; one that takes longer than the reach is timed anyway. */
const LEAST_COUNTED = 25_000;

/** One thread's. */
export class Reach {
  /** Nanoseconds; 0 where all calls are timed. */
  ns: number = 0.5;
  /** What all calls took for which those stand that were timed since the last move. */
  private totalNs: number = 0.5;
  /** Calls under way on average, one in the other or beside it. */
  private depth: number = 0.5;

  constructor() {
    // These become fractions: see Draws.
    this.ns = this.totalNs = this.depth = 0;
  }

  /** Calls that are under way at most, as far as is known. */
  get most(): number {
    return STEP * Math.max(1, this.depth);
  }

  /** All calls are timed again, and what was timed until now says nothing. */
  reset(): void {
    this.ns = this.totalNs = 0;
  }

  /** Calls were timed that stand for `weight` calls, which took so long together. */
  note(weight: number, totalNs: number): void {
    this.totalNs += Math.min(totalNs, weight * STEP * Math.max(LEAST_COUNTED, this.ns));
  }

  /**
   * Moves on.
   *
   * @param elapsedMs - Since the last move.
   * @param spent - What was spent, in parts of what was to be.
   * @param forOne - The reach that is expected where one measured call is under way all the time, in nanoseconds.
   */
  move(elapsedMs: number, spent: number, forOne: number): void {
    const found = this.totalNs / (elapsedMs * NS_PER_MS);
    this.totalNs = 0;
    this.depth += (this.ns === 0 ? 1 : partOf(elapsedMs, DEPTH_MS)) * (found - this.depth);
    const next = Math.min(MOST_NS, this.next(elapsedMs, spent, forOne));
    this.ns = next <= LEAST_NS ? 0 : next;
  }

  private next(elapsedMs: number, spent: number, forOne: number): number {
    const most = this.most * forOne;
    const ns = Math.max(LEAST_NS, this.ns);
    if (spent <= 1) return Math.min(most, ns * Math.max(LEAST_SPENT, spent) ** partOf(elapsedMs, DOWN_MS));
    const risen =
      spent < STEP
        ? ns * spent ** partOf(elapsedMs, UP_MS)
        : Math.max(STEP * ns, (this.depth * forOne) / STEP);
    // What is expected of it has changed, or was not known well: it goes where it may be, however much is spent.
    if (this.ns > most) return this.ns * (most / this.ns) ** partOf(elapsedMs, DOWN_MS);
    return Math.min(most, risen);
  }
}

/** Part of a difference that is made up for in a time, where in so many milliseconds it is two thirds. */
function partOf(elapsedMs: number, inMs: number): number {
  return 1 - Math.exp(-elapsedMs / inMs);
}
