/** A histogram that is written to: counts by bucket, of which only those that were met take memory. */
import { FIRST_INDEX, INDEX_OF_0, indexOfWords, SCALE } from '../format/buckets.ts';
import type { HistogramRecord } from '../format/record.ts';

/** log2 of the buckets in a group. Durations lie close together, and where something interrupted them far off. */
const GROUP_SHIFT = 3;
/** Buckets in a group. */
const GROUP = 8;
/** Bits of a cell: the bucket's count. Those above say how much of it was told. */
const COUNT = 0xffff;
/** Bits of a cell before what was told. */
const TOLD_SHIFT = 16;
/** What a cell counts at most; where there is more, it begins anew, and `high` has the rest. */
const MOST_COUNTED = 0xfffe;

const NO_GROUPS = new Uint8Array(0);
/** The cells of no bucket: those of the groups begin behind them, so that 0 can say that a group has none. */
const NO_CELLS = new Int32Array(GROUP);
/** Groups that 8 bits can number. */
const MOST_NARROW = 255;

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);

/** Counts a value, in nanoseconds. */
export function recordInto(histogram: Histogram, value: number, times: number = 1): void {
  double[0] = value;
  histogram.recordWords(words[1] as number, words[0] as number, times);
}

/** Counts by bucket, in groups that take memory when something is counted in them. */
export class Histogram {
  zeroCount: number = 0;
  /** Number of the group that `groups[0]` is about: of its buckets, shifted. */
  first: number = 0;
  /** By group: where its cells begin, shifted; 0 where it has none. */
  groups: Uint8Array | Uint16Array = NO_GROUPS;
  /** Those of the groups, in the order in which they were met, behind those of no bucket. */
  cells: Int32Array = NO_CELLS;
  /** For each cell what is to be added to its count, and to what was told of it; most never count so much. */
  high: Float64Array | undefined = undefined;
  private used: number = 1;

  /** Counts the value that is the double with these upper and lower 32 bits; what is below 0 as 0. */
  recordWords(high: number, low: number, times: number): void {
    this.addAt(indexOfWords(high, low), times);
  }

  /** Counts so many at an index. */
  addAt(index: number, times: number): void {
    if (index < FIRST_INDEX) this.zeroCount += times;
    else this.add(index - INDEX_OF_0, times);
  }

  /** Counts so many in a bucket. */
  add(bucket: number, times: number): void {
    const place = this.placeOf(bucket);
    const cell = this.cells[place] as number;
    const count = (cell & COUNT) + times;
    if (count <= MOST_COUNTED) this.cells[place] = cell + times;
    else {
      const high = (this.high ??= new Float64Array(2 * this.cells.length));
      high[2 * place] = (high[2 * place] as number) + count;
      this.cells[place] = cell & ~COUNT;
    }
  }

  /**
   * Tells by how much buckets have grown since this was asked last, in rising order. Returns how many have.
   *
   * @param most - By how much all of them have together: most of a flush's time is spent looking for them.
   */
  takeAdded(buckets: Int32Array, times: Float64Array, most: number): number {
    const { groups, cells, high, first } = this;
    let count = 0;
    for (let group = 0, left = most; left > 0 && group < groups.length; group++) {
      const begin = (groups[group] as number) << GROUP_SHIFT;
      if (begin === 0) continue;
      const bucket = ((first + group) << GROUP_SHIFT) - begin;
      for (let place = begin; place < begin + GROUP; place++) {
        const cell = cells[place] as number;
        let added = (cell & COUNT) - (cell >>> TOLD_SHIFT);
        if (high) added += takeHigh(high, 2 * place);
        if (added === 0) continue;
        cells[place] = (cell & COUNT) | (cell << TOLD_SHIFT);
        left -= added;
        buckets[count] = bucket + place;
        times[count++] = added;
      }
    }
    return count;
  }

  /** Nothing was told. */
  untell(): void {
    const { cells, high } = this;
    for (let place = GROUP; place < cells.length; place++) {
      cells[place] = (cells[place] as number) & COUNT;
      if (high) high[2 * place + 1] = 0;
    }
  }

  /** Visits the buckets that are not empty, in rising order. */
  visit(visit: (bucket: number, times: number) => void): void {
    const { groups, cells, high, first } = this;
    for (let group = 0; group < groups.length; group++) {
      const begin = (groups[group] as number) << GROUP_SHIFT;
      if (begin === 0) continue;
      const bucket = ((first + group) << GROUP_SHIFT) - begin;
      for (let place = begin; place < begin + GROUP; place++) {
        const times = ((cells[place] as number) & COUNT) + (high ? (high[2 * place] as number) : 0);
        if (times !== 0) visit(bucket + place, times);
      }
    }
  }

  /** The state as plain data, empty buckets at both ends left off. */
  toRecord(): HistogramRecord {
    const counts: number[] = [];
    let offset = 0;
    this.visit((bucket, times) => {
      if (counts.length === 0) offset = bucket;
      while (counts.length < bucket - offset) counts.push(0);
      counts.push(times);
    });
    return { scale: SCALE, zeroCount: this.zeroCount, offset, counts };
  }

  /** Where the bucket is counted. */
  private placeOf(bucket: number): number {
    const group = bucket >> GROUP_SHIFT;
    const at = group - this.first;
    const known = at >= 0 && at < this.groups.length ? (this.groups[at] as number) : 0;
    const begin = known === 0 ? this.begin(group) : known;
    return (begin << GROUP_SHIFT) + (bucket & (GROUP - 1));
  }

  /** Makes room for a group. */
  private begin(group: number): number {
    this.reach(group);
    const place = this.used++;
    if (place << GROUP_SHIFT === this.cells.length) this.grow(place);
    if (place > MOST_NARROW && this.groups.BYTES_PER_ELEMENT === 1)
      this.groups = Uint16Array.from(this.groups);
    this.groups[group - this.first] = place;
    return place;
  }

  /** Makes room for the cells of more groups than there are. */
  private grow(groups: number): void {
    // A quarter more: copying stays in proportion to what is there, and little is unused.
    const length = (groups + 1 + (groups >> 2)) << GROUP_SHIFT;
    const { cells, high } = this;
    this.cells = new Int32Array(length);
    this.cells.set(cells);
    if (!high) return;
    this.high = new Float64Array(2 * length);
    this.high.set(high);
  }

  /** Widens the list of groups up to one, and by one more where there are others. */
  private reach(group: number): void {
    const { groups, first } = this;
    const at = group - first;
    if (groups.length === 0) {
      this.first = group;
      this.groups = new Uint8Array(1);
    } else if (at < 0 || at >= groups.length) {
      const before = at < 0 ? 1 - at : 0;
      const length = at < 0 ? before + groups.length : at + 2;
      this.groups = groups.BYTES_PER_ELEMENT === 1 ? new Uint8Array(length) : new Uint16Array(length);
      this.groups.set(groups, before);
      this.first = first - before;
    }
  }
}

/** What was added to a high part and not told; the place behind it says what was. */
function takeHigh(high: Float64Array, place: number): number {
  const all = high[place] as number;
  const added = all - (high[place + 1] as number);
  high[place + 1] = all;
  return added;
}
