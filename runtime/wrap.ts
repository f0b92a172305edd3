/** Wrappers for what no transform has seen: functions that measure themselves by a site. */
import type { Call } from './call/call.ts';
import type { CountedCall } from './call/counted-call.ts';
import type { SiteKind } from './format/record.ts';
import type { Probe } from './call/on-off.ts';
import { guarded } from './platform/diagnostics.ts';
import { registry } from './registry.ts';

/** Anything that can be called. */
export type Callable = (this: unknown, ...args: never[]) => unknown;

/** Finds the site when it is first needed: the class of a decorated member has no name earlier. */
export type SiteFinder = (self: unknown) => Probe;

const { apply, construct, ownKeys } = Reflect;
const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Object;
const generatorPrototype: unknown = getPrototypeOf(function* () {});
const asyncGeneratorPrototype: unknown = getPrototypeOf(async function* () {});
const asyncPrototype: unknown = getPrototypeOf(async function () {});
const wrappers = new WeakSet<object>();
const { then: promiseThen } = Promise.prototype;

/** Whether the function is a wrapper already: a decorated method of a decorated class is measured once. */
export function isWrapped(fn: Callable): boolean {
  return wrappers.has(fn);
}

/** The proposal that decorators of frameworks keep their data by (reflect-metadata), where the program has loaded it. */
interface WithMetadata {
  getOwnMetadataKeys?(target: object): unknown[];
  getOwnMetadata?(key: unknown, target: object): unknown;
  defineMetadata?(key: unknown, value: unknown, target: object): void;
}

/**
 * A function that does what `fn` does, and is measured. Keeps name, length, `this`, whether it can be constructed, and what
 * other decorators have left on it.
 *
 * @param hashes - Hash the arguments of each call.
 */
export function wrap(fn: Callable, find: SiteFinder, hashes: boolean): Callable {
  const isGenerator = kindOf(fn, 'function').endsWith('generator');
  const wrapper = isGenerator ? wrapGenerator(fn, find, hashes) : wrapPlain(fn, find, hashes);
  guarded(() => copyProperties(fn, wrapper));
  wrappers.add(wrapper);
  return wrapper;
}

function copyProperties(from: Callable, to: Callable): void {
  for (const key of ownKeys(from)) {
    const descriptor = getOwnPropertyDescriptor(from, key);
    // The prototype is there already, as are a sloppy function's `arguments` and `caller`.
    if (descriptor && getOwnPropertyDescriptor(to, key)?.configurable !== false)
      defineProperty(to, key, descriptor);
  }
  const metadata = Reflect as WithMetadata;
  for (const key of metadata.getOwnMetadataKeys?.(from) ?? [])
    metadata.defineMetadata?.(key, metadata.getOwnMetadata?.(key, from), to);
}

/** The kind of a generator or async function; of another one `otherwise`. */
export function kindOf(fn: Callable, otherwise: SiteKind): SiteKind {
  const prototype: unknown = getPrototypeOf(fn);
  if (prototype === generatorPrototype) return 'generator';
  if (prototype === asyncGeneratorPrototype) return 'async-generator';
  return prototype === asyncPrototype ? 'async' : otherwise;
}

function wrapPlain(fn: Callable, find: SiteFinder, hashes: boolean): Callable {
  const call = (self: unknown, args: never[], newTarget: Callable | undefined): unknown =>
    registry.timed(find(self), hashes ? args : undefined, () =>
      newTarget ? construct(fn as never, args, newTarget as never) : apply(fn, self, args),
    );
  if (!getOwnPropertyDescriptor(fn, 'prototype')) {
    return {
      wrapper(this: unknown, ...args: never[]): unknown {
        return call(this, args, undefined);
      },
    }.wrapper;
  }
  const wrapper = function (this: unknown, ...args: never[]): unknown {
    const target = new.target as Callable | undefined;
    return call(this, args, target === wrapper ? fn : target);
  };
  wrapper.prototype = (fn as { prototype?: unknown }).prototype as never;
  return wrapper;
}

interface Iterating {
  next(value?: unknown): unknown;
  return(value?: unknown): unknown;
  throw(error?: unknown): unknown;
}

/** The generator object itself is given out, with own `next`, `return` and `throw` that measure. */
function wrapGenerator(fn: Callable, find: SiteFinder, hashes: boolean): Callable {
  return {
    wrapper(this: unknown, ...args: never[]): unknown {
      const site = registry.live(find(this));
      const iterator = apply(fn, this, args) as Iterating;
      let call: Call | CountedCall | undefined;
      for (const method of ['next', 'return', 'throw'] as const) {
        const original = iterator[method];
        const value = (sent?: unknown): unknown => {
          if (call) call.resume(undefined);
          else call = hashes ? site.startArgs(args) : site.start();
          return step(call, () => apply(original, iterator, [sent]));
        };
        defineProperty(iterator, method, { value, configurable: true, writable: true });
      }
      return iterator;
    },
  }.wrapper;
}

/** One advance of a generator: it yields, ends, or fails. */
function step(call: Call | CountedCall, advance: () => unknown): unknown {
  let result: unknown;
  try {
    result = advance();
  } catch (error) {
    call.fail(error);
    call.end();
    throw error;
  }
  call.suspend(undefined);
  const took = (taken: IteratorResult<unknown>): IteratorResult<unknown> => {
    if (taken.done === true) call.end();
    return taken;
  };
  if (!(result instanceof Promise)) return took(result as never);
  // Each promise of an async generator is a fresh one, so a derived one loses nothing that it carried.
  return promiseThen.call(result, took as never, (error: unknown) => {
    call.fail(error);
    call.end();
    throw error;
  });
}
