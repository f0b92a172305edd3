/**
 * Time, read through functions captured when this module loads: a user's fake timers must not reach our numbers,
 * nor our timers theirs.
 */

// Pure: a reader that wants the constants alone is not to load node:perf_hooks.
const performanceNow: () => number = /* @__PURE__ */ bareClock();
const dateNow: () => number = Date.now;

/**
 * What `performance.now` calls once it has looked whether `this` is a performance, for which Node takes 3 ns at each
 * reading: the getter of `performance.nodeTiming.duration`, as that counts from the same moment. Elsewhere `now` itself.
 */
function bareClock(): () => number {
  const usual = performance.now.bind(performance);
  const { nodeTiming } = performance as { nodeTiming?: object };
  const bare = nodeTiming && Object.getOwnPropertyDescriptor(nodeTiming, 'duration')?.get;
  if (!bare) return usual;
  const beforeMs = usual();
  const atMs: unknown = bare.call(undefined);
  return typeof atMs === 'number' && beforeMs <= atMs && atMs <= usual() ? bare : usual;
}

/**
 * Milliseconds of the monotonic clock, fractions included (resolution: nanoseconds in Node). A live binding, so that
 * tests can put a clock of their own here; optimised code calls the target directly, so this costs nothing.
 */
export let now: () => number = performanceNow;

/** Epoch milliseconds. */
export let epochNow: () => number = dateNow;

/** Replaces both clocks (tests); without arguments, restores the real ones. */
export function setClock(monotonic: () => number = performanceNow, epoch: () => number = dateNow): void {
  now = monotonic;
  epochNow = epoch;
}

/** The epoch milliseconds of a moment of the monotonic clock, as the two clocks stand now. */
export function toEpoch(atMs: number): number {
  return epochNow() - now() + atMs;
}

/** Nanoseconds in a millisecond. */
export const NS_PER_MS = 1e6;
/** Milliseconds in an hour. */
export const MS_PER_HOUR = 3_600_000;

const intervalOf: typeof setInterval = setInterval;
const stopInterval: typeof clearInterval = clearInterval;
const microtaskOf: typeof queueMicrotask = queueMicrotask;

/** Calls `task` every `periodMs` without keeping the process alive; the result stops it. */
export function every(periodMs: number, task: () => void): () => void {
  const timer: unknown = unrefed(intervalOf(task, periodMs));
  return () => stopInterval(timer as NodeJS.Timeout);
}

/** Runs `task` after the microtasks already queued. */
export function soon(task: () => void): void {
  microtaskOf(task);
}

const immediateOf: ((task: () => void) => unknown) | undefined =
  typeof setImmediate === 'function' ? setImmediate : undefined;
const timeoutOf: typeof setTimeout = setTimeout;

/** Runs `task` in a later turn of the event loop, if there is one: it does not keep the process alive. */
export function later(task: () => void): void {
  unrefed(immediateOf ? immediateOf(task) : timeoutOf(task, 0));
}

/** Browsers' timers are numbers, and keep nothing alive. */
function unrefed(timer: unknown): unknown {
  if (typeof timer === 'object' && timer !== null) (timer as NodeJS.Timeout).unref();
  return timer;
}
