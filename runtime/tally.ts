/** What was measured of one site: sums, histogram, the last durations, the last error, calls by the hour. */
import { Histogram } from './histogram.ts';
import type { MemorySample } from './memory.ts';
import { TREND_WINDOW } from './trend.ts';

// Places in `sums`. Durations in nanoseconds, memory in bytes. Plain constants, so that the fast path reads by number.
export const TIMED = 0;
export const TOTAL = 1;
export const MIN = 2;
export const MAX = 3;
export const SELF = 4;
export const ERRORS = 5;
export const BELOW_THRESHOLD = 6;
/** Calls counted and not timed: their entry was lost. */
export const UNTIMED = 7;
export const RSS_SAMPLES = 8;
export const RSS_SUM = 9;
export const HEAP_SAMPLES = 10;
export const HEAP_SUM = 11;
export const CPU_SAMPLES = 12;
export const CPU_SUM = 13;
export const CPU_WALL = 14;
/** Of generators: time running, and time suspended at a `yield`. */
export const ACTIVE = 15;
export const WAIT = 16;
/** From here on the last durations, a ring of {@link TREND_WINDOW}. */
const FIRST_PLACE = 17;
/** The last of them. */
const LAST_PLACE = FIRST_PLACE + TREND_WINDOW - 1;

const NO_SUMS = new Float64Array(0);
/** Closed hours kept: those of which some minute may lie within the last 24 hours. */
const HOURS_KEPT = 25;

/** Empty and without arrays until {@link Tally.open}: a site that is never called costs some hundred bytes. */
export class Tally {
  sums: Float64Array = NO_SUMS;
  histogram: Histogram = new Histogram();
  lastError: string | undefined;
  /** Monotonic milliseconds of the last error's end. */
  lastErrorMs: number = 0;
  /** Closed hours, oldest first: hours since the epoch, calls. */
  hours: (readonly [hour: number, calls: number])[] = [];
  /** How often measurements were begun anew. */
  resets: number = 0;
  private callsBeforeHour: number = 0;
  /** Place of the next duration in the ring of the last ones. */
  private cursor: number = FIRST_PLACE;

  /** Whether there is room for measurements. */
  get isOpen(): boolean {
    return this.sums.length > 0;
  }

  /** Calls counted. */
  get calls(): number {
    return this.at(TIMED) + this.at(UNTIMED);
  }

  /** One of the sums; 0 where nothing was measured. */
  at(place: number): number {
    return this.sums[place] ?? 0;
  }

  /** Adds to one of the sums. */
  bump(place: number, by: number): void {
    this.sums[place] = this.at(place) + by;
  }

  /**
   * Timed calls, from a log of entries of `stride` numbers, of which the second is the duration and the third the self
   * time. Many at once, so that the sums stay in registers.
   *
   * @param words - The log's memory as 32-bit words.
   */
  addRun(log: Float64Array, words: Int32Array, start: number, end: number, stride: number): void {
    const { sums, histogram } = this;
    let total = 0;
    let self = 0;
    let min = sums[MIN] as number;
    let max = sums[MAX] as number;
    let cursor = this.cursor;
    for (let place = start; place < end; place += stride) {
      const durationNs = log[place + 1] as number;
      total += durationNs;
      self += log[place + 2] as number;
      if (durationNs < min) min = durationNs;
      if (durationNs > max) max = durationNs;
      sums[cursor] = durationNs;
      cursor = cursor === LAST_PLACE ? FIRST_PLACE : cursor + 1;
      histogram.recordWords(words[2 * place + 3] as number, words[2 * place + 2] as number);
    }
    this.bump(TIMED, (end - start) / stride);
    this.bump(TOTAL, total);
    this.bump(SELF, self);
    sums[MIN] = min;
    sums[MAX] = max;
    this.cursor = cursor;
  }

  /** Change of the resident set in one call. */
  addRss(bytes: number): void {
    this.bump(RSS_SAMPLES, 1);
    this.bump(RSS_SUM, bytes);
  }

  /** What the last error says. */
  setError(text: string, atMs: number): void {
    this.lastError = text;
    this.lastErrorMs = atMs;
  }

  /** Memory and CPU of one sampled call. */
  addMemory(sample: MemorySample, durationNs: number): void {
    this.addRss(sample.rssBytes);
    if (sample.heapBytes !== undefined) {
      this.bump(HEAP_SAMPLES, 1);
      this.bump(HEAP_SUM, sample.heapBytes);
    }
    this.bump(CPU_SAMPLES, 1);
    this.bump(CPU_SUM, sample.cpuNs);
    this.bump(CPU_WALL, durationNs);
  }

  /** The last durations in nanoseconds, oldest first, 100 at most. */
  lastDurations(): readonly number[] {
    const last = [...this.sums.subarray(FIRST_PLACE)];
    const split = this.cursor - FIRST_PLACE;
    return this.at(TIMED) < TREND_WINDOW
      ? last.slice(0, split)
      : [...last.slice(split), ...last.slice(0, split)];
  }

  /** Calls of the hour that is not closed yet. */
  get callsThisHour(): number {
    return this.calls - this.callsBeforeHour;
  }

  /** Closes an hour: what was counted since the last one was belongs to it. */
  closeHour(hour: number): void {
    if (this.callsThisHour > 0) this.hours.push([hour, this.callsThisHour]);
    this.hours = this.hours.filter(([closed]) => closed > hour - HOURS_KEPT);
    this.callsBeforeHour = this.calls;
  }

  /** Makes room for measurements, and forgets those there were. */
  open(): void {
    this.resets++;
    this.sums = new Float64Array(LAST_PLACE + 1);
    this.sums[MIN] = Infinity;
    this.histogram = new Histogram();
    this.cursor = FIRST_PLACE;
    this.lastError = undefined;
    this.hours = [];
    this.callsBeforeHour = 0;
  }
}

/** The tallies of all sites, by the site's number. */
export const tallies: Tally[] = [];
