/**
 * What an error says, read without running the user's code: no getter, no proxy trap, no `toString` of his.
 */
import { builtin, globalOf } from '../platform/platform.ts';

/** Longest text kept, in UTF-16 code units. */
const MAX_LENGTH = 200;

const types = builtin('node:util')?.types;
const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { apply, ownKeys } = Reflect;
const textOf: (value: unknown) => string = String;

/**
 * What reads the texts of a `DOMException`, which has them in getters, and throws for what is none. Taken as we are loaded
 * (1 to 20 µs in Node): what comes later in their place is the user's.
 */
const readMessage = /* @__PURE__ */ readerOf('message');
const readName = /* @__PURE__ */ readerOf('name');

function readerOf(key: string): (() => unknown) | undefined {
  try {
    return getOwnPropertyDescriptor(globalOf('DOMException')?.prototype, key)?.get;
  } catch {
    return undefined; // there is none
  }
}

/** The message of a thrown value; `undefined` where it cannot be read safely. Never throws. */
export function errorText(thrown: unknown): string | undefined {
  if (typeof thrown === 'string') return cut(thrown);
  if (typeof thrown !== 'object' && typeof thrown !== 'function') return cut(textOf(thrown));
  if (thrown === null) return 'null';
  const message = ownValue(thrown, 'message');
  if (typeof message === 'string' && message !== '') return cut(message);
  // An error without a message is told by its name; classes have it on the prototype.
  const name = ownValue(thrown, 'name');
  return typeof name === 'string' && name !== '' ? cut(name) : undefined;
}

/** The stack of a native error; `undefined` where there is none that could be read without running user code. */
export function stackText(thrown: unknown): string | undefined {
  if (!types?.isNativeError(thrown) || Error.prepareStackTrace !== loadedHook) return undefined;
  try {
    const stack: unknown = thrown.stack;
    return typeof stack === 'string' ? stack : undefined;
  } catch {
    return undefined;
  }
}

/** Causes of errors that are looked at. */
const MAX_CAUSES = 4;

/**
 * Whether anything of the program's hangs on a thrown value: nothing does on an error that has only texts and numbers, and such
 * errors for causes.
 */
export function isLaden(thrown: unknown, causes: number = MAX_CAUSES): boolean {
  if (typeof thrown !== 'object' || thrown === null) return typeof thrown === 'function';
  if (!types) return false; // in a browser nothing tells what may be asked for; there errors are compared in the next turn
  if (causes === 0 || !types.isNativeError(thrown)) return true;
  for (const key of ownKeys(thrown)) {
    if (key === 'stack') continue; // asking for it would format it
    const { value, get } = getOwnPropertyDescriptor(thrown, key) ?? {};
    if (get || isLaden(value, causes - 1)) return true;
  }
  return false;
}

// Node 23 and later, and source-map tools, have put a function here before us; one that comes later is the user's.
const loadedHook = Error.prepareStackTrace;

/** A data property of the value or of its first few prototypes, or a text of a `DOMException`. */
function ownValue(target: object, key: string): unknown {
  try {
    let holder: object | null = target;
    for (let hops = 0; holder !== null && hops < 6; hops++) {
      if (types?.isProxy(holder)) return undefined;
      const descriptor = getOwnPropertyDescriptor(holder, key);
      const read = descriptor?.get;
      if (read && (read === readMessage || read === readName)) return apply(read, target, []);
      if (descriptor) return descriptor.value;
      holder = getPrototypeOf(holder);
    }
  } catch {
    // a proxy, on a platform that cannot tell one; or no DOMException, though it inherits from its prototype
  }
  return undefined;
}

function cut(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH - 1)}…`;
}
