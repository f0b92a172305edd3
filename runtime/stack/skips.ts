/**
 * How many calls of each site will only be counted before the next one is timed: what an entry takes down by one. One
 * array for all sites, a constant, so that emitted code reaches it by a fixed address.
 */
import { MAX_SITES } from './site-table.ts';
import { LOOK } from './token.ts';

/** The most that can be skipped: more calls than a thread makes in a minute. */
export const ENDLESS = 0x7fff_ffff;

/** By the site's number; below 0 once a call is to be timed, or looked at. */
export const skips: Int32Array = new Int32Array(MAX_SITES);
/** Counted calls whose value will still be looked at, in case it is a promise; {@link ENDLESS}: each one's. */
export const looks: Int32Array = new Int32Array(MAX_SITES);
/**
 * Calls still to be skipped that are not in {@link skips}: all of them while values are looked at, as every entry is told then,
 * and those beyond {@link MOST_UNTOLD}.
 */
const held = new Int32Array(MAX_SITES);
/**
 * Of more calls to be skipped an entry is told before: what is due waits for it where few calls are timed. Of a million calls
 * a second that is every millisecond; it costs a tenth of a nanosecond a call.
 */
const MOST_UNTOLD = 1023;
/** What stands in {@link skips} otherwise: kept while measuring is stopped, and while an entry is told of every call. */
export const kept: Int32Array = new Int32Array(MAX_SITES);
/** What stands there meanwhile; {@link NOTHING} where it is what is meant. */
let instead = -1;
const NOTHING = -1;
/** Sites that have any. */
let known = 0;

/** Calls still to be skipped. */
export function skipsOf(site: number): number {
  const left = (instead === NOTHING ? skips : kept)[site] as number;
  return (held[site] as number) + (left > 0 ? left : 0);
}

/** Sets how many calls are to be skipped from here. */
export function skip(site: number, calls: number): void {
  const untold = (looks[site] as number) > 0 ? 0 : calls < MOST_UNTOLD ? calls : MOST_UNTOLD;
  if (site >= known) known = site + 1;
  held[site] = calls - untold;
  (instead === NOTHING ? skips : kept)[site] = untold;
  if (instead !== NOTHING) skips[site] = instead;
}

/** The call that begins is to be timed. */
export const TO_BE_TIMED = -1;

/**
 * What the call that begins is, of which an entry was told: {@link TO_BE_TIMED}, or only counted: {@link LOOK} where its value
 * is to be looked at, else 0.
 */
export function takeHeld(site: number): number {
  const untold = kept[site] as number;
  if (instead === 0 && untold > 0) {
    kept[site] = untold - 1;
    return 0;
  }
  const calls = held[site] as number;
  if (calls === 0) return TO_BE_TIMED;
  const left = looks[site] as number;
  if (left > 0 && left !== ENDLESS) looks[site] = left - 1;
  skip(site, calls - 1);
  return left > 0 ? LOOK : 0;
}

/** An entry is told of the next call too, though it is to be skipped. */
export function tellNext(site: number): void {
  const untold = instead === NOTHING ? skips : kept;
  const left = untold[site] as number;
  if (instead === ENDLESS || left <= 0) return;
  held[site] = (held[site] as number) + left;
  untold[site] = 0;
}

/** From now on each value is looked at. */
export function lookAlways(site: number): void {
  const calls = skipsOf(site);
  looks[site] = ENDLESS;
  skip(site, calls);
}

/** While stopped, a site has come to the end of even so many: it goes on. */
export function skipOn(site: number): void {
  skips[site] = ENDLESS;
}

/** Every call is skipped, and as if it had never been. */
export function suspendSkips(): void {
  if (instead === ENDLESS) return;
  resumeSkips();
  setAside(ENDLESS);
}

/** An entry is told of every call, those that are to be skipped among them. */
export function tellAll(): void {
  if (instead === NOTHING) setAside(0);
}

function setAside(value: number): void {
  kept.set(skips.subarray(0, known));
  instead = value;
  skips.fill(value, 0, known);
}

/** Goes on from where {@link suspendSkips} or {@link tellAll} left off. */
export function resumeSkips(): void {
  if (instead !== NOTHING) skips.set(kept.subarray(0, known));
  instead = NOTHING;
}
