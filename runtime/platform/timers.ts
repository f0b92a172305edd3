/**
 * Timers, by functions captured when this module loads: ours must not be among those of a user's fake ones. Worklets, and
 * engines that have nothing but the language, have none: there what is due is done as calls end.
 */
import { guarded } from './diagnostics.ts';
import { globalOf, nodeProcess } from './platform.ts';

/** What takes the platform's functions away, and where it keeps them. */
type Kept = Readonly<Record<string, unknown>>;

interface Zone {
  readonly __symbol__?: (name: string) => string;
}

/**
 * A function of the platform's, also where it is taken already. What is waiting in a zone of Angular's would keep the page from
 * ever being stable; what is waiting on a fake clock is run by the test, without end.
 */
function ownOf<
  Name extends 'setInterval' | 'clearInterval' | 'setTimeout' | 'setImmediate' | 'queueMicrotask',
>(name: Name): (typeof globalThis)[Name] | undefined {
  const found = globalOf(name);
  try {
    const { __symbol__: keyOf } = (globalThis as { readonly Zone?: Zone }).Zone ?? {};
    const ofZone = keyOf && (globalThis as unknown as Kept)[keyOf(name)]; // zone.js
    const ofFakes = (found as { readonly clock?: Kept } | undefined)?.clock?.[`_${name}`]; // Sinon, Jest, Vitest
    const kept = ofZone ?? ofFakes;
    if (typeof kept === 'function') return kept as (typeof globalThis)[Name];
    return found?.name.startsWith('bound #') ? undefined : found; // those of node:test, which tell nobody
  } catch {
    return found;
  }
}

const intervalOf = ownOf('setInterval');
const stopInterval = ownOf('clearInterval');
const timeoutOf = ownOf('setTimeout');
/** Edge runtimes have one that throws. */
const immediateOf = nodeProcess && ownOf('setImmediate');
const microtaskOf: (task: () => void) => void = ownOf('queueMicrotask') ?? microtaskOfPromise();

function microtaskOfPromise(): (task: () => void) => void {
  const then = Promise.prototype.then.bind(Promise.resolve());
  return (task) => void then(task);
}

/** Calls `task` every `periodMs` without keeping the process alive; the result stops it. */
export function every(periodMs: number, task: () => void): () => void {
  const timer: unknown = unrefed(intervalOf?.(() => guarded(task), periodMs));
  leaveContext(timer);
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

/** By what Node 20, and 24, keep in a timer what `AsyncLocalStorage` held as it was made. */
const CONTEXTS = /^k?(?:ResourceStore|AsyncContextFrame)$/;

/** It lives as long as the program, and is not to hold what the first request had stored. */
function leaveContext(timer: unknown): void {
  if (typeof timer !== 'object' || timer === null) return;
  for (const symbol of Object.getOwnPropertySymbols(timer)) {
    if (CONTEXTS.test(symbol.description ?? '')) (timer as Record<symbol, unknown>)[symbol] = undefined;
  }
}
