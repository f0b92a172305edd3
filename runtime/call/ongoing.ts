/** What is going on at this moment, read off the shadow stack and the list of calls in flight. */
import { nowNs, NS_PER_MS } from '../platform/clock.ts';
import { BOTTOM, elapsedNs, SITE_MASK, stack, STRETCH, TIMED_FRAME, topPlace } from '../stack/frames.ts';
import { listInFlight } from '../stack/in-flight.ts';
import { stampNs } from '../stack/stamps.ts';

/** The calls of one site that are going on. */
export interface OngoingCalls {
  /** Synchronous calls, and running stretches of others, on the stack. */
  frames: number;
  /** Those of them that the site does not count in flight itself: the synchronous ones. */
  calls: number;
  /** Monotonic milliseconds; Infinity where it is not known of any when it began. */
  oldestMs: number;
  /** Time since the beginnings of the frames that are timed. */
  runningNs: number;
}

/** By site. */
export type Ongoing = ReadonlyMap<number /* site */, OngoingCalls>;

/** The calls that are going on now. */
export function ongoingCalls(): Ongoing {
  const found = new Map<number, OngoingCalls>();
  const of = (site: number): OngoingCalls => {
    const known = found.get(site) ?? { frames: 0, calls: 0, oldestMs: Infinity, runningNs: 0 };
    found.set(site, known);
    return known;
  };
  const began = (calls: OngoingCalls, ns: number): void => {
    calls.oldestMs = Math.min(calls.oldestMs, ns / NS_PER_MS);
  };
  const atNs = nowNs();
  const top = Math.min(topPlace(), stack.length);
  for (let place = BOTTOM; place < top; place++) {
    const tag = stack[place] as number;
    const known = of(tag & SITE_MASK);
    const isStretch = (tag & STRETCH) !== 0;
    known.frames++;
    if (!isStretch) known.calls++;
    if ((tag & TIMED_FRAME) === 0) continue;
    known.runningNs += Math.max(0, elapsedNs(place, atNs));
    if (!isStretch) began(known, stampNs(place));
  }
  listInFlight((site, beganNs) => began(of(site), beganNs));
  return found;
}
