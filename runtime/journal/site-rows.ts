/** Records of rows: which sites have changed since they were last written. */
import type { Encoder } from './encoder.ts';
import { HAS_MORE, IS_STATE } from '../format/layout.ts';
import { recent } from '../tally/recent.ts';
import { beginRows } from './row-parts.ts';
import { type RowListener, writeRow, Written } from './rows.ts';
import type { Site } from '../call/site.ts';
import { allSites } from '../call/sites.ts';
import { currentHour } from './snapshot.ts';
import { ongoingCalls } from '../call/ongoing.ts';

/** Times of writing of which one finds out about the trend of a site; the last one does of all. */
const TREND_EVERY = 4;

/** Whether histograms may know of something as told that this journal's files have not: it is a later one of this thread. */
let isLater = false;

/** Writes the rows of all sites. */
export class SiteRows {
  readonly #out: Encoder;
  readonly #listener: RowListener;
  readonly #written: Written = new Written();
  /** What was last written of each site, as {@link versionOf} tells it. */
  readonly #versions: number[] = [];
  #resets: number = 0;
  #times: number = 0;
  #metricsWritten: number = 0;

  constructor(out: Encoder, listener: RowListener) {
    this.#out = out;
    this.#listener = listener;
    if (isLater) this.#written.clear(allSites());
    isLater = true;
  }

  /** Whether only a whole state can tell what has happened since the last time. Called before each {@link write}. */
  prepare(): boolean {
    const sites = allSites();
    let resets = 0;
    for (let i = 0; i < sites.length; i++) {
      const site = sites[i] as Site;
      // Opening it the first time counts as one.
      if (site.tally.resets > 1) resets += site.tally.resets - 1;
    }
    const isReset = resets !== this.#resets;
    if (isReset) this.#written.clear(sites);
    this.#resets = resets;
    return isReset;
  }

  /** What follows is a whole state. */
  rewind(): void {
    this.#versions.length = 0;
    this.#metricsWritten = 0;
  }

  /** Writes a row for each site that has changed. Returns whether there was any. */
  write(sinceMs: number, atMs: number, isState: boolean, areTrendsDue: boolean): boolean {
    const out = this.#out;
    const sites = allSites();
    this.#times++;
    const ongoing = ongoingCalls();
    const written = this.#written;
    written.rows.reserve(sites.length);
    this.#listener.reserve(sites.length);
    let before = -1;
    let isBegun = isState;
    let hasRows = false;
    if (isState) this.begin(IS_STATE, sinceMs, atMs);
    for (let i = 0; i < sites.length; i++) {
      const site = sites[i] as Site;
      if (!site.tally.isOpen) continue;
      const version = versionOf(site);
      const own = ongoing.size > 0 ? ongoing.get(site.number) : undefined;
      const isRunning = own !== undefined && own.frames > 0;
      while (this.#versions.length <= i) this.#versions.push(-1);
      const hasTrend = areTrendsDue || (i + this.#times) % TREND_EVERY === 0;
      if (this.#versions[i] === version && !isRunning && !(hasTrend && written.isTrendOld(i))) continue;
      this.#versions[i] = version;
      if (isState && !isRunning && isBlank(site)) continue; // as after a reset
      if (isBegun && out.isLong) {
        out.flag(isState ? HAS_MORE : 0);
        out.end();
        isBegun = false;
      }
      if (!isBegun) {
        this.begin(isState ? IS_STATE : 0, sinceMs, atMs);
        before = -1;
        isBegun = true;
      }
      out.room();
      writeRow(out, i - before - 1, site, own, written, isState, hasTrend, this.#listener);
      before = i;
      hasRows = true;
    }
    if (isBegun) out.end();
    return hasRows;
  }

  /** Begins a record of rows. */
  begin(flags: number, sinceMs: number, atMs: number): void {
    beginRows(this.#out, flags, sinceMs, atMs, currentHour(), recent.recorded - this.#metricsWritten);
    this.#metricsWritten = recent.recorded;
  }
}

/** Whether nothing was measured of it, and it has no call in flight. */
function isBlank({ tally, flights }: Site): boolean {
  return tally.seen === 0 && (flights === undefined || flights.begun === flights.ended);
}

/** A number that differs whenever the site's row does: all its parts only grow. */
function versionOf({ tally, flights }: Site): number {
  let calls = tally.seen + (flights ? flights.begun + flights.ended : 0);
  // What it has called of a recursive function is known better with each call of that.
  for (const { shares } of tally.shares) calls += shares.called.seen;
  return calls + tally.lastErrorMs + tally.resets * 2 ** 40;
}
