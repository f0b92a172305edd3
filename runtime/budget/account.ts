/** What the budget knows of one site: how often it is called, and whether its calls are sampled. */

/** A site as far as its share goes. */
export interface BudgetedSite {
  /** Each of its calls is timed. */
  readonly isExact: boolean;
  /** Calls ended or counted so far, and the mean of their durations in nanoseconds: those below a threshold among them. */
  readonly tally: { readonly seen: number; readonly meanNs: number };
  /** Mean number of calls between two timed ones. */
  readonly meanGap: number;
  sample(meanGap: number): void;
  /** What the budget knows of it, from its first timed call on. */
  account: Account | undefined;
}

/** What is known of one site's calls. */
export interface Account {
  readonly site: BudgetedSite;
  /** When it was last looked at, below 0 if never, and its calls then. */
  atMs: number;
  calls: number;
  /** Calls per millisecond: the mean of the last stretch and those before it. */
  rate: number;
  /** It was timed since the last look. */
  isFresh: boolean;
  isSampled: boolean;
  /** It is on the list of sampled sites, from which cooling takes those that are not. */
  isListed: boolean;
}

/** Milliseconds between two looks at what was spent: enough for some hundred timed calls within the budget. */
export const INTERVAL_MS = 2;
/** Least milliseconds between two looks at a site that is sampled and was not timed since. */
export const COOLING_MS = 500;

/** Calls of a hot function are timed so many in a row. */
export const CLUSTER = 8;
/** It is called so often in a millisecond, and takes no longer: else what timing it costs is little beside the call. */
const HOT_RATE = 20;
const SHORT_NS = 2_000;

/**
 * How many calls of a site are timed in a row. Of thousands of calls a single one finds nothing of what timing needs in a cache, so
 * that it takes microseconds, of which some hundred nanoseconds are taken for the call's own; those that come right
 * after it cost a tenth.
 */
export function clusterOf(account: Account | undefined, meanNs: number): number {
  return account !== undefined && account.rate > HOT_RATE && meanNs < SHORT_NS ? CLUSTER : 1;
}

/** The account of a site that was timed for the first time: until now every call of it may have been. */
export function accountOf(site: BudgetedSite): Account {
  const account: Account = {
    site,
    // Fractions, as they become some: see Draws.
    atMs: -0.5,
    calls: 0.5,
    rate: 0.5,
    isFresh: false,
    isSampled: false,
    isListed: false,
  };
  account.calls = site.tally.seen;
  return account;
}

/** Calls of a site per millisecond until a moment, and from there on again: the account is moved there. */
export function rateOf(account: Account, atMs: number): number {
  const { seen: calls } = account.site.tally;
  const elapsedMs = atMs - account.atMs;
  if (account.atMs < 0) account.rate = 0;
  else {
    if (elapsedMs < INTERVAL_MS) return account.rate;
    const rate = (calls - account.calls) / elapsedMs;
    account.rate = elapsedMs > COOLING_MS || account.rate === 0 ? rate : (account.rate + rate) / 2;
  }
  account.atMs = atMs;
  account.calls = calls;
  return account.rate;
}
