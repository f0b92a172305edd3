/** Timers, by functions captured when this module loads: ours must not be among those of a user's fake ones. */
import { guarded } from './diagnostics.ts';

const intervalOf: typeof setInterval = setInterval;
const stopInterval: typeof clearInterval = clearInterval;
const microtaskOf: typeof queueMicrotask = queueMicrotask;

/** Calls `task` every `periodMs` without keeping the process alive; the result stops it. */
export function every(periodMs: number, task: () => void): () => void {
  const timer: unknown = unrefed(intervalOf(() => guarded(task), periodMs));
  return () => stopInterval(timer as NodeJS.Timeout);
}

/** Runs `task` after the microtasks already queued. */
export function soon(task: () => void): void {
  microtaskOf(() => guarded(task));
}

const immediateOf: ((task: () => void) => unknown) | undefined =
  typeof setImmediate === 'function' ? setImmediate : undefined;
const timeoutOf: typeof setTimeout = setTimeout;

/** Runs `task` in a later turn of the event loop, if there is one: it does not keep the process alive. */
export function later(task: () => void): void {
  const safe = (): void => guarded(task);
  unrefed(immediateOf ? immediateOf(safe) : timeoutOf(safe, 0));
}

/** Browsers' timers are numbers, and keep nothing alive. */
function unrefed(timer: unknown): unknown {
  if (typeof timer === 'object' && timer !== null) (timer as NodeJS.Timeout).unref();
  return timer;
}
