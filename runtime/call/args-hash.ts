/**
 * A hash of a call's arguments: equal for structurally equal arguments on every machine, 8 hex digits, nothing of the
 * content kept. Bounded in depth, number of values and length of strings; runs no getter and no proxy trap.
 *
 * Method: 32-bit FNV-1a (G. Fowler, L. C. Noll, K.-P. Vo) over the UTF-16 units of a tagged walk of the values.
 */
import { builtin, globalOf } from '../platform/platform.ts';

const MAX_DEPTH = 5;
const MAX_VALUES = 500;
const MAX_KEYS = 64;
/** Of a text, and of binary data: so many at its beginning, and of a longer text these at its end. */
const MAX_UNITS = 1024;
const MAX_LAST_UNITS = 256;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

const isProxy: (value: unknown) => boolean = builtin('node:util')?.types.isProxy ?? (() => false);
const { getOwnPropertyDescriptor, getPrototypeOf, is, keys } = Object;
const timeOf = Date.prototype.getTime;
const forEachInMap = Map.prototype.forEach;
const forEachInSet = Set.prototype.forEach;
const hrefOf = getOwnPropertyDescriptor(globalOf('URL')?.prototype ?? {}, 'href')?.get;
const sourceOf = getOwnPropertyDescriptor(RegExp.prototype, 'source')?.get;

let state = 0;
let budget = 0;

/** The hash of an argument list. Never throws. */
export function hashOf(args: ArrayLike<unknown>): string {
  state = FNV_OFFSET;
  budget = MAX_VALUES;
  add(args.length);
  for (let i = 0; i < args.length && budget > 0; i++) addValue(args[i], 0);
  return (state >>> 0).toString(16).padStart(8, '0');
}

/** A piece of text, its length first, so that pieces cannot run together. */
function add(piece: unknown): void {
  const text = String(piece);
  const end = text.slice(Math.max(MAX_UNITS, text.length - MAX_LAST_UNITS));
  const units = `${text.length}:${text.slice(0, MAX_UNITS)}${end}`;
  for (let i = 0; i < units.length; i++) state = Math.imul(state ^ units.charCodeAt(i), FNV_PRIME);
}

function addValue(value: unknown, depth: number): void {
  if (budget-- <= 0) return;
  const type = typeof value;
  add(value === null ? 'null' : type);
  if ((type !== 'object' && type !== 'function') || value === null) return add(is(value, -0) ? '-0' : value);
  try {
    if (isProxy(value)) add('proxy');
    else if (depth < MAX_DEPTH) addObject(value as object, depth + 1); // the bound ends cycles too
  } catch {
    add('unreadable');
  }
}

function addObject(value: object, depth: number): void {
  if (typeof value === 'function') return add(getOwnPropertyDescriptor(value, 'name')?.value);
  const prototype: object | null = getPrototypeOf(value);
  const made: unknown =
    prototype === null || isProxy(prototype)
      ? null
      : getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof made === 'function') add(getOwnPropertyDescriptor(made, 'name')?.value);
  if (ArrayBuffer.isView(value)) return addBytes(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return addBytes(value, 0, value.byteLength);
  if (value instanceof Date) add(timeOf.call(value));
  else if (value instanceof RegExp) add(sourceOf?.call(value));
  else if (value instanceof Error) addValue(getOwnPropertyDescriptor(value, 'message')?.value, depth);
  else if (hrefOf && value instanceof URL) add(hrefOf.call(value));
  else {
    const forEach = value instanceof Map ? forEachInMap : value instanceof Set ? forEachInSet : undefined;
    forEach?.call(value as never, (item: unknown, key: unknown) => {
      addValue(key, depth);
      addValue(item, depth);
    });
  }
  addProperties(value, depth);
}

function addBytes(buffer: ArrayBufferLike, from: number, bytes: number): void {
  add(bytes);
  add(new Uint8Array(buffer, from, Math.min(bytes, MAX_UNITS)).join());
}

/** Own enumerable data properties, in order of name: `{ a, b }` and `{ b, a }` are the same argument. */
function addProperties(value: object, depth: number): void {
  const isList = Array.isArray(value);
  const names = isList ? value : keys(value);
  add(names.length);
  const sorted = isList ? undefined : keys(value).sort().slice(0, MAX_KEYS);
  const end = sorted?.length ?? names.length;
  for (let i = 0; i < end && budget > 0; i++) {
    const name = sorted?.[i] ?? i;
    const descriptor = getOwnPropertyDescriptor(value, name);
    if (sorted) add(name);
    if (descriptor?.get) add('accessor');
    else addValue(descriptor?.value, depth);
  }
}
