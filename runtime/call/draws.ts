/**
 * Which calls of a site are timed: all of them, or some at random, each of which stands for those between it and the one before.
 * The site's number in skips.ts is taken down by each call that is only counted.
 */
import { type Account, CLUSTER, clusterOf } from '../budget/account.ts';
import { drawGap } from '../platform/random.ts';
import { ENDLESS, skip, skipsOf } from '../stack/skips.ts';

/** What it depends on how many calls are timed in a row. */
export interface DrawnSite {
  readonly number: number;
  /** A call of it begins and ends on the fast path, and no threshold tells which ones count. */
  readonly isPlain: boolean;
  readonly account: Account | undefined;
  /** With `recursion` where it calls itself. */
  readonly tally: { readonly meanNs: number; readonly recursion: object | undefined };
}

/** The draws of one site. */
export class Draws {
  // Numbers that can become fractions begin as one: a field that changes its kind would have V8 give all of them a new shape.
  /** Mean number of calls between two timed ones; 0: every call is timed. Set by the budget. */
  meanGap: number = 0.5;
  /** For how many more calls, or fewer, the next timed one stands: long ones stand for themselves alone. */
  private owed: number = 0.5;
  /** The sum of all gaps drawn. */
  private drawn: number = 0.5;
  /** Calls skipped for each call of the cluster that is timed next, those still to come included. */
  private gap: number = 0;
  /** How many calls are timed in a row (account.ts), how many of them are still to come, and whether nothing of them is in a cache yet. */
  cluster: number = 1;
  private left: number = 0;
  private isCold: boolean = false;
  private readonly site: DrawnSite;

  constructor(site: DrawnSite) {
    this.site = site;
    this.meanGap = this.owed = this.drawn = 0;
  }

  /** Calls that were counted and not timed, those among them that have not ended. */
  get skipped(): number {
    return this.drawn - skipsOf(this.site.number);
  }

  /** {@link meanGap} was another one until now. */
  goOn(before: number): void {
    const { meanGap } = this;
    if (before > 0 && meanGap > 0) this.stretch(meanGap / before);
    else this.draw();
  }

  /** Draws how many calls are skipped from here, and those of the next cluster stand for. */
  private draw(): void {
    const { meanGap, site } = this;
    this.gap = meanGap > 0 ? drawGap(meanGap) : 0;
    // Of a recursive function the next ones are inside of the first one, and what V8 does as they begin would be in its time.
    const isInRow = meanGap >= CLUSTER && site.isPlain && site.tally.recursion === undefined;
    this.left = this.cluster = isInRow ? clusterOf(site.account, site.tally.meanNs) : 1;
    this.isCold = this.cluster > 1;
    this.skipNext(this.cluster * this.gap);
  }

  /**
   * The call that begins is the one before a cluster, which fetches what those of it need: nobody asks how long it takes. It is
   * counted, and the next one stands for it too.
   */
  isBefore(): boolean {
    const { isCold } = this;
    this.isCold = false;
    if (!isCold) return false;
    this.skipNext(0);
    this.standForOne(1);
    return true;
  }

  /** The call before a cluster is noted all the same, as it has failed: nobody else stands for it. */
  noteBefore(): void {
    this.standForOne(-1);
  }

  private standForOne(more: 1 | -1): void {
    this.drawn += more;
    this.owed += more;
  }

  /**
   * The gap under way goes on, longer or shorter, but not longer than one that is drawn. Its call stands for those that will
   * have been skipped; of the ones before not for more than such a gap: the next call may come after a pause, from another
   * time and slower. The others are for all timed calls to stand for.
   */
  private stretch(factor: number): void {
    if (this.left < this.cluster) return; // some of its calls are timed already
    const calls = skipsOf(this.site.number);
    const left = Math.ceil(calls / this.cluster);
    this.owed += this.cluster * left - calls;
    const most = Math.min(ENDLESS / 2 / this.cluster, 2 * this.meanGap);
    const next = Math.round(Math.min(most, left * factor));
    this.gap = next + Math.round(Math.min(most, this.gap - left));
    this.skipNext(this.cluster * next);
  }

  private skipNext(calls: number): void {
    const { number } = this.site;
    this.drawn += calls - skipsOf(number);
    skip(number, calls);
  }

  /** How many calls the one that is to be timed stands for; after the last one of a cluster draws the gap before the next one. */
  takeWeight(): number {
    const weight = this.gap + 1;
    if (weight === 1 && this.meanGap === 0) return 1;
    if (--this.left > 0) this.skipNext(0);
    else this.draw();
    return this.owed === 0 ? weight : this.withOwed(weight);
  }

  /** The next timed call is to stand for so many more. */
  owe(calls: number): void {
    this.owed += calls;
  }

  /** Not for many more than were drawn: see {@link stretch}. */
  private withOwed(weight: number): number {
    const whole = weight + Math.min(this.owed, Math.round(2 * this.meanGap));
    this.owed = Math.min(0, whole - 1);
    return Math.max(1, whole);
  }
}
