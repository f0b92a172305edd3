/**
 * Random gaps between timed calls. Not `Math.random`: a program that is run with a fixed seed must see the same numbers
 * whether it is measured or not.
 *
 * Generator: xorshift, 32 bits (G. Marsaglia, J. Stat. Software 8, 2003).
 */
let state = 0x9e37_79b9;

/** Sets the state of the generator: any number but 0. */
export function seedRandom(seed: number): void {
  state = seed | 1;
}

/** A number between 0 and 1. */
export function drawUniform(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return ((state >>> 0) + 0.5) / 2 ** 32;
}

/** Gaps of a smaller mean are spread as widely as can be. */
const WIDE = 8;
/** No gap is longer. */
const MOST = 0x7fff_ffff;

/**
 * A gap of that mean, from half of it to one and a half. No rhythm in the program can fall in with ours: a gap as wide as
 * it is long on average meets each phase of a rhythm of that length equally often, and the spectrum of such a series is
 * flat to within 1.6 for shorter ones. Independent trials would be quite flat; but of their gaps some are so long that
 * a few timed calls would stand for most: for as certain a mean twice as many would have to be timed.
 */
export function drawGap(mean: number): number {
  const half = mean < WIDE ? mean : mean / 2;
  const gap = mean + half * (2 * drawUniform() - 1) + drawUniform();
  // No function of the language's: this runs inside of calls, and the program may have put another one in its place.
  return gap < MOST ? gap | 0 : MOST;
}
