/* What numbers can be. Any other is none that a runtime has written, whatever the checksum says. */

/** Farthest moment in epoch milliseconds: in nanoseconds, signed ones of 64 bits, it is of the year 2262. */
export const FARTHEST_MS: number = 2 ** 63 / 1e6;

/** Nanoseconds as powers of two: 2^64 ns are 584 years, 2^-64 is far below any clock. */
export const MOST_DOUBLINGS = 64;

/** Largest sum of durations in nanoseconds, and of bytes. */
export const LARGEST_SUM: number = 2 ** MOST_DOUBLINGS;
