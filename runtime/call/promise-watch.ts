/**
 * Learns when a promise settles without touching it: `then` would mark it as handled, and the user's
 * `unhandledRejection` would be gone. See README.md, "A promise that is only watched".
 *
 * V8's promise hook fires when a promise is about to be resolved or rejected, before its state changes, and may fire
 * for a promise that thereby only begins to follow another. So the moment is noted in the hook and the state looked
 * at later (promise-look.ts): still pending means that a later event will tell.
 *
 * Looking is what takes the time. So promises are looked at together, and most of them once: one that is expected to be pending is given time to settle before anybody looks whether it is.
 */
import { countWatching } from '../budget/usage.ts';
import { now } from '../platform/clock.ts';
import { after, later, soon } from '../platform/timers.ts';
import { builtin, nodeProcess } from '../platform/platform.ts';
import { guarded } from '../platform/diagnostics.ts';
import { canLook, type Look, lookAt } from './promise-look.ts';
import { OVERHEAD, pace } from '../stack/frames.ts';
import { holdJobs } from '../stack/schedule.ts';
import {
  type InFlight,
  noteSettling,
  othersInFlight,
  othersInFlightNow,
  setVerifier,
} from '../stack/in-flight.ts';

/** Told once, when the promise has settled. */
export interface SettleListener {
  /**
   * @param atMs - Monotonic milliseconds at which the promise settled.
   * @param message - The reason's text, where the promise was rejected and the text could be found.
   * @param overlaps - Other calls were in flight then, where that is known.
   */
  settled(atMs: number, ok: boolean, message: string | undefined, overlaps?: boolean): void;
  /** It asks whether others are in flight then. */
  readonly isSampled?: boolean;
}

/** Who has returned a promise, as far as that tells what to expect of the next one. */
type PromiseSource = Pick<InFlight, 'pendingInRow'>;

interface Watch {
  /** Its promise has not settled, as far as is known, and is not lost. */
  isOpen: boolean;
  lastEventMs: number;
  /** Other calls were in flight at that event. */
  overlaps?: boolean;
  /** Listeners whose call has ended, if that event was the settlement. */
  settling: number;
  /** Whether it was pending as it was returned is known. */
  isKnown: boolean;
  /** It is told where the promise is lost. */
  isListed: boolean;
  readonly source: PromiseSource;
  readonly listeners: SettleListener[];
  /** When each has got the promise, in monotonic milliseconds: it may have settled before. */
  readonly returnedMs: number[];
}

/** After so many of one kind the next one is expected to be of it. */
const MANY_IN_ROW = 3;
/** Milliseconds that a promise has to settle, and that one which has may wait for others: nobody has asked for it yet. */
const PATIENCE_MS = 50;
/** So many do not wait: each is held meanwhile, and what is in it. Of those that are expected to be pending more do. */
const MANY = 64;
const MOST_EXPECTED = 1024;

/** Asked for with the first promise that is watched: Node loads its streams with it. */
let hooks: NonNullable<ReturnType<typeof builtin<'node:v8'>>>['promiseHooks'] | undefined;
/** Bun has the hooks, and never calls them. */
const isDeaf = 'bun' in (nodeProcess?.versions ?? {});

/** The methods of our maps, whatever a program puts in their place: all of its promises pass here. */
const { get, set, delete: remove, forEach } = Map.prototype;
const { get: getWeakly, set: setWeakly, delete: removeWeakly } = WeakMap.prototype;
const { assign } = Object;

/** Those that were pending when they were looked at. Weak: a promise that is lost must not stay for our sake. */
const pending = assign(new WeakMap<object, Watch>(), {
  get: getWeakly,
  set: setWeakly,
  delete: removeWeakly,
});
/** Made with the first promise that is watched: not every platform that has none of the hooks has this. */
let lost: FinalizationRegistry<Watch> | undefined;
/** Watches that are open. */
let open = 0;
/**
 * Watches whose promise is to be looked at, and those whose promise is expected to be pending. Other maps for the next ones:
 * what has been in one that stays, V8 lets go of in collections of all that there is alone.
 */
