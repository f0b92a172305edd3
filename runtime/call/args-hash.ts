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

type Is = (value: unknown) => boolean;
type Getter = (this: unknown) => unknown;

const { getOwnPropertyDescriptor, getPrototypeOf, is, keys } = Object;
const timeOf = Date.prototype.getTime;
const forEachInMap = Map.prototype.forEach;
const forEachInSet = Set.prototype.forEach;
const hrefOf = getter(globalOf('URL')?.prototype, 'href');
/** A regular expression's flags one by one: what gives them all asks for these by name. */
const partsOfPattern = [
  'source',
  'global',
  'ignoreCase',
  'multiline',
  'dotAll',
  'unicode',
  'sticky',
  'hasIndices',
  'unicodeSets',
].map((key) => getter(RegExp.prototype, key));
const PARTS_OF_VIEW = ['buffer', 'byteOffset', 'byteLength'];
const partsOfBytes = PARTS_OF_VIEW.map((key) => getter(getPrototypeOf(Uint8Array.prototype) as object, key));
const partsOfDataView = PARTS_OF_VIEW.map((key) => getter(DataView.prototype, key));
const lengthOf = getter(ArrayBuffer.prototype, 'byteLength');
const PRIMITIVES = [Number, Boolean, String, globalOf('BigInt')].flatMap((made) =>
  made ? [made.prototype.valueOf as Getter] : [],
);

/** What something is, by what it has inside; in a browser by its prototypes, where nothing tells whether one is a proxy. */
const types = builtin('node:util')?.types;
const isProxy: Is = types?.isProxy ?? (() => false);
const isDate: Is = types?.isDate ?? isOf(Date);
const isPattern: Is = types?.isRegExp ?? isOf(RegExp);
const isMap: Is = types?.isMap ?? isOf(Map);
const isSet: Is = types?.isSet ?? isOf(Set);
const isBuffer: Is = types?.isArrayBuffer ?? isOf(ArrayBuffer);
const isDataView: Is = types?.isDataView ?? isOf(DataView);
const isBoxed: Is = types?.isBoxedPrimitive ?? (() => false);
const isUrl: Is = isOf(globalOf('URL'));

/** As `instanceof`, which asks the class and any proxy. */
function isOf(made: { readonly prototype: object } | undefined): Is {
  return (value) => {
    let holder: unknown = value;
    for (let hops = 0; hops < MAX_DEPTH && holder !== null && !isProxy(holder); hops++) {
      if (holder === made?.prototype) return true;
      holder = getPrototypeOf(holder);
    }
    return false;
  };
}

function getter(holder: object | undefined, key: string): Getter | undefined {
  return holder && (getOwnPropertyDescriptor(holder, key)?.get as Getter | undefined);
}

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
  if (ArrayBuffer.isView(value)) return addView(value);
  if (isBuffer(value)) return addBytes(value as ArrayBuffer, 0, lengthOf?.call(value) as number);
  if (isDate(value)) add(timeOf.call(value));
  else if (isPattern(value)) for (const part of partsOfPattern) add(part?.call(value));
  else if (isBoxed(value)) addBoxed(value);
  else if (isUrl(value)) add(hrefOf?.call(value));
  else {
    const forEach = isMap(value) ? forEachInMap : isSet(value) ? forEachInSet : undefined;
    forEach?.call(value as never, (item: unknown, key: unknown) => {
      addValue(key, depth);
      addValue(item, depth);
    });
  }
  // An error's.
  const message = getOwnPropertyDescriptor(value, 'message');
  if (message?.enumerable === false) addValue(message.value, depth);
  addProperties(value, depth);
}

/** Symbols have nothing that is the same elsewhere. */
function addBoxed(value: object): void {
  for (const valueOf of PRIMITIVES) {
    try {
      return add(valueOf.call(value));
    } catch {
      // another one
    }
  }
}

function addView(value: ArrayBufferView): void {
  const parts = isDataView(value) ? partsOfDataView : partsOfBytes;
  const [buffer, from, bytes] = parts.map((part) => part?.call(value));
  addBytes(buffer as ArrayBufferLike, from as number, bytes as number);
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
    if (descriptor && !descriptor.get) addValue(descriptor.value, depth);
    else {
      budget--;
      add(descriptor ? 'accessor' : 'hole');
    }
  }
}
