/**
 * Whose the outermost calls of a recursive function are, while its calls are sampled: they are not their callers' own time.
 * Left to the drawn ones, hardly any of them would be taken off (recursion.ts).
 *
 * Each drawn call is inside of an outermost one, and tells who has called that. So it is known how many of all calls are whose;
 * what one takes for each caller, the outermost calls that were met tell.
 */
import { tallies } from './callers.ts';
import type { Tally } from './tally.ts';

/** Standard deviation of what a call takes within outermost ones that were not met, as a part of it. */
const REST_DEVIATION = 0.5;

/** What one function, or nobody, has called of a recursive one. */
export class Share {
  readonly shares: Shares;
  /** Calls within its outermost ones: what the drawn ones of them stand for, and the squares of that. */
  calls: number = 0;
  squares: number = 0;
  /** Outermost calls that were drawn. */
  drawn: number = 0;
  /** Nanoseconds that it was given for outermost calls: the drawn, and the long ones; and their variance. */
  givenNs: number = 0.5; // becomes a fraction: see Draws
  givenSpread: number = 0.5;
  /** Nanoseconds of outermost calls that were met, and the calls within them. */
  metNs: number = 0.5;
  metCalls: number = 0;

  constructor(shares: Shares) {
    this.shares = shares;
    this.givenNs = this.givenSpread = this.metNs = 0;
  }
}

/** Of one recursive function. */
export class Shares {
  /** Of the function. */
  readonly called: Tally;
  private readonly byCaller = new Map<number /* of a site; below 0: nobody */, Share>();
  /** Nanoseconds that all of its callers were given for outermost calls. */
  private givenNs: number = 0.5;
  /** Nanoseconds of the outermost calls that were met, the calls within them, and how many they were. */
  private metNs: number = 0.5;
  private metCalls: number = 0;
  private met: number = 0;
  /** What all shares add up to; NaN where one has changed. */
  private sumNs: number = Number.NaN;

  constructor(called: Tally) {
    this.called = called;
    this.givenNs = this.metNs = 0;
  }

  /** A call was drawn inside of an outermost one of the caller, or is one. */
  draw(caller: number, weight: number): void {
    const share = this.of(caller);
    share.calls += weight;
    share.squares += weight * weight;
  }

  /** The caller was given the time of an outermost call: of a long one, or of so many that were drawn. */
  give(caller: number, durationNs: number, drawn: number, spread: number): void {
    const share = this.of(caller);
    share.drawn += drawn;
    share.givenNs += durationNs;
    share.givenSpread += spread;
    this.givenNs += durationNs;
  }

  /** An outermost call of the caller was met that came to so many calls. */
  meet(caller: number, durationNs: number, calls: number): void {
    const share = this.of(caller);
    share.metNs += durationNs;
    share.metCalls += calls;
    this.metNs += durationNs;
    this.metCalls += calls;
    this.met++;
  }

  /** Which part of the time of all outermost calls is a caller's. */
  partOf(share: Share): number {
    if (!(this.sumNs >= 0)) {
      this.sumNs = 0;
      this.byCaller.forEach((each) => (this.sumNs += this.sizeOf(each)));
    }
    return this.sumNs > 0 ? this.sizeOf(share) / this.sumNs : 0;
  }

  /**
   * Nanoseconds that a caller was not given, or too much of them: below 0.
   *
   * @param moreNs - What outermost calls have taken beyond what was given for them.
   */
  missingNsOf(share: Share, moreNs: number): number {
    return Math.max(0, moreNs + this.givenNs) * this.partOf(share) - share.givenNs;
  }

  /** By how much the variance of a caller's part, in square nanoseconds, is larger than that of what it was given. */
  spreadOf(share: Share, moreNs: number, spread: number): number {
    const part = this.partOf(share);
    const ns = part * Math.max(0, moreNs + this.givenNs);
    const { calls, squares } = share;
    const rest = REST_DEVIATION * Math.max(0, 1 - share.metCalls / Math.max(1, calls));
    const others = (1 - part) * (squares / Math.max(1, calls * calls) + rest * rest);
    return part * part * spread + ns * ns * others - share.givenSpread;
  }

  private of(caller: number): Share {
    this.sumNs = Number.NaN;
    const key = caller < 0 ? -1 : caller;
    let share = this.byCaller.get(key);
    if (share === undefined) {
      share = new Share(this);
      this.byCaller.set(key, share);
      tallies[key]?.addShare(share);
    }
    return share;
  }

  /** By its calls, and what they take: by those of all callers as far as few of its own were met. */
  private sizeOf({ calls, metNs, metCalls }: Share): number {
    if (this.metCalls === 0) return calls;
    const few = this.metCalls / this.met;
    return (calls * (metNs + (few * this.metNs) / this.metCalls)) / (metCalls + few);
  }
}