let due = newWatches();
let expected = newWatches();
/** Under way: `inspect` may run code of the program's, which may ask for a look or be watched itself. */
let isLooking = false;
/** A later turn looks at what is due. */
let isTurnSet = false;
/** So does a microtask. */
let isMicrotaskSet = false;
/** Until then, in monotonic milliseconds, one looks at all, if it comes: a timer may be lost (startup snapshots). */
let timeSetMs = -Infinity;
let stopHook: (() => void) | undefined;

function newWatches(): Map<Promise<unknown>, Watch> {
  return assign(new Map<Promise<unknown>, Watch>(), { get, set, delete: remove, forEach });
}

function watchOf(promise: Promise<unknown>): Watch | undefined {
  return due.get(promise) ?? expected.get(promise) ?? pending.get(promise);
}

/**
 * Tells the listener when the promise has settled. Marks nothing as handled.
 *
 * @param returnedMs - Monotonic milliseconds, told for a promise that had settled already.
 * @param source - Whose promise it is.
 * @returns False where the platform has no means to watch.
 */
export function watch(
  promise: Promise<unknown>,
  returnedMs: number,
  listener: SettleListener,
  source: PromiseSource,
): boolean {
  if (!isDeaf) hooks ??= builtin('node:v8')?.promiseHooks;
  if (!hooks || !canLook) return false;
  const beginMs = now();
  const overheadMs = pace[OVERHEAD] as number;
  const known = watchOf(promise);
  if (known?.isOpen) {
    known.listeners[known.listeners.length] = listener;
    known.returnedMs[known.returnedMs.length] = returnedMs;
    if (known.settling > 0) noteSettling(known, known.listeners.length);
    return true;
  }
  const watched: Watch = {
    isOpen: true,
    lastEventMs: returnedMs,
    settling: 0,
    isKnown: false,
    isListed: false,
    source,
    listeners: [listener],
    returnedMs: [returnedMs],
  };
  open++;
  stopHook ??= hooks.onSettled(onEvent) as () => void;
  const { pendingInRow } = source;
  const isExpected = pendingInRow >= MANY_IN_ROW && listener.isSampled !== true;
  (isExpected ? expected : due).set(promise, watched);
  verifyInTime(beginMs);
  if (listener.isSampled === true || Math.abs(pendingInRow) < MANY_IN_ROW) verifyNextTurn();
  // The job, or the chain of microtasks, may go on for long.
  if (expected.size >= MOST_EXPECTED) holdJobs(verifyPromises);
  else if (due.size >= MANY) holdJobs(verifyDue);
  countWatching(beginMs, overheadMs);
  return true;
}

function learn(watched: Watch, isPending: boolean): void {
  if (watched.isKnown) return;
  watched.isKnown = true;
  const { source } = watched;
  const { pendingInRow } = source;
  source.pendingInRow = isPending ? Math.max(0, pendingInRow) + 1 : Math.min(0, pendingInRow) - 1;
}

/** Each promise of the process that settles. What is thrown here would end it. */
function onEvent(promise: Promise<unknown>): void {
  const watched = watchOf(promise);
  if (watched?.isOpen === true) guarded(() => noteEvent(promise, watched));
}

function noteEvent(promise: Promise<unknown>, watched: Watch): void {
  const { listeners } = watched;
  const beginMs = (watched.lastEventMs = now());
  const overheadMs = pace[OVERHEAD] as number;
  learn(watched, true);
  noteSettling(watched, listeners.length);
  let isSampled = false;
  for (let i = 0; i < listeners.length; i++) isSampled ||= listeners[i]?.isSampled === true;
  watched.overlaps = isSampled ? othersInFlightNow() : othersInFlight();
  noteSettling(watched, listeners.length);
  expected.delete(promise);
  verifySoon(promise, watched, beginMs);
  countWatching(beginMs, overheadMs);
}

