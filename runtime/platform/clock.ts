/** Time, read through functions captured when this module loads: a user's fake timers must not reach our numbers. */
import { builtin, globalOf, nodeProcess } from './platform.ts';

/** Nanoseconds in a millisecond. */
export const NS_PER_MS = 1e6;
/** Milliseconds in an hour. */
export const MS_PER_HOUR = 3_600_000;
/** What the upper half of a reading counts. */
const HALF = 2 ** 32;

function ticksOfNode(): (() => bigint) | undefined {
  try {
    const { versions, hrtime } = nodeProcess ?? {};
    if (!versions || 'bun' in versions || 'deno' in versions) return undefined;
    // A program may have put its own there, which tells another time and is not to be asked for ours.
    const isOwn = Function.prototype.toString.call(hrtime?.bigint).startsWith('function hrtimeBigInt()');
    return isOwn && typeof hrtime?.bigint() === 'bigint' ? hrtime.bigint : undefined;
  } catch {
    return undefined; // somebody's stand-in for it
  }
}

const nodeTicks = /* @__PURE__ */ ticksOfNode();

/**
 * Room for so many readings. Safari had big integers before it had arrays of them: nobody makes a number of a reading but by
 * its halves, so there a double's bits carry them.
 */
export function roomForTicks(readings: number): BigInt64Array {
  const Room = globalOf('BigInt64Array') ?? (Float64Array as unknown as BigInt64ArrayConstructor);
  return new Room(readings);
}

/** One reading, and its halves. */
const reading: BigInt64Array = /* @__PURE__ */ roomForTicks(1);
const halves = new Uint32Array(reading.buffer);
/** The upper half of a reading counts from here, so that a double has room for all digits. */
const firstHigh = /* @__PURE__ */ firstHighHalf();

function firstHighHalf(): number {
  if (!nodeTicks) return 0;
  reading[0] = nodeTicks();
  return halves[1] as number;
}

/** By the halves: to make a bigint of a double takes V8 four times as long. Storing cuts off fractions, and what is above 32 bits. */
function roundedTicks(): bigint {
  const ns = now() * NS_PER_MS + 0.5;
  halves[0] = ns;
  halves[1] = ns / HALF + firstHigh;
  return reading[0] as bigint;
}

const usualTicks: () => bigint = nodeTicks ?? roundedTicks;

/**
 * Nanoseconds of the monotonic clock. Stored straight into a BigInt64Array, that is in Node the cheapest reading there is:
 * 25 ns, while `performance.now` takes 39. V8 leaves the number in a register; the other's result becomes an object, after
 * Node has divided it. Where there is no such clock, or another engine than V8, it is made of {@link now}.
 */
export let ticks: () => bigint = usualTicks;

/** Nanoseconds on the clock of {@link now}, of a reading's halves. */
export function nsOfHalves(high: number, low: number): number {
  return (high - firstHigh) * HALF + low;
}

/** The upper half of the reading at a moment; the lower one is the nanoseconds as they are, modulo 2^32. */
export function highOf(ns: number): number {
  return Math.floor(ns / HALF) + firstHigh;
}

/** Nanoseconds of the monotonic clock, as {@link now} counts milliseconds; whole ones. */
export function nowNs(): number {
  return read(ticks);
}

function read(from: () => bigint): number {
  reading[0] = from();
  return nsOfHalves(halves[1] as number, halves[0] as number);
}

const tickedNow = (): number => read(usualTicks) / NS_PER_MS;

const usualNow: () => number = nodeTicks ? tickedNow : /* @__PURE__ */ sincePageOrLoading();

// Called only where it is needed: a reader that wants the constants alone is not to load node:perf_hooks.
function sincePageOrLoading(): () => number {
  // Fake timers take both clocks that a program reads, and not this one.
  if (nodeProcess && isPageClockTaken()) return uptimeMs;
  const { now } = pageClock() ?? {};
  if (now) return now;
  const read = dateClock();
  const loadedAt = read();
  return () => read() - loadedAt;
}

