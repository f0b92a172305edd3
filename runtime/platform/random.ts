/**
 * Random gaps between timed calls. Not `Math.random`: a program that is run with a fixed seed must see the same numbers
 * whether it is measured or not.
 *
 * Generator: xorshift, 32 bits (G. Marsaglia, J. Stat. Software 8, 2003).
 */
let state = 0x9e37_79b9;

/** Sets the state of the generator: any number but 0. */
export function seedRandom(seed: number): void {
  state = Math.trunc(seed) | 1;
}

/**
 * A gap of that mean: the number of failures before the first success of independent trials. Chosen like that each call
 * is timed with the same probability whatever came before, so no rhythm in the program can fall in with ours.
 */
export function drawGap(mean: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  const uniform = ((state >>> 0) + 0.5) / 2 ** 32;
  return Math.floor(Math.log(uniform) / -Math.log1p(1 / mean));
}
