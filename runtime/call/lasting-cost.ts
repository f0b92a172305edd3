/**
 * What lies between the two readings of the clock of a call that outlives its stack, and is measuring. Where few calls of its
 * function are timed, V8 and the processor are slower at it, and each time that it goes on counts: that is found out by empty
 * calls, just before. One that is not looked at when it runs goes on as those that are counted.
 */
import { Learned } from '../budget/learned.ts';
import { INNER_NS, pace } from '../stack/frames.ts';
import type { CallLoad } from './call-load.ts';

/** Nanoseconds of an empty call; of one that is looked at when it runs, and of each time that this goes on. */
const known = new Float64Array(3);
const learned = Array.from(known, () => new Learned());

/** Nanoseconds that are none of the call's. */
export function innerNsOf(load: CallLoad): number {
  const { weight, followed, resumed, ownNs } = load;
  if (weight === 1) return pace[INNER_NS] as number;
  if (followed === 0) return known[0] as number;
  return (known[1] as number) + resumed * (known[2] as number) + ownNs;
}

/** An empty call was found to last so long beside {@link innerNsOf}; it has gone on once, or never. */
export function learnInner({ followed, resumed }: CallLoad, besideNs: number): void {
  const at = followed > 0 ? 1 + resumed : 0;
  const knownNs = known[at] as number;
  known[at] = Math.max(0, (learned[at] as Learned).next(knownNs, knownNs + besideNs));
}
