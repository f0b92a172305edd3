/** Empty calls: what they take is what measuring takes. */
import { setProbe } from '../budget/calibration.ts';
import {
  ALERTS,
  excludeTime,
  hot,
  NEXT_ENTRY,
  parkStack,
  pushCounted,
  SAMPLE,
  stack,
  TOP,
  topPlace,
} from '../stack/frames.ts';
import { noteSettling } from '../stack/in-flight.ts';
import { now } from '../platform/clock.ts';
import { drawGap, drawUniform } from '../platform/random.ts';
import { soon } from '../platform/timers.ts';
import { hasRoom } from '../stack/room.ts';
import { FRAMES, stamp } from '../stack/stamps.ts';
import { Call } from './call.ts';
import { type CallLoad, loadOf, USUAL } from './call-load.ts';
import { CountedCall } from './counted-call.ts';
import { enter, exit } from './entry.ts';
import { learnInner } from './lasting-cost.ts';
import { log, LOG_END } from '../stack/log.ts';
import { DURATION, STRIDE } from '../stack/log-entry.ts';
import { forgetFailures } from './pending.ts';
import { setEmptySample } from '../tally/memory.ts';
import { recent } from '../tally/recent.ts';
import { setCallWarmUp, setSampledWarmUp } from './site.ts';
import { unlistedSite } from './sites.ts';
import { holdJobs } from '../stack/schedule.ts';
import { limits } from '../stack/site-table.ts';
import { skips } from '../stack/skips.ts';
import { enterLaden } from './sync-call.ts';
import { setWarmUp } from './warm-up.ts';
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
  setSampledWarmUp((isFollowed) => {
    const beginMs = now();
    const next = hot[NEXT_ENTRY] as number;
    if (next + STRIDE >= LOG_END || !hasRoom()) return;
    undisturbed(0, () => {
      emptyLastingCall(isFollowed, next);
      if (!isFollowed && untilLearning-- > 0) return;
      untilLearning = drawGap(LEARN_GAP);
      const load = emptyLastingCall(isFollowed, next);
      learnInner(load, log[next + DURATION] as number);
    });
    excludeTime(now() - beginMs);
  });
  setCallWarmUp(() => {
    if (!hasRoom()) return false;
    const next = hot[NEXT_ENTRY] as number;
    undisturbed(0, lastingCalls);
    hot[NEXT_ENTRY] = next;
    return true;
  });
}

/** Of sampled calls that are not followed, before one in so many and one what an empty one takes is found out. */
const LEARN_GAP = 3;
let untilLearning = 0;

/** An empty call that outlives its stack; one that is followed goes on once, or not at all. Returns what it has carried. */
function emptyLastingCall(isFollowed: boolean, next: number): CallLoad {
  const load = { ...USUAL, weight: 2, followed: isFollowed ? 1 : 0 };
  const timing = new Call(TIMED_SITE, load);
  const call = isFollowed ? timing.run() : new CountedCall(TIMED_SITE, false, timing).begin();
  if (isFollowed && drawUniform() < 0.5) call.resume(call.suspend(undefined));
  call.end();
  hot[NEXT_ENTRY] = next;
  return load;
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

/**
 * Calls that outlive their stack, with an `await` and without, and with a promise that is returned. Were these methods called
 * for the first time near the end of the stack, where V8 has no room to parse them, that would throw in place of an `await`:
 * its promise would have no handler, and if it is rejected Node ends the program, which has caught the error.
 */
function lastingCalls(): void {
  const promise = (async () => {})();
  for (let i = 0; i < 2; i++) {
    const begin = (): Call | CountedCall =>
      i === 0 ? new CountedCall(SAMPLED_SITE).begin() : new Call(SAMPLED_SITE, loadOf(undefined, 1, 1)).run();
    const returning = begin();
    returning.resume(returning.suspend(0));
    returning.settle(promise);
    begin().settle(0);
    const failing = begin();
    failing.caught(promise);
    failing.fail(promise);
    failing.end();
  }
  // Those that wait for the promise end behind the calls under way, which they are not to be beside.
  const waiting = { settling: 0 };
  noteSettling(waiting, 2);
  soon(() => noteSettling(waiting, 0));
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
