/**
 * What the fast path asks of a site, by the site's number: typed arrays, constants, so that it is found without the site.
 * Of their size only the pages in use take memory.
 */

/** Sites there is room for; of files that come after nothing is measured. */
export const MAX_SITES: number = 1 << 18;
/** No place on the stack: what was never there is not below anything. */
export const NEVER = 0x7fff_ffff;

/** Place on the stack from which an entry leaves the fast path on which every call is timed; 0: always. */
export const limits: Int32Array = new Int32Array(MAX_SITES);
/** Place of the outermost frame known of a site: valid while that frame is below the present one. */
export const outermost: Int32Array = new Int32Array(MAX_SITES);
/** Nanoseconds; a call that takes less is not recorded. */
export const thresholds: Float64Array = new Float64Array(MAX_SITES);
