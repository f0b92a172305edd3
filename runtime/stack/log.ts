/**
 * Timed calls that are not in the sums yet: entries (log-entry.ts), one behind the other. An array that is a constant, so
 * that V8 compiles its address and its length into whoever writes it; recent.ts takes the entries out when it is full.
 */
import { STRIDE } from './log-entry.ts';

/** Place behind the last entry there is room for. */
export const LOG_END: number = 256 * STRIDE;

export const log: Float64Array = new Float64Array(LOG_END);
/** The same memory as 32-bit words. */
export const logWords: Int32Array = new Int32Array(log.buffer);
