/** By which a confidence interval is wider than its standard deviation. Pure. */

/**
 * The normal distribution's quantile that bounds 97 % from both sides: of durations as skewed as those of functions are
 * (test/runtime/margin.test.ts), 95 % of the intervals hold the true mean then.
 */
export const Z = 2.170_09;

/** Student's quantile for {@link Z} (M. Abramowitz, I. A. Stegun, Handbook of Mathematical Functions, 26.7.5). */
export function studentOf(freedom: number): number {
  const first = (Z ** 3 + Z) / 4;
  const second = (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / 96;
  const third = (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / 384;
  return Z + first / freedom + second / freedom ** 2 + third / freedom ** 3;
}
