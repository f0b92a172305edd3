/** How finely the past is kept, and for how long. Pure. */

/** How long a level's buckets are, and how many of its files are kept. */
export interface Level {
  readonly letter: string;
  readonly widthMs: number;
  /** Time that a file covers. */
  readonly fileMs: number;
  readonly files: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Kept: minutes for an hour at least, hours for two weeks, days for a year. */
export const LEVELS: readonly Level[] = [
  { letter: 'm', widthMs: MINUTE_MS, fileMs: 30 * MINUTE_MS, files: 3 },
  { letter: 'h', widthMs: HOUR_MS, fileMs: 2 * DAY_MS, files: 8 },
  { letter: 'd', widthMs: DAY_MS, fileMs: 365 * DAY_MS, files: 2 },
];
