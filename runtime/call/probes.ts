/** Empty calls: what they take is what measuring takes. */
import { setProbe } from '../budget/calibration.ts';
import { ALERTS, hot, parkStack, pushCounted, SAMPLE, stack, TOP, topPlace } from '../stack/frames.ts';
import { FRAMES, stamp } from '../stack/stamps.ts';
import { enter, exit } from './entry.ts';
import { forgetFailures } from './pending.ts';
import { setEmptySample } from '../tally/memory.ts';
import { recent } from '../tally/recent.ts';
import { unlistedSite } from './sites.ts';
import { holdJobs } from '../stack/schedule.ts';
import { limits } from '../stack/site-table.ts';
import { skips } from '../stack/skips.ts';
import { enterLaden, setWarmUp } from './sync-call.ts';
import { MEASURED } from '../stack/token.ts';

/** Sites that no list knows. The second one's call is under its threshold, and so leaves no entry in the log. */
const TIMED_SITE = unlistedSite({});
const SAMPLED_SITE = unlistedSite({ threshold: Infinity });

/** Tells what measures itself what to repeat. */
export function installProbes(): void {
  setProbe((calls) => undisturbed(0, () => timedCalls(calls)));
  setWarmUp(exit);
  setEmptySample(() => undisturbed(SAMPLE, callWithSample));
  recent.warmUp(TIMED_SITE.number);
  undisturbed(0, countedFailure);
}

/** By the fast path, whatever else is the case. */
function timedCalls(calls: number): void {
  limits[TIMED_SITE.number] = FRAMES;
  skips[TIMED_SITE.number] = 0; // also while stopped
  for (let i = 0; i < calls; i++) exit(~enter(TIMED_SITE.number, 0));
}

/** A counted call that fails, for the same reason as {@link recent.warmUp}: its first one may come at the end of the stack. */
function countedFailure(): void {
  exit(pushCounted(TIMED_SITE.number));
  forgetFailures();
}

/** One empty call with a memory sample. */
function callWithSample(): void {
  const place = pushCounted(SAMPLED_SITE.number);
  enterLaden(SAMPLED_SITE, place, undefined);
  stamp(place);
  exit(~(place | MEASURED));
}

/** While nothing is due and no other alert is raised. */
function undisturbed(alerts: number, call: () => void): void {
  const raised = hot[ALERTS] as number;
  const top = stack[TOP] as number;
  holdJobs(() => {
    hot[ALERTS] = alerts;
    const place = topPlace();
    // Perhaps those of failed calls, whose error is on its way.
    const tag = stack[place] as number;
    const tagAbove = stack[place + 1] as number;
    stack[place] = TIMED_SITE.number; // the caller: what an empty call takes is not taken off the program's
    stack[TOP] = place + 1;
    try {
      call();
    } finally {
      stack[place] = tag;
      stack[place + 1] = tagAbove;
      stack[TOP] = place;
      if (top !== place) parkStack();
      hot[ALERTS] = raised;
    }
  });
}
