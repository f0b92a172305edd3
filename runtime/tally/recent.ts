/**
 * The ring of recent metrics: one typed array, overwritten in a circle, so that a call allocates nothing.
 *
 * A call's end only notes it in a log (log.ts). The sums, the histogram and the ring follow for some hundred calls at once,
 * before anybody looks: between two reads of the clock the processor waits for all that came before (the kernel's clock
 * fences), while in a loop it works ahead. See README.md, "Under the cost of two clock reads".
 */
import { NS_PER_MS } from '../platform/clock.ts';
import { KEEP_MS, ONE_OF } from './cleanup.ts';
import { hot, NEXT_ENTRY } from '../stack/frames.ts';
import { log, LOG_END, LOG_LIMIT, logWords } from '../stack/log.ts';
import {
  DURATION,
  END_AT,
  INNER_CALL,
  LINK,
  LONG_CALL,
  NO_CALLER,
  OPEN_CALL,
  RAW_DURATION,
  STRIDE,
  WEIGHTED,
  WEIGHT_OF,
} from '../stack/log-entry.ts';
import { tallies } from './callers.ts';

/** What only some metrics carry. Filled in later for errors whose message becomes known after the call ended. */
export interface MetricExtra {
  memoryBytes?: number;
  cpuPercent?: number;
  argsHash?: string;
  error?: string;
}

/** A call as it is noted. */
export interface NotedCall {
  /** Program time. */
  readonly durationNs: number;
  /** As measured. */
  readonly rawNs: number;
  /** Number of the site that called it, -1 where none did. */
  readonly caller: number;
  /** A call of the same function is going on. */
  readonly isInner: boolean;
  /** It has outlived its stack, so that other calls could go on before it ended. */
  readonly isOpen: boolean;
  /** It is a long one of a function whose calls are sampled (call/long-calls.ts). */
  readonly isLong?: boolean | undefined;
  /** How many calls it stands for. */
  readonly weight: number;
  /** Monotonic milliseconds at which the call ended. */
  readonly endMs: number;
  readonly ok: boolean;
  readonly extra: MetricExtra | undefined;
}

/** One entry, read back. */
export interface RecentMetric extends Pick<NotedCall, 'durationNs' | 'endMs' | 'ok' | 'extra'> {
  /** Number of the metric among all recorded by this ring. */
  readonly sequence: number;
  readonly site: number;
}

/** Metrics kept unless configured otherwise. */
export const DEFAULT_HISTORY = 10_000;

/** So many that metrics carry are kept without asking who needs them. */
const FEW_EXTRAS = 256;

/** Instead of a site: the cleanup took the entry. */
const FORGOTTEN = 0x7fff_ffff;
/** The ring, and what becomes of the log. */
export class RecentMetrics {
  /** Called where the log is full. */
  full: () => void = () => this.drain();

  #ring: Float64Array = new Float64Array(0);
  /** The same memory as 32-bit words. */
  #words: Int32Array = new Int32Array(this.#ring.buffer);
  /** Place in the ring that is written next. */
  #next: number = 0;
  /** Place in the log up to which all is in the sums: more than 0 only where that was broken off. */
  #added: number = 0;
  /** Entries in the laps completed. An entry's sequence number is this and its position in the lap. */
  #lapped: number = 0;
  #kept: number = 0;
  /** Sequence number from which on metrics count. */
  #first: number = 0;
  /** Sequence number of the oldest entry that the ring was given when it was last resized. */
  #oldest: number = 0;
  /** Sequence numbers below this were judged by the cleanup. */
  #judged: number = 0;
  /** Sequence numbers below this were written to the journal, or left out for the time being. */
  #written: number = 0;
  /** Those left out: pairs of the first one and the one behind the last. */
  #leftOut: (readonly [from: number, to: number])[] = [];
  readonly #extras = new Map<number /* sequence */, MetricExtra>();
  /** How many there may be before those that nobody needs are looked for. */
  #extrasAtMost: number = FEW_EXTRAS;

