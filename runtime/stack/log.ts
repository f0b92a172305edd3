/**
 * Timed calls that are not in the sums yet: entries (log-entry.ts), one behind the other. An array that is a constant, so
 * that V8 compiles its address and its length into whoever writes it; recent.ts takes the entries out when it is full.
 */
import { STRIDE } from './log-entry.ts';

/** Place from which on it is full. */
export const LOG_END: number = 256 * STRIDE;
/**
 * Place behind the last entry there is room for: calls that end at the end of the stack, where nothing is left to take
 * entries out, are noted until something is. Of the rest no page of memory is in use.
 */
export const LOG_LIMIT: number = 64 * LOG_END;

export const log: Float64Array = new Float64Array(LOG_LIMIT);
/** The same memory as 32-bit words. */
export const logWords: Int32Array = new Int32Array(log.buffer);
