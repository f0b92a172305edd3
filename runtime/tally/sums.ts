/**
 * The sums of a tally, by their places. Durations in nanoseconds, memory in bytes. Plain constants, so that the fast path reads
 * by number.
 */

/** Calls timed. */
export const TIMED = 0;
/** Calls that those stand for: each for itself and for the ones that were counted since the last timed one. */
export const WEIGHT = 1;
/** Sum of durations, each as often as its call stands for calls; so are all sums of durations below. */
export const TOTAL = 2;
/** The same as measured, the cost of measuring included. */
export const RAW = 3;
/** The same without calls inside of a call of the same function. */
export const OUTERMOST = 4;
/** Sum of the durations of the calls that this function made. */
export const CHILDREN = 5;
export const MIN = 6;
export const MAX = 7;
export const ERRORS = 8;
export const BELOW_THRESHOLD = 9;
/** Calls counted and not timed because their entry was lost. */
export const UNTIMED = 10;
export const RSS_SAMPLES = 11;
export const RSS_SUM = 12;
export const HEAP_SAMPLES = 13;
export const HEAP_SUM = 14;
export const CPU_SAMPLES = 15;
export const CPU_SUM = 16;
export const CPU_WALL = 17;
/** Of {@link TOTAL}, the part of calls that outlived the stack: async functions, generators, promises returned. */
export const OPEN_TOTAL = 18;
/** Of that, the time that the function was running. */
export const ACTIVE = 19;
/** The same with calls that have not ended: what {@link CHILDREN} is to be taken off. */
export const RUNNING = 20;
/** Of the calls below the threshold, those that were timed; {@link BELOW_THRESHOLD} is what they stand for. */
export const BELOW_TIMED = 21;
/** Of the memory samples, those taken while other calls were in flight. */
export const OVERLAPPING = 22;
/** Sum of the durations of the calls below the threshold. */
export const BELOW_TOTAL = 23;
/** Variance of {@link TOTAL}, square nanoseconds: 0 as long as each call stands for itself. */
export const SPREAD = 24;
/** Of {@link OPEN_TOTAL}, what {@link ACTIVE} is a part of: of calls whose stretches were looked at, each for those it stands for. */
export const FOLLOWED = 25;
/** Of {@link WEIGHT} and {@link TOTAL}, the part of long calls, none of which was left to chance. */
export const LONG = 26;
export const LONG_TOTAL = 27;
/** Variance of {@link CHILDREN}, square nanoseconds: 0 as long as each of those calls stands for itself. */
export const CHILDREN_SPREAD = 28;
/** Variance of {@link TOTAL} where it is left to chance, too, which calls are above a threshold, in square nanoseconds. */
export const CHOSEN_SPREAD = 29;
/** Of {@link OUTERMOST}, what was added while every call was timed; and what it was when that last began. */
export const EXACT_OUTERMOST = 30;
export const EXACT_FROM = 31;
/**
 * Of the cluster of timed calls under way (run.ts): by how much they differ from the mean, and what those of one caller took,
 * each as its weight in the variance tells; how many they are, and that caller. How many clusters there have been.
 */
export const CLUSTER_DEVIATION = 32;
export const CLUSTER_MADE = 33;
export const CLUSTER_CALLS = 34;
export const CLUSTER_CALLER = 35;
export const CLUSTERS = 36;
/**
 * By bursts (bursts.ts): nanoseconds in the function itself, the sum of the squares of what each burst has added, and what there was
 * of it before the first burst.
 */
export const BURST_SELF = 37;
export const BURST_SELF_SQUARES = 38;
export const BEFORE_SELF = 39;
/** The same with all that it has called. */
export const BURST_ALL = 40;
export const BURST_ALL_SQUARES = 41;
export const BEFORE_ALL = 42;
/** How many there are. */
export const SUMS = 43;
