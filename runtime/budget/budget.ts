/**
 * The overhead budget: measuring takes a certain share of the thread's time and no more.
 *
 * Calls of a function are timed at random, with a probability in proportion to how long they take on average; above a
 * certain average, the reach, all are. For a given number of timed calls that is the choice that makes the sums most
 * certain (J. Neyman, J. R. Stat. Soc. 97, 1934, with the mean for the standard deviation), and what it costs depends on
 * how deep calls nest, not on how often they come. So the sites that burn most are demoted and those that are slow enough
 * not to matter never, and one number steers the whole thread: the reach (reach.ts) goes up while measuring has taken more
 * than its share, and down while there is some left.
 *
 * What measuring takes is what `pace[OVERHEAD]` says: the calibrated cost of each timed call, and everything else by the
 * clock, first calls and samples of memory among it, but for failed calls and the journal, which rests so that it takes
 * half as much at most. Counting the calls that are not timed is not in it: that is the price of instrumented
 * code, some nanoseconds a call.
 *
 * Loops go by index: this runs inside of calls, and the iterators of arrays and sets are the program's to replace.
 */
import { type Account, accountOf, type BudgetedSite, COOLING_MS, INTERVAL_MS, rateOf } from './account.ts';
import { NS_PER_MS, now, uptimeMs } from '../platform/clock.ts';
import { Credit } from './credit.ts';
import { OVERHEAD, pace } from '../stack/frames.ts';
import { Reach } from './reach.ts';
import { DEFAULT_SHARE } from './share.ts';

/**
 * Sampled sites that are looked at per millisecond for that: of some thousand each is looked at every few seconds, for a
 * twentieth of the budget.
 */
const LOOKS_PER_MS = 0.25;
/** Of the budget so much is spread evenly over the sampled sites, by what a timed call of theirs has cost lately. */
const EVEN_PART = 0.25;
/** Looks of one kind take so much of what may be spent at most: the more a look takes, the rarer they are. */
export const LOOKING_PART = 0.2;
/** Calls of a site per millisecond that may be timed however many sites there are: one a minute. */
const FLOOR = 1 / 60_000;
/** What a timed call of a rarely seen site costs, in milliseconds, until it is known. */
const TYPICAL_COST_MS = 0.002;
/**
 * It is the mean of so many, the last ones most, and counts as so many times what was known at most: a few that have waited
 * for a processor or a garbage collection are no reason to time hardly any from then on.
 */
const LEARNING_CALLS = 250;
const MOST_LEARNT = 8;
/** Of the calls of a new site one in so many and one is timed at first, where all is overdrawn. */
const FIRST_GAP = 30;
/**
 * A function that is hardly called any more is timed so much more often at most with each look at it: it may only rest,
 * and as many calls as are added up at once would be timed before anybody notices that it does not.
 */
const COOLING = 8;
/** Larger gaps would not be small integers any more. */
const MAX_GAP = 1e7;
/** Changes of a gap smaller than this factor are left for the next time. */
const TOLERANCE = 1.3;

/** Steers the sites of one thread. */
export class Budget {
  private readonly reach: Reach = new Reach();
  private share: number = DEFAULT_SHARE;
  private lastMs: number;
  private lastOverheadMs: number = 0;
  private readonly credit: Credit = new Credit();
  private costMs: number = TYPICAL_COST_MS;
  /** Of what was spent since the last look, what no timed call has cost: first calls, samples of memory. */
  private apartMs: number = 0;
  /** Calls timed since the last look. */
  private timed: number = 0;
  /** Place in `sampled` of the site that is looked at next. */
  private nextLook: number = 0;
  private fresh: Account[] = [];
  /** Sites of which any call was timed between the last two looks: before any is sampled, those among which the budget is spread. */
  private busy: number = 0;
  private sampled: Account[] = [];

  /** @param beganMs - Monotonic milliseconds from which on there is time to be spent. */
  constructor(beganMs: number = 0) {
    this.lastMs = beganMs;
  }

  /** Nothing was measured yet: there is time to be spent from that moment on, in monotonic milliseconds. */
  beginAt(beganMs: number): void {
    this.lastMs = beganMs;
  }

  /** Share of the thread's time; Infinity times every call. */
  get target(): number {
    return this.share;
  }

  /** The same without what is being saved. */
  private get allowance(): number {
    return this.credit.allowedPart * this.share;
  }

  /**
   * How long to wait after what has taken so long, so that it takes that part of what may be spent. Where every call is
   * timed, as by default.
   */
  restMs(tookMs: number, part: number, leastMs: number = 0, mostMs: number = Infinity): number {
    const share = this.share === Infinity ? DEFAULT_SHARE : this.allowance;
    return Math.min(mostMs, Math.max(leastMs, tookMs / (part * share)));
  }

  /** Whether calls of short functions are timed at random. */
  get isSampling(): boolean {
    return this.reach.ns > 0;
  }

  /** Sets the share. */
  configure(share: number): void {
    this.share = share;
    this.reach.reset();
    this.credit.clear();
    // Where every call was timed nobody has looked.
    this.timed = this.apartMs = 0;
    this.sampled.forEach((account) => {
      account.isSampled = account.isListed = false;
      account.site.sample(0);
    });
    this.sampled = [];
  }

  /** A site is called for the first time. */
  welcome(site: BudgetedSite): void {
    if (!site.isExact && this.credit.isOverdrawn(this.share)) site.sample(FIRST_GAP);
  }

  /**
   * A call goes on where another one begins, or may begin: suspended, or in a promise that a function has returned. If it is
   * the first one, nothing is known of it yet, and were the others only counted, it would have to stand for them, though it
   * may take a thousand times as long.
   */
  outlive(site: BudgetedSite): void {
    if (site.account !== undefined || site.meanGap === 0 || this.share === Infinity) return;
    site.sample(0);
  }

