/**
 * What lies between two events of a burst (call/burst.ts) beside the program: one reading of the clock, and the way to the code that
 * reads it.
 *
 * No loop of empty calls tells that: V8 makes other code of them than of functions that do something. So the shortest times
 * between two events are taken for it, of those that begin with an entry and of those that begin with an exit. Lately, as V8
 * makes the code faster. Functions that do nothing are in every program; where there were none, what a timed call costs tells how
 * much it can be at most.
 */
import { INNER_NS, pace } from '../stack/frames.ts';

/** Of all times so large a part is shorter: clocks go by steps of up to 10 ns. */
const SHORTEST = 0.03;
/** Nanoseconds to a bucket, and how many buckets there are. */
const STEP_NS = 2;
const BUCKETS = 128;
/** After so many it is found out again; what was noted before counts less then. */
const ENOUGH = 1000;
const LEAK = 0.75;
/** At most so many times what lies between the two readings of a timed call, after an entry and after an exit, and some. */
const MOST = [1.5, 2] as const;
const SOME_NS = 5;

/** So many nanoseconds, and more, are not noted. */
export const MOST_NOTED_NS: number = STEP_NS * BUCKETS;

/** Where it is noted how many nanoseconds lay between an event, an entry or an exit, and the next one. */
export function bucketOf(ns: number, isEntry: boolean): number {
  return (isEntry ? 0 : BUCKETS) + ((ns / STEP_NS) | 0);
}

/** Of one thread. */
export class EventCosts {
  /** How often there was what. */
  readonly counts: Float64Array = new Float64Array(2 * BUCKETS);
  /** Nanoseconds after an entry, and after an exit. They become fractions: see Draws. */
  afterEntryNs: number = 0.5;
  afterExitNs: number = 0.5;
  private noted = 0;

  constructor() {
    this.afterEntryNs = this.afterExitNs = 0;
  }

  /** Of both. */
  get meanNs(): number {
    return (this.afterEntryNs + this.afterExitNs) / 2;
  }

  /** Finds out again, after so many more, where these are enough. */
  learn(more: number): void {
    this.noted += more;
    if (this.noted < ENOUGH && this.afterExitNs > 0) return;
    this.noted = 0;
    this.afterEntryNs = this.learnt(0);
    this.afterExitNs = this.learnt(1);
  }

  private learnt(kind: 0 | 1): number {
    const { counts } = this;
    const first = kind * BUCKETS;
    let all = 0;
    for (let i = first; i < first + BUCKETS; i++) all += counts[i] as number;
    let bucket = 0;
    for (let below = 0; bucket < BUCKETS && below < SHORTEST * all; bucket++)
      below += counts[first + bucket] as number;
    for (let i = first; i < first + BUCKETS; i++) counts[i] = (counts[i] as number) * LEAK;
    return Math.min(STEP_NS * bucket, MOST[kind] * (pace[INNER_NS] as number) + SOME_NS);
  }
}
