/** A synchronous call that is counted and not timed: its errors and the promise that it may return count all the same. */
import { now } from './clock.ts';
import { type CallSite, CountedCall } from './counted-call.ts';
import { guarded } from './diagnostics.ts';
import { errorText } from './error-text.ts';
import { DEPTH, frameTag, hot, PENDING, SITE_MASK } from './frames.ts';
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

/** A counted call ends, by its value, which may be a promise, or by an error of which only that is known. */
export function exitCounted(value: unknown, hasFailed: boolean): void {
  if (hot[PENDING] === 0 && !hasFailed && (value === null || !isPromise(value))) (hot[DEPTH] as number)--;
  else endSafely(hasFailed ? UNKNOWN_FAILURE : undefined, value);
}

/** A counted call ends by an error. */
export function failCounted(thrown: unknown): void {
  endSafely({ known: true, thrown }, undefined);
}

/** Apart from its callers: a function that makes a closure allocates for it even where it returns before that. */
function endSafely(failure: Failure | undefined, value: unknown): void {
  guarded(() => end(failure, value));
}

function end(failure: Failure | undefined, value: unknown): void {
  if (!failure) forgetFailures();
  const site = countedSites[(frameTag[--(hot[DEPTH] as number)] as number) & SITE_MASK];
  if (!site) return;
  if (failure) {
    site.tally.bump(ERRORS, 1);
    if (!failure.known) return rememberFailure(site, {});
    const text = errorText(failure.thrown);
    if (text !== undefined) site.tally.setError(text, now());
    explainFailures(failure.thrown);
  } else if (isPromise(value)) CountedCall.follow(site, value);
}
