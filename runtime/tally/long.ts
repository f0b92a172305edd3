/** What a long call is (call/long-calls.ts). */
import { NS_PER_MS } from '../platform/clock.ts';

/** Milliseconds between two looks at the stack at least. */
export const PERIOD_MS = 2;
/** So many milliseconds lie at least between the first look that meets a long call and the last one. */
export const SPAN_MS = 4;
/** Nanoseconds that it takes, as far as the budget goes by it: it need not be drawn. */
export const LONG_NS: number = (SPAN_MS + PERIOD_MS) * NS_PER_MS;