  /** Metrics recorded so far, those overwritten included. */
  get recorded(): number {
    return this.#end - this.#first;
  }

  get #end(): number {
    return this.#lapped + (this.#next + (hot[NEXT_ENTRY] as number)) / STRIDE;
  }

  get #start(): number {
    return Math.max(this.#first, this.#oldest, this.#end - this.#kept);
  }

  /** Notes a call by the slow path. */
  add(site: number, call: NotedCall): void {
    const { ok, durationNs, rawNs, caller, isInner, isOpen, isLong, weight, endMs, extra } = call;
    const sequence = this.#end;
    const link =
      (caller < 0 ? NO_CALLER : caller) |
      (isInner ? INNER_CALL : 0) |
      (isOpen ? OPEN_CALL : 0) |
      (isLong ? LONG_CALL : 0);
    // First: where the stack ends, or a time limit of `vm`, what the call carries may be lost, and not the call.
    this.note(ok ? site : ~site, link, durationNs, rawNs, endMs * NS_PER_MS, weight);
    if (extra && this.#kept > 0) this.#attach(sequence, extra);
  }

  /**
   * Notes a failed call of a site that no list knows, and forgets it: V8 compiles a function when it is first called, on the
   * stack, of which the first call that fails may have nothing left.
   */
  warmUp(site: number): void {
    const next = hot[NEXT_ENTRY] as number;
    const times = { durationNs: 0, rawNs: 0, endMs: 0, weight: 1 };
    if (next + STRIDE < LOG_END)
      this.add(site, { ok: false, ...times, caller: -1, isInner: false, isOpen: false, extra: {} });
    hot[NEXT_ENTRY] = next;
    this.#extras.delete(this.#end);
  }

  /** Notes a call: an entry's numbers, one by one, so that nothing is allocated. */
  note(site: number, link: number, durationNs: number, rawNs: number, endNs: number, weight: number): void {
    const next = hot[NEXT_ENTRY] as number;
    logWords[2 * next] = site;
    logWords[2 * next + LINK] = weight === 1 ? link : link | WEIGHTED;
    log[next + DURATION] = durationNs;
    log[next + RAW_DURATION] = rawNs;
    log[next + END_AT] = endNs;
    log[next + WEIGHT_OF] = weight;
    hot[NEXT_ENTRY] = next + STRIDE;
    if (next + STRIDE >= LOG_END) this.full();
  }

  #attach(sequence: number, extra: MetricExtra): void {
    if (this.#extras.size >= this.#extrasAtMost) this.#forgetExtras();
    this.#extras.set(sequence, extra);
  }

  /** Those of metrics that are not held any more. Many at once: finding the oldest takes a map as long as all of them. */
  #forgetExtras(): void {
    const start = this.#start;
    this.#extras.forEach((_, sequence) => {
      if (sequence < start) this.#extras.delete(sequence);
    });
    this.#extrasAtMost = Math.max(FEW_EXTRAS, 2 * this.#extras.size);
  }

  /** Adds what was noted to the sums, and to the ring. Everything that reads sums calls this first. */
  drain(): void {
    const next = Math.min(LOG_LIMIT, hot[NEXT_ENTRY] as number);
    for (let start = this.#added, end = start; start < next; start = end) {
      const site = logWords[2 * start] as number;
      const link = logWords[2 * start + LINK] as number;
      do end += STRIDE;
      while (end < next && logWords[2 * end] === site && logWords[2 * end + LINK] === link);
      tallies[site < 0 ? ~site : site]?.addRun(start, end);
      this.#added = end;
    }
    this.#added = 0;
    hot[NEXT_ENTRY] = 0;
    this.#keep(next);
  }

  /** Takes the entries of the log up to a place over. */
  #keep(end: number): void {
    const ring = this.#ring;
    if (ring.length === 0) this.#lapped += end / STRIDE;
    for (let from = 0; from < end && ring.length > 0;) {
      const to = Math.min(end, from + ring.length - this.#next);
      ring.set(log.subarray(from, to), this.#next);
      this.#next += to - from;
      from = to;
      if (this.#next < ring.length) continue;
      this.#next = 0;
      this.#lapped += ring.length / STRIDE;
    }
  }

  /** The metrics held, oldest first, from a sequence number on, up to another. */
  list(from: number = 0, to: number = Infinity): RecentMetric[] {
    this.drain();
    const metrics: RecentMetric[] = [];
    const end = Math.min(to, this.#end);
    for (let sequence = Math.max(from, this.#start); sequence < end; sequence++) {
      const place = this.#placeOf(sequence);
      const site = this.#words[2 * place] ?? FORGOTTEN;
      if (site === FORGOTTEN) continue;
      metrics.push({
        sequence,
        site: site < 0 ? ~site : site,
        ok: site >= 0,
        durationNs: Math.max(0, this.#ring[place + DURATION] ?? 0),
        endMs: (this.#ring[place + END_AT] ?? 0) / NS_PER_MS,
        extra: this.#extras.get(sequence),
      });
    }
    return metrics;
  }

  #placeOf(sequence: number): number {
    const { length } = this.#ring;
    return ((sequence - this.#lapped) * STRIDE + length) % length;
  }

  /**
   * The metrics not yet taken by this method, oldest first.
   *
   * @param most - Take the newest so many; those left out come when all are asked for, if they are still held.
   * @param waiting - The last so many come with the next ones.
   */
  takeUnwritten(most: number = Infinity, waiting: number = 0): RecentMetric[] {
    const end = Math.max(this.#written, this.#end - waiting);
    const from = Math.max(this.#written, end - most);
    this.#leftOut = this.#leftOut.filter((range) => range[1] > this.#start);
    const taken = most === Infinity ? this.#takeLeftOut() : [];
    if (from > this.#written) this.#leftOut.push([this.#written, from]);
    this.#written = end;
    return taken.concat(this.list(from, end));
  }

  #takeLeftOut(): RecentMetric[] {
    const ranges = this.#leftOut;
    this.#leftOut = [];
    const from = ranges[0]?.[0] ?? this.#written;
    return this.list(from).filter(({ sequence }) =>
      ranges.some((range) => sequence >= range[0] && sequence < range[1]),
    );
  }

  /** Everything held is to be written again: into another file. */
  rewind(): void {
    this.#written = 0;
    this.#leftOut = [];
  }

  /** Keeps the newest `history` metrics from now on; 0 keeps none. */
  resize(history: number): void {
    this.drain();
    const ring = this.#ring;
    const start = this.#start;
    const end = this.#end;
    const places = Array.from({ length: end - start }, (_, i) => this.#placeOf(start + i));
    this.#kept = Math.max(0, Math.floor(history));
    this.#ring = new Float64Array(this.#kept * STRIDE);
    this.#words = new Int32Array(this.#ring.buffer);
    const held = this.#kept > 0 ? places.slice(-this.#kept) : [];
    held.forEach((place, i) => this.#ring.set(ring.subarray(place, place + STRIDE), i * STRIDE));
    this.#lapped = this.#oldest = end - held.length;
    this.#next = held.length * STRIDE;
    if (this.#next < this.#ring.length) return;
    this.#next = 0;
    this.#lapped = end;
  }

  /**
   * The seed's cleanup: metrics younger than 24 hours stay, of older ones every 10th. The seed judges *all* old ones at
   * every pass, so that after an hour none is left; here each is judged once.
   */
  clean(nowMs: number): void {
    this.drain();
    this.#judged = Math.max(this.#judged, this.#start);
    for (; this.#judged < this.#end; this.#judged++) {
      const place = this.#placeOf(this.#judged);
      if ((this.#ring[place + END_AT] ?? 0) > (nowMs - KEEP_MS) * NS_PER_MS) return;
      if (this.#judged % ONE_OF !== 0) this.#words[2 * place] = FORGOTTEN;
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
