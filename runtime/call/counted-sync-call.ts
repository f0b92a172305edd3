/** A synchronous call that is counted and not timed: its errors and the promise that it may return count all the same. */
import { now } from '../platform/clock.ts';
import { CountedCall } from './counted-call.ts';
import { guarded } from '../platform/diagnostics.ts';
import { errorText } from './error-text.ts';
import { isRaised, SITE_MASK, stack, STOPPED, TOP } from '../stack/frames.ts';
import { explainFailures, forgetFailures, rememberFailure } from './pending.ts';
import { numbered, type Site } from './site.ts';
import { lookAlways } from '../stack/skips.ts';
import { ERRORS } from '../tally/sums.ts';

/** A counted call has returned a promise. */
export function endCounted(place: number, value: Promise<unknown>): void {
  const site = siteAt(place);
  guarded(() => {
    forgetFailures();
    if (!site) return;
    lookAlways(site.number);
    CountedCall.follow(site, value);
  });
}

/** A counted call ends by an error of which only that is known. */
export function failCounted(place: number): void {
  const site = siteAt(place);
  stack[TOP] = place;
  if (!site) return;
  guarded(() => {
    site.tally.bump(ERRORS, 1);
    rememberFailure(site, {}, place);
  });
}

/** The same by an error that is known. */
export function failKnown(place: number, thrown: unknown): void {
  const site = siteAt(place);
  guarded(() => {
    explainFailures(thrown); // first: who has failed before is told from the top of the stack
    const text = errorText(thrown);
    site?.tally.bump(ERRORS, 1);
    if (text !== undefined) site?.tally.setError(text, now());
  });
  stack[TOP] = place;
}

function siteAt(place: number): Site | undefined {
  return isRaised(STOPPED) ? undefined : numbered[(stack[place] as number) & SITE_MASK];
}
