/**
 * Timers, by functions captured when this module loads: ours must not be among those of a user's fake ones. Worklets, and
 * engines that have nothing but the language, have none: there what is due is done as calls end.
 */
import { guarded } from './diagnostics.ts';
import { globalOf, nodeProcess } from './platform.ts';

const intervalOf = globalOf('setInterval');
const stopInterval = globalOf('clearInterval');
const timeoutOf = globalOf('setTimeout');
/** Edge runtimes have one that throws. */
const immediateOf = nodeProcess && globalOf('setImmediate');
const then = Promise.prototype.then.bind(Promise.resolve());
const microtaskOf: (task: () => void) => void = globalOf('queueMicrotask') ?? ((task) => void then(task));

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
  begin(immediateOf ?? timeoutOf, task);
}

/** The same in one that comes so many milliseconds later. */
export function after(delayMs: number, task: () => void): void {
  begin(timeoutOf, task, delayMs);
}

function begin(
  timerOf: ((task: () => void, delayMs?: number) => unknown) | undefined,
  task: () => void,
  delayMs?: number,
): void {
  const safe = (): void => guarded(task);
  try {
    unrefed((timerOf ?? microtaskOf)(safe, delayMs));
  } catch {
    microtaskOf(safe); // a platform may forbid timers for now
  }
}

/** Browsers' timers are numbers, and keep nothing alive. */
function unrefed(timer: unknown): unknown {
  (timer as { unref?(): void } | undefined)?.unref?.();
  return timer;
}
