/**
 * A timed call as it is noted: {@link STRIDE} doubles, the first of them two 32-bit words.
 *
 * The first word is the number of the site, complemented (`~site`) for a call that failed. The second one links the call
 * to others: the number of the site that called it, or {@link NO_CALLER}, and flags.
 */

/** Doubles to an entry. */
export const STRIDE = 5;
/** Place of the second word, in words; the others in doubles. */
export const LINK = 1;
/** Nanoseconds of program time: what measuring took is taken off. */
export const DURATION = 1;
/** Nanoseconds between the two readings of the clock. */
export const RAW_DURATION = 2;
/** Monotonic nanoseconds at which the call ended. */
export const END_AT = 3;
/** How many calls it stands for, where the link says {@link WEIGHTED}. */
export const WEIGHT_OF = 4;

/** Flags of a link. */
export const INNER_CALL: number = 1 << 24;
export const WEIGHTED: number = 1 << 25;
/** The call has outlived its stack. */
export const OPEN_CALL: number = 1 << 26;
/** A long call, which stands for itself though others of its function stand for several. */
export const LONG_CALL: number = 1 << 27;
/** The link of a call that nobody's call made, in front of its flags. */
export const NO_CALLER: number = 1 << 31;
