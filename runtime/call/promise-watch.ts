/**
 * Learns when a promise settles without touching it: `then` would mark it as handled, and the user's
 * `unhandledRejection` would be gone. See README.md, "A promise that is only watched".
 *
 * V8's promise hook fires when a promise is about to be resolved or rejected, before its state changes, and may fire
 * for a promise that thereby only begins to follow another. So the moment is noted in the hook and the state looked
 * at in a later turn: still pending means that a later event will tell. Not earlier, because looking formats the stack
 * of a rejection's error, and Node would then report it, if nobody handles it, by another line.
 */
import { countWatching } from '../budget/usage.ts';
import { now } from '../platform/clock.ts';
import { later } from '../platform/timers.ts';
import { builtin, nodeProcess } from '../platform/platform.ts';
import { errorText } from './error-text.ts';
import { noteSettling, othersInFlight } from '../stack/in-flight.ts';

/** Told once, when the promise has settled. */
export interface SettleListener {
  /**
   * @param atMs - Monotonic milliseconds at which the promise settled.
   * @param message - The reason's text, where the promise was rejected and the text could be found.
   * @param overlaps - Other calls were in flight then, where that is known.
   */
  settled(atMs: number, ok: boolean, message: string | undefined, overlaps?: boolean): void;
}

interface Watch {
  /** Its promise has not settled, as far as is known, and is not lost. */
  isOpen: boolean;
  lastEventMs: number;
  /** Other calls were in flight at that event. */
  overlaps?: boolean;
  /** Listeners whose call has ended, if that event was the settlement. */
  settling: number;
  /** It is told where the promise is lost. */
  isListed: boolean;
  readonly listeners: SettleListener[];
}

const util = builtin('node:util');
/** Asked for with the first promise that is watched: Node loads its streams with it. */
let hooks: NonNullable<ReturnType<typeof builtin<'node:v8'>>>['promiseHooks'] | undefined;
/** Bun has the hooks, and never calls them. */
const isDeaf = 'bun' in (nodeProcess?.versions ?? {});
const inspect = util?.inspect;
const promisePrototype: object = Promise.prototype;
const promiseThen = Promise.prototype.then;
/** One that was put in its place before us is the program's. */
const isThenNative = /\[native code\]\s*\}\s*$/.test(Function.prototype.toString.call(promiseThen));
const { getOwnPropertyDescriptor, getPrototypeOf } = Object;

/**
 * Whether the value is a native promise (a subclass's too), asked without springing a proxy's traps. In Node 9 ns for
 * an object. In browsers nothing can be asked in that way of an unknown object, so no promise is recognised there.
 */
export const isPromise: (value: unknown) => value is Promise<unknown> =
  util?.types.isPromise ?? ((_value): _value is Promise<unknown> => false);

/**
 * Whether the value is a promise whose `then` is the language's own, so that calling that runs no user code. Where the
 * platform cannot recognise a promise, the prototype alone decides.
 */
export function isPlainPromise(value: unknown): value is Promise<unknown> {
  if (!isThenNative || typeof value !== 'object' || value === null || (util && !isPromise(value)))
    return false;
  return (
    getPrototypeOf(value) === promisePrototype &&
    !getOwnPropertyDescriptor(value, 'then') &&
    !getOwnPropertyDescriptor(value, 'constructor')
  );
}

/** `then` as it was when this module was loaded. Marks the promise as handled. */
export function observe(promise: Promise<unknown>, ok: () => void, failed: (reason: unknown) => void): void {
  promiseThen.call(promise, ok, failed);
}

// Weak: a promise that is lost unsettled must not stay for our sake.
const watches = new WeakMap<object, Watch>();
/** Made with the first promise that is watched: not every platform that has none of the hooks has this. */
let lost: FinalizationRegistry<Watch> | undefined;
/** Watches that are open. */
let open = 0;
/**
 * Watches whose promise may have settled. Another one for each turn: what has been in one that stays, V8 lets go of in
 * collections of all that there is alone.
 */
let unverified: Map<Promise<unknown>, Watch> | undefined;
let stopHook: (() => void) | undefined;

/**
 * Tells the listener when the promise has settled. Marks nothing as handled.
 *
 * @param returnedMs - Monotonic milliseconds, told for a promise that had settled already.
 * @returns False where the platform has no means to watch.
 */
export function watch(promise: Promise<unknown>, returnedMs: number, listener: SettleListener): boolean {
  if (!isDeaf) hooks ??= builtin('node:v8')?.promiseHooks;
  if (!hooks || !inspect) return false;
  const beginMs = now();
  const known = watches.get(promise);
  if (known?.isOpen) {
    known.listeners.push(listener);
    return true;
  }
  const watched: Watch = {
    isOpen: true,
    lastEventMs: returnedMs,
    settling: 0,
    isListed: false,
    listeners: [listener],
  };
  watches.set(promise, watched);
  open++;
  stopHook ??= hooks.onSettled(onEvent) as () => void;
  verifyLater(promise, watched);
  countWatching(now() - beginMs);
  return true;
}

function onEvent(promise: Promise<unknown>): void {
  const watched = watches.get(promise);
  if (!watched?.isOpen) return;
  const beginMs = (watched.lastEventMs = now());
  noteSettling(watched, watched.listeners.length);
  watched.overlaps = othersInFlight();
  verifyLater(promise, watched);
  countWatching(now() - beginMs);
}

