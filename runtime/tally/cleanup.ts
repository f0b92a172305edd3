/** What the cleanup of old metrics goes by; {@link RecentMetrics.clean} does it. */

/** Age up to which every metric is kept, in milliseconds. */
export const KEEP_MS: number = 24 * 3_600_000;
/** Period of the cleanup, in milliseconds. */
export const CLEANUP_INTERVAL_MS: number = 5 * 60_000;
/** Of so many old metrics one stays. */
export const ONE_OF = 10;