/** With others: they may be many. */
function verifySoon(promise: Promise<unknown>, watched: Watch, nowMs: number): void {
  due.set(promise, watched);
  verifyInTime(nowMs);
  if (due.size < MANY || isMicrotaskSet) return;
  isMicrotaskSet = true;
  soon(() => {
    isMicrotaskSet = false;
    verifyTimely(verifyDue);
  });
}

/** Of a program that waits there is none before its own next event: a timer wakes it up, {@link verifyInTime}. */
function verifyNextTurn(): void {
  if (isTurnSet) return;
  isTurnSet = true;
  later(() => verifyTimely(verifyDue));
}

function verifyInTime(nowMs: number): void {
  if (nowMs < timeSetMs) return;
  timeSetMs = nowMs + PATIENCE_MS;
  after(PATIENCE_MS, () => {
    timeSetMs = -Infinity;
    if (open === 0) rest();
    else verifyTimely(verifyPromises);
  });
}

function verifyTimely(verifySome: () => void): void {
  const beginMs = now();
  const overheadMs = pace[OVERHEAD] as number;
  verifySome();
  if (open === 0) verifyInTime(beginMs);
  countWatching(beginMs, overheadMs);
}

/** Ends the calls whose promise has settled. Whatever reads open calls does this first. */
export function verifyPromises(): void {
  const those = expected;
  if (those.size > 0) expected = newWatches();
  those.forEach((watched, promise) => due.set(promise, watched));
  verifyDue();
}

/** Within a call: nothing else is done meanwhile. Of many that are expected to be in flight some surely are. */
setVerifier(() => {
  if (expected.size < MANY) holdJobs(verifyPromises);
});

/** By index: the methods of arrays are the program's to replace. */
function verifyDue(): void {
  isTurnSet = false;
  if (due.size === 0 || isLooking) return;
  const promises: Promise<unknown>[] = [];
  const watches: Watch[] = [];
  due.forEach((watched, promise) => {
    promises[promises.length] = promise;
    watches[watches.length] = watched;
    noteSettling(watched, 0);
  });
  isLooking = true;
  try {
    const looks = lookAt(promises);
    // Until here each can be found: one that is returned again meanwhile must not be watched twice.
    if (due.size === promises.length) due = newWatches();
    for (let i = 0; i < looks.length; i++) {
      const promise = promises[i] as Promise<unknown>;
      due.delete(promise);
      verify(promise, watches[i] as Watch, looks[i] as Look);
    }
  } finally {
    isLooking = false;
  }
}

function verify(promise: Promise<unknown>, watched: Watch, { state, message }: Look): void {
  const { isListed, lastEventMs, listeners } = watched;
  if (!watched.isOpen) return;
  learn(watched, state === 'pending');
  if (state === 'pending' && watched.settling > 0) {
    verifySoon(promise, watched, lastEventMs); // it was heard of while it was looked at
    return;
  }
  if (state === 'pending') {
    // From here on nothing holds it but the program.
    if (!isListed) listLost(promise, watched);
    watched.isListed = true;
    return;
  }
  close(watched);
  if (isListed) {
    // V8 gives back neither of these but in collections of all that there is: a server would hold every promise until then.
    pending.delete(promise);
    lost?.unregister(watched);
  }
  for (let i = 0; i < listeners.length; i++) {
    const atMs = Math.max(lastEventMs, watched.returnedMs[i] as number);
    listeners[i]?.settled(atMs, state === 'fulfilled', message, watched.overlaps);
  }
}

function close(watched: Watch): void {
  if (watched.isOpen) open--;
  watched.isOpen = false;
}

function listLost(promise: Promise<unknown>, watched: Watch): void {
  pending.set(promise, watched);
  lost ??= new FinalizationRegistry((gone) => {
    close(gone);
    rest();
  });
  lost.register(promise, watched, watched);
}

/** The hook slows every promise of the process a little, so it is there only while a promise is watched, and a while longer. */
function rest(): void {
  if (open > 0) return;
  stopHook?.();
  stopHook = undefined;
}
