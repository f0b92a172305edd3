/**
 * Before a sampled call, one of thousands, what lies between a call's two readings of the clock is done for nothing: it would
 * lie in no cache any more, and V8 would compile it just then; both would be taken for the call's own.
 */
import { Learned } from '../budget/learned.ts';
import { nowNs, ticks } from '../platform/clock.ts';
import { drawGap } from '../platform/random.ts';
import { HALF_STEP_NS, INNER_NS, pace, SAMPLED_INNER_NS, stack, TOP } from '../stack/frames.ts';
import { END, stampNs, stamps } from '../stack/stamps.ts';
import { LOOK } from '../stack/token.ts';

let warmUpExit: ((token: number) => void) | undefined;

/** Sets the end of a call by which the code of a sampled one is warmed up. */
export function setWarmUp(exit: (token: number) => void): void {
  warmUpExit = exit;
}

/** So often is the clock read before the first sampled calls: by then V8 has compiled what reads it. Each time some 30 us. */
const READINGS = 8192;
const READINGS_AT_ONCE = 1024;
/**
 * V8 decides to compile a function as it returns, and does so where it is next called. What has taken longer than so many
 * nanoseconds to return is called again, at most so many times.
 */
const RETURN_NS = 300;
const MOST_RETURNS = 3;
/** Of sampled calls, before one in so many and one what an empty one takes is found out. */
const LEARN_GAP = 7;
let readings = READINGS;
let untilLearning = 0;
const learned = new Learned();

/** @param place - The call's, whose frame is on the stack. */
export function warmUp(place: number): void {
  if (!warmUpExit) return;
  try {
    for (let i = 0; i < READINGS_AT_ONCE && readings > 0; i++, readings--) ticks();
    emptyCall(place, warmUpExit);
    if (untilLearning-- <= 0) {
      untilLearning = drawGap(LEARN_GAP);
      learn(emptyCall(place, warmUpExit));
    }
    for (let i = 0; i < MOST_RETURNS && nowNs() - stampNs(END) > RETURN_NS; i++) emptyCall(place, warmUpExit);
  } catch {
    // no stack left for it: the true call may need less
  }
  stack[TOP] = place + 1;
}

function learn(foundNs: number): void {
  const innerNs = pace[INNER_NS] as number;
  const sampledNs = pace[SAMPLED_INNER_NS] as number;
  const nextNs = learned.next(sampledNs < innerNs ? innerNs : sampledNs, foundNs);
  pace[SAMPLED_INNER_NS] = pace[HALF_STEP_NS] === 0 ? nextNs : Math.min(nextNs, 2 * innerNs);
}

/** Returns what lay between its two readings of the clock, in nanoseconds. Ends like a counted call: that does nothing more. */
function emptyCall(place: number, exit: (token: number) => void): number {
  stamps[place] = ticks(); // here, as an entry does it
  exit(~(place | LOOK));
  return stampNs(END) - stampNs(place);
}
