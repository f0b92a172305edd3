/** A duration that is found out again and again, while V8 and the machine change it. */
import { HALF_STEP_NS, pace } from '../stack/frames.ts';

/**
 * Steps, in nanoseconds, towards the half of what was found, as some calls are interrupted: larger ones as long as they go the
 * same way, smaller ones where they go to and fro.
 */
const FIRST_STEP = 64;
const LEAST_STEP = 1;
const MOST_STEP = 256;
const LARGER = 1.5;
const SMALLER = 0.5;
/** Where the clock goes by steps, by what part of the difference the mean is moved. */
const MEAN_PART = 1 / 128;

/** Nanoseconds. */
export class Learned {
  private step: number = FIRST_STEP;
  private wasMore: boolean = true;

  /** What is known now, of what was known before and what has been found. */
  next(knownNs: number, foundNs: number): number {
    if ((pace[HALF_STEP_NS] as number) > 0) return knownNs + MEAN_PART * (foundNs - knownNs);
    const isMore = foundNs > knownNs;
    const step = this.step * (isMore === this.wasMore ? LARGER : SMALLER);
    this.step = Math.min(MOST_STEP, Math.max(LEAST_STEP, step));
    this.wasMore = isMore;
    return isMore ? knownNs + this.step : knownNs - this.step;
  }
}
