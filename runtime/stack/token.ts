/** What an entry gives to emitted code, in the bits above the place of the frame. */

/** The bits of a token that are the place. Emitted code knows it by their number. */
export const PLACES = 0xf_ffff;
/** The call is timed. */
export const MEASURED: number = 1 << 20;
/** The call is counted, and its value may be a promise. */
export const LOOK: number = 1 << 21;
