/**
 * Timers, by functions captured when this module loads: ours must not be among those of a user's fake ones. Worklets, and
 * engines that have nothing but the language, have none: there what is due is done as calls end.
 */
import { guarded } from './diagnostics.ts';

const {
  setInterval: intervalOf,
  clearInterval: stopInterval,
  setTimeout: timeoutOf,
  setImmediate: immediateOf,
  queueMicrotask: microtaskOf = afterNothing,
}: Partial<typeof globalThis> = globalThis;

/** By a promise's `then`, as it was when this module loaded. */
const thenNothing = Promise.prototype.then.bind(Promise.resolve());

function afterNothing(task: () => void): void {
  void thenNothing(task);
}

/** Calls `task` every `periodMs` without keeping the process alive; the result stops it. */
export function every(periodMs: number, task: () => void): () => void {
  const timer: unknown = unrefed(intervalOf?.(() => guarded(task), periodMs));
  return () => stopInterval?.(timer as NodeJS.Timeout);
}

/** Runs `task` after the microtasks already queued. */
export function soon(task: () => void): void {
  microtaskOf(() => guarded(task));
}

/** Runs `task` in a later turn of the event loop, if there is one: it does not keep the process alive. */
export function later(task: () => void): void {
  const safe = (): void => guarded(task);
  unrefed((immediateOf ?? timeoutOf ?? microtaskOf)(safe));
}

/** Browsers' timers are numbers, and keep nothing alive. */
function unrefed(timer: unknown): unknown {
  if (typeof timer === 'object' && timer !== null) (timer as NodeJS.Timeout).unref();
  return timer;
}
