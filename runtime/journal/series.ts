/**
 * What was measured over time, ever coarser: seconds are what each flush writes into the current segment, and are gone
 * with it. Of minutes, hours and days the sums are written to files of their own when they are over, so that nothing
 * is ever read back or rewritten, and old files can go as a whole.
 */
import { guardedJournal } from '../platform/diagnostics.ts';
import type { Encoder } from './encoder.ts';
import { BUCKET_RECORD, BUCKET_SHIFT, HAS_HISTOGRAM, IN_FLIGHT, SUMS } from '../format/layout.ts';
import { type Level, LEVELS } from '../format/levels.ts';
import { bitsOf, changed, changes, noteBucket, writeBuckets, writeColumns } from './row-parts.ts';
import type { RowListener } from './rows.ts';
import { Slab } from './slab.ts';
import { Windows } from './windows.ts';

/** The columns of a time bucket. */
const BUCKET_BITS = (1 << IN_FLIGHT) - 1;

/** A file that a level writes to. */
export interface BucketFile {
  append(bytes: Uint8Array): void;
  /** `undefined` where the file was removed. */
  writtenAt(): number | undefined;
  close(): void;
  remove(): void;
}

/** Where levels write. */
export interface BucketDisk {
  /** Opens a file of that name behind the writer's; throws where it cannot. `begin` puts head and sites into it. */
  open(suffix: string): BucketFile;
  /** Writes magic, head and the sites from `known` on; returns how many there are. */
  introduce(out: Encoder, known: number): number;
}

/** The sums of one level's current bucket, and of the coarser levels behind it. */
export class Series implements RowListener {
  readonly #level: Level;
  readonly #next: Series | undefined;
  readonly #disk: BucketDisk;
  readonly #out: Encoder;
  readonly #rows: Slab = new Slab(SUMS);
  readonly #buckets: Windows = new Windows();
  /** One more than the largest site that has a row. */
  #sites: number = 0;
  readonly #files: BucketFile[] = [];
  #serial: number = 0;
  #period: number = -1;
  #knownSites: number = 0;
  /** Epoch milliseconds at which the current bucket begins. */
  #startMs: number = -1;
  #endMs: number = -1;
  #isUsed: boolean = false;

  constructor(disk: BucketDisk, out: Encoder, depth: number = 0) {
    this.#level = LEVELS[depth] as Level;
    this.#next = depth + 1 < LEVELS.length ? new Series(disk, out, depth + 1) : undefined;
    this.#disk = disk;
    this.#out = out;
  }

  /** What is added from now on was measured about that time: closes the bucket before, if it is over. */
  moveTo(atMs: number): void {
    if (atMs >= this.#startMs && atMs < this.#endMs) return;
    const { widthMs } = this.#level;
    const startMs = Math.floor(atMs / widthMs) * widthMs;
    // What cannot be written now goes with the next bucket, which is that much longer.
    if (!this.#isUsed || guardedJournal(() => this.#close())) this.#startMs = startMs;
    this.#endMs = startMs + widthMs;
  }

  /** See {@link RowListener}. */
  reserve(sites: number): void {
    this.#rows.reserve(sites);
    this.#buckets.reserve(sites);
  }

  /** See {@link RowListener}. */
  added(
    site: number,
    bits: number,
    columns: Float64Array,
    buckets: Int32Array,
    times: Float64Array,
    count: number,
  ): void {
    this.#add(site, bits, columns, 0, buckets, times, count, BUCKET_SHIFT);
  }

  /** Adds to a site's sums: the columns from a place on, and buckets, finer ones by so much. */
  #add(
    site: number,
    bits: number,
    columns: Float64Array,
    from: number,
    buckets: Int32Array,
    times: Float64Array,
    count: number,
    shift: number,
  ): void {
    const place = this.#rows.placeOf(site);
    const own = this.#rows.numbers;
    for (let rest = bits & BUCKET_BITS; rest !== 0; rest &= rest - 1) {
      const i = 31 - Math.clz32(rest & -rest);
      own[place + i] = (own[place + i] as number) + (columns[from + i] as number);
    }
    this.#buckets.add(site, buckets, times, count, shift);
    if (site >= this.#sites) this.#sites = site + 1;
    this.#isUsed = true;
  }

  #close(): true {
    const file = this.#fileFor(this.#startMs);
    const out = this.#out;
    const begin = out.at;
    try {
      this.#knownSites = this.#disk.introduce(out, this.#knownSites);
      this.#write(out);
      file.append(out.bytes.subarray(begin, out.at));
    } catch (error) {
      // Something may have been written: nothing may follow it.
      this.#period = -1;
      throw error;
    } finally {
      out.at = begin;
    }
    this.#handOn();
    return true;
  }

  #write(out: Encoder): void {
    this.#begin(out);
    const { numbers: columns } = this.#rows;
    let before = -1;
    for (let site = 0; site < this.#sites; site++) {
      const place = this.#rows.placeOf(site);
      const bits = bitsOf(columns, IN_FLIGHT, place);
      if (bits === 0) continue;
      if (out.isLong) {
        out.end();
        this.#begin(out);
        before = -1;
      }
      out.room();
      const count = this.#note(site);
      writeColumns(out, site - before - 1, count > 0 ? HAS_HISTOGRAM : 0, bits, columns, place);
      if (count > 0) writeBuckets(out, changed, changes, count);
      before = site;
    }
    out.end();
  }

  #begin(out: Encoder): void {
    out.begin(BUCKET_RECORD);
    out.uint(this.#startMs);
    out.uint(this.#endMs);
  }

  /** The sums go on to the next level, and begin anew here. */
  #handOn(): void {
    const next = this.#next;
    const { numbers: columns } = this.#rows;
    next?.moveTo((this.#startMs + this.#endMs) / 2);
    next?.reserve(this.#sites);
    for (let site = 0; site < this.#sites; site++) {
      const place = this.#rows.placeOf(site);
      const bits = bitsOf(columns, IN_FLIGHT, place);
      if (bits === 0) continue;
      if (next) next.#add(site, bits, columns, place, changed, changes, this.#note(site), 0);
      columns.fill(0, place, place + SUMS);
    }
    this.#buckets.clear();
    this.#isUsed = false;
  }

  /** Notes the buckets of a site. Returns how many were noted. */
  #note(site: number): number {
    let count = 0;
    this.#buckets.visit(site, (bucket, times) => {
      count = noteBucket(count, bucket, times);
    });
    return count;
  }

  #fileFor(startMs: number): BucketFile {
    const { fileMs, letter, files } = this.#level;
    const period = Math.floor(startMs / fileMs);
    const last = this.#files.at(-1);
    if (last && period === this.#period && guardedJournal(() => last.writtenAt()) !== undefined) return last;
    const file = this.#disk.open(`${letter}${this.#serial++}`);
    last?.close();
    this.#files.push(file);
    if (this.#files.length > files) this.#files.shift()?.remove();
    this.#period = period;
    this.#knownSites = -1;
    return file;
  }
}
