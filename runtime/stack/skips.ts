/**
 * How many calls of each site will only be counted before the next one is timed: what an entry takes down by one. One
 * array for all sites, a constant, so that emitted code reaches it by a fixed address.
 */
import { MAX_SITES } from './site-table.ts';

/** The most that can be skipped: more calls than a thread makes in a minute. */
export const ENDLESS = 0x7fff_ffff;

/** By the site's number; below 0 once a call is to be timed, or looked at. */
export const skips: Int32Array = new Int32Array(MAX_SITES);
/** Counted calls whose value will still be looked at, in case it is a promise; {@link ENDLESS}: each one's. */
export const looks: Int32Array = new Int32Array(MAX_SITES);
/** Calls still to be skipped while values are looked at: of {@link skips} are none then, and every entry is told. */
const held = new Int32Array(MAX_SITES);
/** What stands in {@link skips} while measuring goes on, kept while it is stopped. */
let kept: Int32Array | undefined;
/** Sites that have any. */
let known = 0;

/** Calls still to be skipped. */
export function skipsOf(site: number): number {
  const left = (kept ?? skips)[site] as number;
  return (held[site] as number) + (left > 0 ? left : 0);
}

/** Sets how many calls are to be skipped from here. */
export function skip(site: number, calls: number): void {
  const isLooking = (looks[site] as number) > 0;
  if (site >= known) known = site + 1;
  held[site] = isLooking ? calls : 0;
  (kept ?? skips)[site] = isLooking ? 0 : calls;
  if (kept) skips[site] = ENDLESS;
}

/** Whether the call that begins is one that is only counted, and its value to be looked at. */
export function takeLook(site: number): boolean {
  const calls = held[site] as number;
  if (calls === 0) return false;
  const left = looks[site] as number;
  if (left !== ENDLESS) looks[site] = left - 1;
  skip(site, calls - 1);
  return true;
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
  if (kept) return;
  kept = new Int32Array(MAX_SITES); // only the pages in use take memory
  kept.set(skips.subarray(0, known));
  skips.fill(ENDLESS, 0, known);
}

/** Goes on from where {@link suspendSkips} left off. */
export function resumeSkips(): void {
  if (kept) skips.set(kept.subarray(0, known));
  kept = undefined;
}
