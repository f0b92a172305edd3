/**
 * The ring of recent metrics, which is also the log that the sums are made from: one typed array, overwritten in a
 * circle, so that a call allocates nothing.
 *
 * A call's end only notes it here. The sums and the histogram follow for some hundred calls at once, before anybody
 * looks: between two reads of the clock the processor waits for all that came before (the kernel's clock fences), while
 * in a loop it works ahead. See README.md, "Under the cost of two clock reads".
 */
import { KEEP_MS, ONE_OF } from './cleanup.ts';
import { now } from './clock.ts';
import { excludeTime } from './frames.ts';
import { tallies } from './tally.ts';

/** What only some metrics carry. Filled in later for errors whose message becomes known after the call ended. */
export interface MetricExtra {
  memoryBytes?: number;
  cpuPercent?: number;
  argsHash?: string;
  error?: string;
}

/** A call as it is noted. */
export interface NotedCall {
  readonly durationNs: number;
  readonly selfNs: number;
  /** Monotonic milliseconds at which the call ended. */
  readonly endMs: number;
  readonly ok: boolean;
  readonly extra: MetricExtra | undefined;
}

/** One entry, read back. */
export interface RecentMetric extends NotedCall {
  /** Number of the metric among all recorded by this ring. */
  readonly sequence: number;
  readonly site: number;
}

/** Metrics kept unless configured otherwise. */
export const DEFAULT_HISTORY = 10_000;

/** Numbers of an entry: site (complemented, `~site`, for a call that failed), duration, self time, end. */
const STRIDE = 4;
/** Entries between two drainings. */
const BATCH = 256;

/** The ring. The fast path writes `ring` and `next` itself. */
export class RecentMetrics {
  ring: Float64Array = new Float64Array(BATCH * STRIDE);
  /** Place in `ring` that is written next. */
  next: number = 0;
  /** Place at which the ring must be drained. */
  limit: number = BATCH * STRIDE;

  #words: Int32Array = new Int32Array(this.ring.buffer);
  /** Place from which on entries are not in the sums yet. */
  #undrained: number = 0;
  /** Entries in the laps completed. An entry's sequence number is this and its position in the lap. */
  #lapped: number = 0;
  #kept: number = 0;
  /** Sequence number from which on metrics count. */
  #first: number = 0;
  /** Sequence number of the oldest entry that the ring was given when it was last resized. */
  #oldest: number = 0;
  /** Sequence numbers below this were judged by the cleanup. */
  #judged: number = 0;
  /** Sequence numbers below this were written to the journal. */
  #written: number = 0;
  readonly #extras = new Map<number /* sequence */, MetricExtra>();

  /** Metrics recorded so far, those overwritten included. */
  get recorded(): number {
    return this.#end - this.#first;
  }

  get #end(): number {
    return this.#lapped + this.next / STRIDE;
  }

  get #start(): number {
    return Math.max(this.#first, this.#oldest, this.#end - this.#kept);
  }

  /** Notes a call by the slow path. */
  add(site: number, { ok, durationNs, selfNs, endMs, extra }: NotedCall): void {
    if (extra && this.#kept > 0) this.#attach(extra);
    this.ring.set([ok ? site : ~site, durationNs, selfNs, endMs], this.next);
    this.next += STRIDE;
    if (this.next === this.limit) this.drain();
  }

  #attach(extra: MetricExtra): void {
    for (const sequence of this.#extras.keys()) {
      if (sequence >= this.#start) break; // in order of insertion
      this.#extras.delete(sequence);
    }
    this.#extras.set(this.#end, extra);
  }

  /** Adds what was noted to the sums. Everything that reads sums calls this first. */
  drain(): void {
    const { ring, next } = this;
    const words = this.#words;
    for (let start = this.#undrained, end = start; start < next; start = end) {
      const site = ring[start] as number;
      do end += STRIDE;
      while (end < next && ring[end] === site);
      tallies[site < 0 ? ~site : site]?.addRun(ring, words, start, end, STRIDE);
    }
    if (next === ring.length) {
      this.next = 0;
      this.#lapped += next / STRIDE;
    }
    this.#undrained = this.next;
    this.limit = Math.min(ring.length, this.next + BATCH * STRIDE);
  }

  /** The metrics held, oldest first. */
  list(): RecentMetric[] {
    const metrics: RecentMetric[] = [];
    for (let sequence = this.#start; sequence < this.#end; sequence++) {
      const place = this.#placeOf(sequence);
      const [site = 0, durationNs = 0, selfNs = 0, endMs = 0] = this.ring.subarray(place, place + STRIDE);
      const index = site < 0 ? ~site : site;
      const extra = this.#extras.get(sequence);
      if (site === site)
        metrics.push({ sequence, site: index, ok: site >= 0, durationNs, selfNs, endMs, extra });
    }
    return metrics;
  }

  #placeOf(sequence: number): number {
    const { length } = this.ring;
    return ((sequence - this.#lapped) * STRIDE + length) % length;
  }

  /** The metrics not yet taken by this method, oldest first. */
  takeUnwritten(): RecentMetric[] {
    const fresh = this.list().filter(({ sequence }) => sequence >= this.#written);
    this.#written = this.#end;
    return fresh;
  }

  /** Keeps the newest `history` metrics from now on; 0 keeps none. */
  resize(history: number): void {
    this.drain();
    const { ring } = this;
    const start = this.#start;
    const end = this.#end;
    const places = Array.from({ length: end - start }, (_, i) => this.#placeOf(start + i));
    this.#kept = Math.max(0, Math.floor(history));
    this.ring = new Float64Array(Math.max(BATCH, this.#kept) * STRIDE);
    this.#words = new Int32Array(this.ring.buffer);
    const held = places.slice(Math.max(0, places.length - this.#kept));
    held.forEach((place, i) => this.ring.set(ring.subarray(place, place + STRIDE), i * STRIDE));
    this.#lapped = this.#oldest = end - held.length;
    this.next = this.#undrained = held.length * STRIDE;
    this.drain();
  }

  /**
   * The seed's cleanup: metrics younger than 24 hours stay, of older ones every 10th. The seed judges *all* old ones at
   * every pass, so that after an hour none is left; here each is judged once.
   */
  clean(nowMs: number): void {
    this.#judged = Math.max(this.#judged, this.#start);
    for (; this.#judged < this.#end; this.#judged++) {
      const place = this.#placeOf(this.#judged);
      if ((this.ring[place + 3] ?? 0) > nowMs - KEEP_MS) return;
      if (this.#judged % ONE_OF !== 0) this.ring[place] = Number.NaN; // no site: list() passes over it
    }
  }

  /** Forgets all metrics and that there were any. */
  clear(): void {
    this.drain();
    this.#first = this.#end;
  }
}

/** The thread's ring; the monitor gives it its size. */
export const recent: RecentMetrics = new RecentMetrics();

/** Drains the ring from within a call: what that takes is not the callers' time. */
export function drainInCall(): void {
  const beginMs = now();
  recent.drain();
  excludeTime(now() - beginMs);
}
