/**
 * What was measured over time, ever coarser: seconds are what each flush writes into the current segment, and are gone
 * with it. Of minutes, hours and days the sums are written to files of their own when they are over, so that nothing
 * is ever read back or rewritten, and old files can go as a whole.
 */
import { guarded } from './diagnostics.ts';
import type { Encoder } from './encoder.ts';
import { BUCKET_RECORD, BUCKET_SHIFT, HAS_HISTOGRAM, IN_FLIGHT, SUMS } from './layout.ts';
import { type Level, LEVELS } from './levels.ts';
import { bitsOf, type RowListener, writeBuckets, writeColumns } from './rows.ts';
import { Window } from './window.ts';

/** The columns of a time bucket. */
const SUM_BITS = (1 << IN_FLIGHT) - 1;

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

interface Row {
  readonly columns: Float64Array;
  readonly buckets: Window;
  isUsed: boolean;
}

/** The sums of one level's current bucket, and of the coarser levels behind it. */
export class Series implements RowListener {
  readonly #level: Level;
  readonly #next: Series | undefined;
  readonly #disk: BucketDisk;
  readonly #out: Encoder;
  readonly #rows: (Row | undefined)[] = [];
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
    if (!this.#isUsed || guarded(() => this.#close())) this.#startMs = startMs;
    this.#endMs = startMs + widthMs;
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
    const row = this.#rowOf(site);
    const own = row.columns;
    for (let rest = bits & SUM_BITS; rest !== 0; rest &= rest - 1) {
      const i = 31 - Math.clz32(rest & -rest);
      own[i] = (own[i] as number) + (columns[i] as number);
    }
    const window = row.buckets;
    for (let i = 0; i < count; i++) window.add((buckets[i] as number) >> BUCKET_SHIFT, times[i] as number);
  }

  #rowOf(site: number): Row {
    let row = site < this.#rows.length ? this.#rows[site] : undefined;
    while (this.#rows.length <= site) this.#rows.push(undefined);
    row ??= { columns: new Float64Array(SUMS), buckets: new Window(), isUsed: true };
    this.#rows[site] = row;
    row.isUsed = this.#isUsed = true;
    return row;
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
    let before = -1;
    for (let site = 0; site < this.#rows.length; site++) {
      const row = this.#rows[site];
      if (!row?.isUsed) continue;
      if (out.isLong) {
        out.end();
        this.#begin(out);
        before = -1;
      }
      out.room();
      const parts = hasBuckets(row) ? HAS_HISTOGRAM : 0;
      writeColumns(out, site - before - 1, parts, bitsOf(row.columns, IN_FLIGHT), row.columns);
      writeWindow(out, row.buckets);
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
    next?.moveTo((this.#startMs + this.#endMs) / 2);
    for (let site = 0; site < this.#rows.length; site++) {
      const row = this.#rows[site];
      if (!row?.isUsed) continue;
      if (next) next.#addRow(site, row);
      row.columns.fill(0);
      row.buckets.clear();
      row.isUsed = false;
    }
    this.#isUsed = false;
  }

  #addRow(site: number, { columns, buckets }: Row): void {
    const row = this.#rowOf(site);
    for (let i = 0; i < SUMS; i++) row.columns[i] = (row.columns[i] as number) + (columns[i] as number);
    for (let i = 0; i < buckets.counts.length; i++) {
      const times = buckets.counts[i] as number;
      if (times !== 0) row.buckets.add(buckets.offset + i, times);
    }
  }

  #fileFor(startMs: number): BucketFile {
    const { fileMs, letter, files } = this.#level;
    const period = Math.floor(startMs / fileMs);
    const last = this.#files.at(-1);
    if (last && period === this.#period && guarded(() => last.writtenAt()) !== undefined) return last;
    const file = this.#disk.open(`${letter}${this.#serial++}`);
    last?.close();
    this.#files.push(file);
    if (this.#files.length > files) this.#files.shift()?.remove();
    this.#period = period;
    this.#knownSites = -1;
    return file;
  }
}

function hasBuckets({ buckets }: Row): boolean {
  const { counts } = buckets;
  for (let i = 0; i < counts.length; i++) if ((counts[i] as number) > 0) return true;
  return false;
}

const numbers = new Int32Array(1 << 13);
const times = new Float64Array(1 << 13);

function writeWindow(out: Encoder, { counts, offset }: Window): void {
  let count = 0;
  for (let i = 0; i < counts.length; i++) {
    if (!((counts[i] as number) > 0)) continue;
    numbers[count] = offset + i;
    times[count++] = counts[i] as number;
  }
  if (count > 0) writeBuckets(out, numbers, times, count);
}
