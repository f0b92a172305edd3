/**
 * What lies between the two readings of the clock of a call that outlives its stack, and is measuring. Where few calls of its
 * function are timed, V8 and the processor are slower at it, and each time that it goes on counts: that is found out by empty
 * calls, just before.
 */
import { Learned } from '../budget/learned.ts';
import { INNER_NS, pace } from '../stack/frames.ts';
import type { CallLoad } from './call-load.ts';

/** Nanoseconds of an empty call, and of each time that it goes on; the same of one that is looked at when it runs. */
const known = new Float64Array(4);
const learned = Array.from(known, () => new Learned());

/** Nanoseconds that are none of the call's. */
export function innerNsOf(load: CallLoad): number {
  const { weight, followed, resumed, ownNs } = load;
  if (weight === 1) return (pace[INNER_NS] as number) + ownNs;
  const at = followed > 0 ? 2 : 0;
  return (known[at] as number) + resumed * (known[at + 1] as number) + ownNs;
}

/** An empty call was found to last so long beside {@link innerNsOf}; it has gone on once, or never. */
export function learnInner({ followed, resumed }: CallLoad, besideNs: number): void {
  const at = (followed > 0 ? 2 : 0) + resumed;
  const knownNs = known[at] as number;
  known[at] = Math.max(0, (learned[at] as Learned).next(knownNs, knownNs + besideNs));
}
