/** What is going on at this moment, read off the shadow stack. */
import { nowNs, NS_PER_MS } from '../platform/clock.ts';
import { BOTTOM, elapsedNs, SITE_MASK, stack, STRETCH, TIMED_FRAME, topPlace } from '../stack/frames.ts';
import { stampNs } from '../stack/stamps.ts';

/** The calls of one site that are on the stack. */
export interface StackedCalls {
  calls: number;
  /** Monotonic milliseconds; Infinity where the oldest was not timed. */
  oldestMs: number;
  /** Time since the beginnings of those that are timed. */
  runningNs: number;
}

/** Synchronous calls, and running stretches of others, by site. */
export type OnStack = ReadonlyMap<number /* site */, StackedCalls>;

/** The calls on the stack now. */
export function callsOnStack(): OnStack {
  const found = new Map<number, StackedCalls>();
  const atNs = nowNs();
  const top = Math.min(topPlace(), stack.length);
  for (let place = BOTTOM; place < top; place++) {
    const tag = stack[place] as number;
    const site = tag & SITE_MASK;
    const known = found.get(site) ?? { calls: 0, oldestMs: Infinity, runningNs: 0 };
    found.set(site, known);
    // The other calls in flight are counted and dated by the site.
    const isCounted = (tag & TIMED_FRAME) === 0;
    if ((tag & STRETCH) === 0) known.calls++;
    if (isCounted) continue;
    known.runningNs += Math.max(0, elapsedNs(place, atNs));
    if ((tag & STRETCH) === 0) known.oldestMs = Math.min(known.oldestMs, stampNs(place) / NS_PER_MS);
  }
  return found;
}
