/** A duration that is found out again and again, while V8 and the machine change it. */
import { HALF_STEP_NS, pace } from '../stack/frames.ts';

/**
 * By what part of the difference what is known is made less, and by how many nanoseconds it is made more: what was found is
 * more than what a true call takes where it was interrupted, or where V8 has optimised the program and not what finds out.
 */
const LESS = 1 / 4;
const MORE_NS = 0.02;
/** Of so many found first the least is known: the very first may have been interrupted. */
const FIRST = 8;
/** Where the clock goes by steps, by what part of the difference the mean is moved. */
const MEAN_PART = 1 / 128;

/** Nanoseconds. */
export class Learned {
  private times: number = 0;

  /** What is known now, of what was known before and what has been found. */
  next(knownNs: number, foundNs: number): number {
    const moreNs = foundNs - knownNs;
    if ((pace[HALF_STEP_NS] as number) > 0) return knownNs + MEAN_PART * moreNs;
    if (this.times < FIRST) return this.times++ === 0 ? foundNs : Math.min(knownNs, foundNs);
    return knownNs + (moreNs < 0 ? LESS * moreNs : Math.min(MORE_NS, moreNs));
  }
}
