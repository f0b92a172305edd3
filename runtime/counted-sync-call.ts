/** A synchronous call that is counted and not timed: its errors and the promise that it may return count all the same. */
import { now } from './clock.ts';
import { type CallSite, CountedCall } from './counted-call.ts';
import { guarded } from './diagnostics.ts';
import { errorText } from './error-text.ts';
import { frameTag, hot, SITE_MASK } from './frames.ts';
import { explainFailures, type FailingSite, forgetFailures, rememberFailure } from './pending.ts';
import { isPromise } from './promise-watch.ts';
import { ERRORS } from './tally.ts';

/** How a call failed. */
export interface Failure {
  readonly known: boolean;
  readonly thrown: unknown;
}

/** A failure of which only the fact is known. */
export const UNKNOWN_FAILURE: Failure = { known: false, thrown: undefined };

/** All sites by their number. */
export const countedSites: (CallSite & FailingSite)[] = [];

/** What stands for every synchronous call that is only counted: whose it is tells the shadow stack. */
export class CountedSyncCall {
  /** As {@link Site.exit}. */
  exit(value?: unknown): void {
    if (hot.pending === 0 && (typeof value !== 'object' || value === null)) hot.depth--;
    else this.exitSlowly(value);
  }

  /** As {@link Site.exitFailed}. */
  exitFailed(thrown: unknown): void {
    guarded(() => this.end({ known: true, thrown }, undefined));
  }

  private exitSlowly(value: unknown): void {
    if (hot.pending === 0 && value !== this && !isPromise(value)) hot.depth--;
    else guarded(() => this.end(value === this ? UNKNOWN_FAILURE : undefined, value));
  }

  private end(failure: Failure | undefined, value: unknown): void {
    if (!failure) forgetFailures();
    const site = countedSites[(frameTag[--hot.depth] as number) & SITE_MASK];
    if (!site) return;
    if (failure) {
      site.tally.bump(ERRORS, 1);
      if (!failure.known) return rememberFailure(site, {});
      const text = errorText(failure.thrown);
      if (text !== undefined) site.tally.setError(text, now());
      explainFailures(failure.thrown);
    } else if (isPromise(value)) CountedCall.follow(site, value);
  }
}

/** The one object for them all. */
export const COUNTED_CALL: CountedSyncCall = new CountedSyncCall();
