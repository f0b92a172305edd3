/**
 * `@monitor` at run time, for code that no transform has seen: as a standard (TC39) and as a legacy
 * (`experimentalDecorators`) decorator, told apart by the arguments.
 */
import { countFailure } from './platform/diagnostics.ts';
import { pruned } from './platform/prune.ts';
import { registry } from './registry.ts';
import type { SiteKind, SiteOptions } from './format/record.ts';
import type { Probe } from './call/on-off.ts';
import { type Callable, isWrapped, kindOf, type SiteFinder, wrap } from './wrap.ts';

/** Options of the decorator; the comment mark has the same. */
export interface MonitorOptions {
  /** Calls faster than this, in milliseconds, are not recorded. @default 0 @example `{ threshold: 10 }` */
  readonly threshold?: number;
  /** Hash the arguments of each call. @default false */
  readonly args?: boolean;
  /** Name to report instead of `Class.member`. */
  readonly name?: string;
  /** Sample memory at each opportunity (true) or never (false). @default as the runtime decides */
  readonly memory?: boolean;
  /** Time every call, whatever the overhead budget says. @default false */
  readonly exact?: boolean;
  /** The seed's name of `args`. */
  readonly includeArgs?: boolean;
  /** The seed's name of `threshold`. */
  readonly thresholdMs?: number;
}

type Class = abstract new (...args: never[]) => unknown;

/** A class, whoever may make instances of it. */
interface AnyClass {
  readonly prototype: object;
}

/** A decorator for classes, methods, accessors and fields holding functions. */
export interface MonitorDecorator {
  (value: unknown, context: DecoratorContext): void;
  (target: object, key: string | symbol, descriptor?: PropertyDescriptor): void;
  (target: AnyClass): void;
}

/** `@monitor`, `@monitor()` or `@monitor({ … })`. TypeScript takes the first signature that fits: options come last. */
export interface Monitor {
  (value: unknown, context: DecoratorContext): void;
  (target: object, key: string | symbol, descriptor?: PropertyDescriptor): void;
  (target: AnyClass): void;
  (options?: MonitorOptions): MonitorDecorator;
}

/**
 * Measures a method, accessor, field holding a function, or all members of a class. A decorated class stays the class it
 * is, so its constructor is not measured here; the transform does that.
 *
 * @example
 * class Cart {
 *   @monitor({ threshold: 10 })
 *   total(): number { … }
 * }
 */
export const monitor: Monitor = ((...args: readonly unknown[]): unknown => {
  const [first] = args;
  if (args.length > 1 || typeof first === 'function') return decorate({}, args);
  return (...target: readonly unknown[]) => decorate((first ?? {}) as MonitorOptions, target);
}) as Monitor;

function decorate(options: MonitorOptions, args: readonly unknown[]): unknown {
  const [target, second, descriptor] = args;
  if (typeof second === 'object' && second !== null)
    return decorateStandard(target, second as DecoratorContext, options);
  if (args.length === 1) return decorateClass(target as Class, options);
  // TypeScript's decorators of fields get none, and Babel's no function; those of parameters get a number.
  const reached = typeof descriptor === 'object' ? (descriptor as PropertyDescriptor | null) : undefined;
  if (!reached || 'initializer' in reached) {
    if (typeof descriptor !== 'number') countFailure('decorated-field');
    return undefined;
  }
  const owner = typeof target === 'function' ? target : (target as object).constructor;
  const find = finderOf(second as string | symbol, options, () => owner.name);
  return wrapDescriptor(reached, find, options);
}

function decorateStandard(value: unknown, context: DecoratorContext, options: MonitorOptions): unknown {
  if (context.kind === 'class') return decorateClass(value as Class, options);
  const { kind, name } = context;
  // A member learns its class when the first instance is made, or of a static member when the class is.
  let className: string | undefined;
  const learn = (self: unknown): void => void (className ??= classNameOf(self));
  context.addInitializer(function (this: unknown) {
    learn(this);
  });
  const find = finderOf(name, options, (self) => (learn(self), className ?? ''));
  const wrapFunction = (fn: Callable, ofItself: SiteKind): Callable =>
    wrap(fn, find(kindOf(fn, ofItself)), hashesArgs(options));
  if (kind === 'method') return wrapFunction(value as Callable, 'method');
  if (kind === 'getter' || kind === 'setter') return wrap(value as Callable, find(kind), hashesArgs(options));
  const initialise = function (this: unknown, initial: unknown): unknown {
    learn(this);
    if (typeof initial !== 'function') return initial;
    const isArrow = Object.getOwnPropertyDescriptor(initial, 'prototype') === undefined;
    return wrapFunction(initial as Callable, isArrow ? 'arrow' : 'function');
  };
  return kind === 'field' ? initialise : { init: initialise };
}

/** Wraps the members in place: the class keeps its identity. */
function decorateClass(target: Class, options: MonitorOptions): undefined {
  for (const holder of [target, target.prototype as object]) {
    for (const key of Reflect.ownKeys(holder)) {
      const descriptor = Object.getOwnPropertyDescriptor(holder, key);
      if (key === 'constructor' || key === 'prototype' || descriptor?.configurable !== true) continue;
      const find = finderOf(key, options, () => target.name);
      Object.defineProperty(holder, key, wrapDescriptor(descriptor, find, options));
    }
  }
}

type Finder = (kind: SiteKind) => SiteFinder;

function wrapDescriptor(
  descriptor: PropertyDescriptor,
  find: Finder,
  options: MonitorOptions,
): PropertyDescriptor {
  const { value, get, set } = descriptor as { value?: unknown; get?: Callable; set?: Callable };
  const wrapOnce = (fn: Callable, kind: SiteKind): Callable =>
    isWrapped(fn) ? fn : wrap(fn, find(kindOf(fn, kind)), hashesArgs(options));
  if (typeof value === 'function') {
    // A class kept in a static property is data, not a method.
    if (Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false) return descriptor;
    return { ...descriptor, value: wrapOnce(value as Callable, 'method') };
  }
  return {
    ...descriptor,
    ...(get && { get: wrapOnce(get, 'getter') as () => unknown }),
    ...(set && { set: wrapOnce(set, 'setter') as (value: unknown) => void }),
  };
}

function finderOf(key: string | symbol, options: MonitorOptions, classOf: (self: unknown) => string): Finder {
  return (kind) => {
    let site: Probe | undefined;
    return (self) =>
      (site ??= registry.operation(
        options.name ?? memberName(classOf(self), key, kind),
        kind,
        siteOptions(options),
      ));
  };
}

function memberName(className: string, key: string | symbol, kind: SiteKind): string {
  const name = typeof key === 'symbol' ? `[${key.description ?? ''}]` : key;
  const accessor = kind === 'getter' ? 'get ' : kind === 'setter' ? 'set ' : '';
  return `${className || '<anonymous>'}.${accessor}${name}`;
}

function classNameOf(self: unknown): string | undefined {
  if (typeof self === 'function') return self.name;
  return typeof self === 'object' && self !== null ? self.constructor?.name : undefined;
}

function hashesArgs({ args, includeArgs }: MonitorOptions): boolean {
  return args ?? includeArgs ?? false;
}

function siteOptions(options: MonitorOptions): SiteOptions {
  const { threshold = options.thresholdMs, memory, exact } = options;
  return pruned<SiteOptions>({ threshold, args: hashesArgs(options) || undefined, memory, exact });
}
