/** What is a promise of the language's own, asked without running code of the program's. */
import { builtin } from '../platform/platform.ts';

const util = builtin('node:util');
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