/** That of browsers and of Node. Worklets have none, nor have engines that have nothing but the language. */
function pageClock(): { readonly timeOrigin: number; readonly now: () => number } | undefined {
  try {
    const now = performance.now.bind(performance);
    return now() >= 0 ? { timeOrigin: performance.timeOrigin, now } : undefined;
  } catch {
    return undefined;
  }
}

/** Node's is spelled as a method, browsers' are native. */
function isPageClockTaken(): boolean {
  try {
    return !/^(?:function )?now\(\)/.test(textOf(performance.now));
  } catch {
    return false;
  }
}

/** Where there is no other; what forbids that too has a clock that stands still. */
function dateClock(): () => number {
  try {
    return Date.now() > 0 ? Date.now : () => 0;
  } catch {
    return () => 0;
  }
}

/**
 * A function in place of the engine's may do what it likes: Next ends the prerendering of a page in which `Date.now` is asked,
 * by whomever. Then the clock that nobody has reason to watch tells, though it does not follow where the time is set anew.
 */
const dateNow: () => number = /* @__PURE__ */ isNative(Date.now) ? Date.now : /* @__PURE__ */ sinceOrigin();

function sinceOrigin(): () => number {
  const { timeOrigin, now } = pageClock() ?? {};
  if (timeOrigin && now && !isPageClockTaken()) return () => timeOrigin + now();
  return ownDate()?.now ?? dateClock();
}

/** Another realm's, where a test has taken this one's clocks. */
function ownDate(): DateConstructor | undefined {
  try {
    return builtin('node:vm')?.runInNewContext('Date') as DateConstructor | undefined;
  } catch {
    return undefined;
  }
}

/** Of one that is bound the text has no name. */
function isNative(fn: () => number): boolean {
  return /^function now\(\)\s*\{\s*\[native code\]\s*\}$/.test(textOf(fn));
}

function textOf(fn: () => number): string {
  return Function.prototype.toString.call(fn);
}

/**
 * Milliseconds of the monotonic clock since some moment, fractions included (resolution: nanoseconds in Node). A live binding, so that
 * tests can put a clock of their own here; optimised code calls the target directly, so this costs nothing.
 */
export let now: () => number = usualNow;

/** Epoch milliseconds. */
export let epochNow: () => number = dateNow;

/** Replaces both clocks (tests); without arguments, restores the real ones. */
export function setClock(monotonic?: () => number, epoch: () => number = dateNow): void {
  ticks = monotonic ? roundedTicks : usualTicks;
  now = monotonic ?? usualNow;
  epochNow = epoch;
  aheadMs = Number.NaN;
}

/** Whether the clock is the platform's, and none of a test. */
export function isUsualClock(): boolean {
  return now === usualNow;
}

/** By how much the epoch clock is ahead of the monotonic one. */
let aheadMs = Number.NaN;
/** It is told in whole milliseconds, the other is not: what differs by less is no change. */
const EPOCH_STEP_MS = 2;

/**
 * The epoch milliseconds of a moment of the monotonic clock, to one. Moments keep their order and their distances whenever
 * they are asked for, but where the epoch clock was set anew.
 */
export function toEpoch(atMs: number): number {
  // Twice: the program may be interrupted between the two clocks.
  if (!isAhead(epochNow() - now())) {
    const foundMs = epochNow() - now();
    if (!isAhead(foundMs)) aheadMs = foundMs;
  }
  return aheadMs + atMs;
}

function isAhead(foundMs: number): boolean {
  return Math.abs(foundMs - aheadMs) < EPOCH_STEP_MS;
}

/** Milliseconds since the program began: in Node by the process, as to touch its global `performance` loads a dozen modules. */
export function uptimeMs(): number {
  return nodeProcess ? nodeProcess.uptime() * 1000 : (pageClock()?.now() ?? 0);
}
