/** A histogram that is written to: counts by bucket, of which only those that were met take memory. */
import { FIRST_INDEX, INDEX_OF_0, indexOfWords, SCALE } from '../format/buckets.ts';
import type { HistogramRecord } from '../format/record.ts';
import { blockOf, giveBack, GROUP, GROUP_SHIFT, highOf, makeHigh, placeOf, takeGroup } from './cells.ts';

/** Bits of a cell: the bucket's count. Those above say how much of it was told. */
const COUNT = 0xffff;
/** Bits of a cell before what was told. */
const TOLD_SHIFT = 16;
/** What a cell counts at most; where there is more, it begins anew, and what is above it has the rest. */
const MOST_COUNTED = 0xfffe;

const NO_GROUPS: number[] = [];

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);

/** Counts a value, in nanoseconds. */
export function recordInto(histogram: Histogram, value: number, times: number = 1): void {
  double[0] = value;
  histogram.recordWords(words[1] as number, words[0] as number, times);
}

/** Counts by bucket, in groups (cells.ts) that take memory when something is counted in them. */
export class Histogram {
  zeroCount: number = 0.5; // becomes a fraction to V8: see Draws
  /** Which buckets `groups[0]` is about: their numbers, shifted. */
  private first: number = 0;
  /** By such a number, less the first: the group that counts them; 0 where none does. */
  private groups: number[] = NO_GROUPS;
  /** Whether there is something above the cells of any. */
  private isHigh: boolean = false;

  constructor() {
    this.zeroCount = 0;
  }

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
    const group = this.groupOf(bucket >> GROUP_SHIFT);
    const cells = blockOf(group);
    const column = bucket & (GROUP - 1);
    const place = placeOf(group) + column;
    const cell = cells[place] as number;
    const count = (cell & COUNT) + times;
    if (count <= MOST_COUNTED) cells[place] = cell + times;
    else {
      const high = makeHigh(group);
      high[2 * column] = (high[2 * column] as number) + count;
      cells[place] = cell & ~COUNT;
      this.isHigh = true;
    }
  }

  /**
   * Tells by how much buckets have grown since this was asked last, in rising order. Returns how many have.
   *
   * @param most - By how much all of them have together: most of a flush's time is spent looking for them.
   */
  takeAdded(buckets: Int32Array, times: Float64Array, most: number): number {
    let count = 0;
    let left = most;
    this.visitGroups((cells, begin, bucket, high) => {
      if (left <= 0) return;
      for (let column = 0; column < GROUP; column++) {
        const cell = cells[begin + column] as number;
        let added = (cell & COUNT) - (cell >>> TOLD_SHIFT);
        if (high) added += takeHigh(high, 2 * column);
        if (added === 0) continue;
        cells[begin + column] = (cell & COUNT) | (cell << TOLD_SHIFT);
        left -= added;
        buckets[count] = bucket + column;
        times[count++] = added;
      }
    });
    return count;
  }

  /** Nothing was told. */
  untell(): void {
    this.visitGroups((cells, begin, _, high) => {
      for (let column = 0; column < GROUP; column++) {
        cells[begin + column] = (cells[begin + column] as number) & COUNT;
        if (high) high[2 * column + 1] = 0;
      }
    });
  }

  /** Visits the buckets that are not empty, in rising order. */
  visit(visit: (bucket: number, times: number) => void): void {
    this.visitGroups((cells, begin, bucket, high) => {
      for (let column = 0; column < GROUP; column++) {
        const above = high ? (high[2 * column] as number) : 0;
        const times = above + ((cells[begin + column] as number) & COUNT);
        if (times !== 0) visit(bucket + column, times);
      }
    });
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

  /** Forgets all that was counted. */
  clear(): void {
    const { groups } = this;
    this.groups = NO_GROUPS;
    this.zeroCount = 0;
    this.isHigh = false;
    for (let i = 0; i < groups.length; i++) if (groups[i] !== 0) giveBack(groups[i] as number);
  }

  /** Visits the groups there are: where their cells begin, the number of the first one's bucket, and what is above them. */
  private visitGroups(
    visit: (cells: Int32Array, begin: number, bucket: number, high: Float64Array | undefined) => void,
  ): void {
    const { groups, first, isHigh } = this;
    for (let i = 0; i < groups.length; i++) {
      const group = groups[i] as number;
      if (group === 0) continue;
      visit(blockOf(group), placeOf(group), (first + i) << GROUP_SHIFT, isHigh ? highOf(group) : undefined);
    }
  }

  /** The group that counts the buckets of a number, shifted. */
  private groupOf(number: number): number {
    const at = number - this.first;
    const known = at >= 0 && at < this.groups.length ? (this.groups[at] as number) : 0;
    return known === 0 ? this.begin(number) : known;
  }

  /** Makes room for those. */
  private begin(number: number): number {
    const group = takeGroup();
    const { groups } = this;
    if (groups.length === 0) {
      this.first = number;
      this.groups = [group];
      return group;
    }
    for (; number < this.first; this.first--) groups.unshift(0);
    while (number - this.first >= groups.length) groups.push(0);
    groups[number - this.first] = group;
    return group;
  }
}

/** What was added to a high part and not told; the place behind it says what was. */
function takeHigh(high: Float64Array, place: number): number {
  const all = high[place] as number;
  const added = all - (high[place + 1] as number);
  high[place + 1] = all;
  return added;
}