function verifyLater(promise: Promise<unknown>, watched: Watch): void {
  if (!unverified) {
    later(verifyInTurn);
    unverified = new Map();
  }
  unverified.set(promise, watched);
}

function verifyInTurn(): void {
  const beginMs = now();
  verifyPromises();
  if (open === 0) later(rest);
  countWatching(now() - beginMs);
}

/**
 * Ends the calls whose promise has settled. Whatever reads open calls does this first. By index: the methods of arrays are the
 * program's to replace.
 */
export function verifyPromises(): void {
  if (!unverified) return;
  const due = [...unverified];
  unverified = undefined;
  const looks: Look[] = [];
  for (let i = 0; i < due.length; i++) {
    const [promise, watched] = due[i] as (typeof due)[number];
    noteSettling(watched, 0);
    if (watched.isOpen) looks[looks.length] = { promise, watched, state: 'fulfilled', message: undefined };
  }
  if (looks.length > 0) lookAt(looks);
  for (let i = 0; i < looks.length; i++) verify(looks[i] as Look);
}

function verify({ promise, watched, state, message }: Look): void {
  if (state === 'pending') {
    // From here on nothing holds it but the program.
    if (!watched.isListed) listLost(promise, watched);
    watched.isListed = true;
    return;
  }
  close(watched);
  // V8 gives back neither of these but in collections of all that there is: a server would hold every promise until then.
  watches.delete(promise);
  if (watched.isListed) lost?.unregister(watched);
  for (const listener of watched.listeners)
    listener.settled(watched.lastEventMs, state === 'fulfilled', message, watched.overlaps);
}

function close(watched: Watch): void {
  if (watched.isOpen) open--;
  watched.isOpen = false;
}

function listLost(promise: Promise<unknown>, watched: Watch): void {
  lost ??= new FinalizationRegistry((gone) => {
    close(gone);
    rest();
  });
  lost.register(promise, watched, watched);
}

/** The hook slows every promise of the process a little, so it is there only while a promise is watched, and a turn longer. */
function rest(): void {
  if (open > 0) return;
  stopHook?.();
  stopHook = undefined;
}

/**
 * What `inspect` prints of a promise is the only account of its state that leaves the promise alone. All that matters is
 * said: what is not, a program may have set for all (`inspect.defaultOptions`).
 */
const PEEK = {
  depth: 1,
  colors: false,
  compact: false,
  customInspect: false,
  getters: false,
  showHidden: false,
  showProxy: false,
  sorted: false,
  maxArrayLength: Infinity,
  maxStringLength: 200,
  breakLength: Infinity,
} as const;

/** Stands before each promise, and is in none. */
const MARK = Symbol(now());
const MARK_TEXT = String(MARK);

/** What is found out of a promise. */
interface Look {
  readonly promise: Promise<unknown>;
  readonly watched: Watch;
  state: 'pending' | 'fulfilled' | 'rejected';
  /** The text of a rejected promise's reason: an error's message or a string; nothing is told of other objects. */
  message: string | undefined;
}

/** What `inspect` works with, as far as it is used here: `stylize` is called as its method. */
interface Context {
  seen?: { includes?: (value: unknown) => boolean };
}

/**
 * Looks at promises, and not into them: to print what one holds would format an error's stack, of which what the program does
 * to the message later would be no part, and run the getters that `inspect` reads of any object. Told that it has printed
 * that already, it does neither. The
 * `null` is what it tells its context by. All at once: of a hundred each takes 2 us, alone 9.
 */
function lookAt(looks: readonly Look[]): void {
  const list: unknown[] = [null];
  for (let i = 0; i < looks.length; i++) {
    list[2 * i + 1] = MARK;
    list[2 * i + 2] = looks[i]?.promise;
  }
  const reasons: unknown[] = [];
  let at = -1;
  let isNext = false;
  let isGuarded = false;
  const stylize = function (this: Context | undefined, printed: string, kind: string): string {
    if (kind === 'symbol' && printed === MARK_TEXT) {
      isNext = true;
      at++;
    } else if (kind === 'null' && this?.seen?.includes && !isGuarded) {
      isGuarded = true;
      this.seen.includes = (value) => {
        const isPromiseItself = isNext;
        isNext = false;
        if (!isPromiseItself) reasons[at] ??= value;
        return !isPromiseItself;
      };
    }
    const look = looks[at];
    if (!look) return printed;
    if (kind === 'special' && (printed === '<pending>' || printed === '<rejected>'))
      look.state = printed === '<pending>' ? 'pending' : 'rejected';
    else if (kind === 'string') look.message ??= printed.slice(1, -1);
    return printed;
  };
  try {
    inspect?.(list, { ...PEEK, stylize } as object);
  } catch {
    isGuarded = false;
  }
  for (let i = 0; i < looks.length; i++) {
    const look = looks[i] as Look;
    if (!isGuarded) look.state = stateOf(look.promise);
    if (look.state !== 'rejected') look.message = undefined;
    else if (reasons[i] !== undefined) look.message = errorText(reasons[i]);
  }
}

/** By another platform's `inspect`. */
function stateOf(promise: Promise<unknown>): Look['state'] {
  try {
    return (
      (/\{\s*<(pending|rejected)>/.exec(inspect?.(promise, PEEK) ?? '')?.[1] as Look['state']) ?? 'fulfilled'
    );
  } catch {
    return 'fulfilled'; // a pending promise has nothing in it to throw
  }
}
