/** What an entry gives to emitted code, in the bits above the place of the frame. */

/** The bits of a token that are the place. */
export const PLACE_BITS = 27;
export const PLACES: number = (1 << PLACE_BITS) - 1;
/** The call is counted, and timed as the outermost one of a recursion. With {@link MEASURED}, so that its beginning is read. */
export const OUTERMOST_CALL: number = 1 << PLACE_BITS;
/** The call is counted, and its value may be a promise. */
export const LOOK: number = 1 << (PLACE_BITS + 1);
/** The bits below that of {@link MEASURED}, the highest one. */
export const MEASURED_BIT: number = PLACE_BITS + 2;
/** The call is timed. */
export const MEASURED: number = 1 << MEASURED_BIT;
