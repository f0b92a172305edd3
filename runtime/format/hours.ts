/** Calls by the hour. Pure. */

/** Hours since the epoch, and the calls of that one. */
export type ClosedHour = readonly [hour: number, calls: number];

/** Closed hours kept: those of which some minute may lie within the last 24 hours. */
export const HOURS_KEPT = 25;