  /**
   * The first call has ended of a site that was given a gap before anything was known of it. The gap is shorter if it has
   * taken so long that, called again and again without a pause, it could be timed more often.
   */
  meet(site: BudgetedSite, durationNs: number): void {
    if (site.account !== undefined || site.meanGap === 0 || this.share === Infinity) return;
    const gap = this.gapFor(durationNs, NS_PER_MS / durationNs);
    if (gap < site.meanGap) site.sample(gap);
  }

  /**
   * Calls of a site were timed since the last look.
   *
   * @param weight - For how many they stand.
   * @param totalNs - What all those took.
   */
  touch(site: BudgetedSite, calls: number, weight: number, totalNs: number): void {
    if (this.share === Infinity) return;
    this.timed += calls;
    this.reach.note(weight, totalNs);
    const account = (site.account ??= accountOf(site));
    if (account.isFresh) this.hurry(account);
    else {
      account.isFresh = true;
      this.fresh.push(account);
    }
  }

  /** Timed more than once since the last look: where all is overdrawn, the next one would come late for a new site. */
  private hurry({ site, calls: before, atMs }: Account): void {
    const isKnown = atMs >= 0;
    // First what is at hand: the sums of most functions are in no cache.
    if (this.reach.ns === 0 || site.isExact || (isKnown && site.meanGap > 0)) return;
    const { seen, meanNs } = site.tally;
    const since = seen - before;
    if (meanNs < this.reach.ns && (isKnown || site.meanGap < since)) site.sample(since);
  }

  /** Part of `pace[OVERHEAD]` that is not on the budget: the journal, failed calls. */
  pardon(durationMs: number): void {
    this.lastOverheadMs += durationMs;
  }

  /** Part of it that is, and says nothing of what a timed call costs: a first call, a sample of memory. */
  setApart(durationMs: number): void {
    this.apartMs += durationMs;
  }

  /** Looks at what was spent, where it is time to. Every reading of the sums must be up to date. */
  steer(atMs: number): void {
    const elapsedMs = atMs - this.lastMs;
    if (elapsedMs < INTERVAL_MS) return;
    this.credit.begin(atMs);
    const overheadMs = pace[OVERHEAD] as number;
    const spentMs = overheadMs - this.lastOverheadMs;
    this.lastMs = atMs;
    this.lastOverheadMs = overheadMs;
    if (this.share === Infinity) return;
    const usualMs = this.timed * this.costMs;
    const spent = this.credit.spend(this.share, atMs, elapsedMs, spentMs, usualMs);
    const { fresh } = this;
    this.fresh = [];
    this.busy = fresh.length;
    if (this.timed > 0) {
      const costMs = Math.min(MOST_LEARNT * this.costMs, Math.max(0, spentMs - this.apartMs) / this.timed);
      this.costMs += (this.timed / (this.timed + LEARNING_CALLS)) * (costMs - this.costMs);
    }
    this.timed = this.apartMs = 0;
    this.reach.move(elapsedMs, spent, (this.costMs * NS_PER_MS) / this.share);
    for (let i = 0; i < fresh.length; i++) {
      const account = fresh[i] as Account;
      account.isFresh = false;
      const isKnown = account.atMs >= 0;
      rateOf(account, atMs);
      // How often it is called is not known yet: a gap that it was given stays.
      if (isKnown || account.site.meanGap === 0) this.adjust(account);
      else account.isSampled = true;
      if (!account.isSampled || account.isListed) continue;
      account.isListed = true;
      this.sampled.push(account);
    }
    this.cool(atMs, elapsedMs);
  }

  private cool(atMs: number, elapsedMs: number): void {
    const { sampled } = this;
    for (let looks = Math.min(sampled.length, elapsedMs * LOOKS_PER_MS); looks > 0; looks--) {
      if (this.nextLook >= sampled.length) this.nextLook = 0;
      const account = sampled[this.nextLook++] as Account;
      if (atMs - account.atMs <= COOLING_MS) continue;
      rateOf(account, atMs);
      this.adjust(account, account.site.meanGap / COOLING);
      if (account.isSampled) continue;
      account.isListed = false;
      sampled[--this.nextLook] = sampled[sampled.length - 1] as Account;
      sampled.pop();
    }
  }

  /** Gives a site its gap, of which at least so much is left if it is one that means anything. */
  private adjust(account: Account, least: number = 0): void {
    const { site, rate } = account;
    if (site.isExact) return;
    const wanted = this.gapFor(site.tally.meanNs, rate);
    const gap = least > 1 ? Math.max(wanted, least) : wanted;
    account.isSampled = gap > 0;
    const change = (gap + 1) / (site.meanGap + 1);
    const isClose = change < TOLERANCE && 1 / change < TOLERANCE;
    if (gap === 0 || site.meanGap === 0 || !isClose) site.sample(gap);
  }

  /** The gap of a site whose calls take so long, and of which so many come in a millisecond. */
  private gapFor(meanNs: number, rate: number): number {
    const floor = Math.max(
      FLOOR,
      (this.allowance * EVEN_PART) / (Math.max(1, this.sampled.length, this.busy) * this.costMs),
    );
    // No function takes more than all the time, however long the one call was kept waiting that stands for most.
    const likelyNs = Math.min(meanNs, (this.reach.most * NS_PER_MS) / rate);
    const share = Math.max(likelyNs / this.reach.ns, floor / rate);
    return share < 1 ? Math.min(MAX_GAP, 1 / share - 1) : 0; // a share of Infinity or NaN: all
  }
}

/** The thread's budget: a share of the time since the program began. */
export const budget: Budget = new Budget(now() - uptimeMs());
