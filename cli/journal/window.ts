/** Counts by bucket, over a window of buckets that grows to what was seen. */

const NO_COUNTS = new Float64Array(0);
/** Buckets kept free on either side when the window grows. */
const MARGIN = 4;

/** Dense: what many files hold is added up here. */
export class Window {
  /** Number of the bucket that `counts[0]` counts. */
  offset: number = 0;
  counts: Float64Array = NO_COUNTS;

  add(bucket: number, times: number): void {
    const i = bucket - this.offset;
    const { counts } = this;
    if (i >= 0 && i < counts.length) counts[i] = (counts[i] as number) + times;
    else this.widen(bucket, times);
  }

  /** Adds the counts of another one. */
  addAll({ counts, offset }: Window): void {
    if (counts.length === 0) return;
    // Room for all of them first; then the two lie beside each other.
    this.add(offset, 0);
    this.add(offset + counts.length - 1, 0);
    const own = this.counts;
    const shift = offset - this.offset;
    for (let i = 0; i < counts.length; i++)
      own[shift + i] = (own[shift + i] as number) + (counts[i] as number);
  }

  clear(): void {
    this.counts.fill(0);
  }

  private widen(bucket: number, times: number): void {
    const { counts, offset } = this;
    const isFirst = counts.length === 0;
    const from = isFirst ? bucket - MARGIN : Math.min(offset, bucket - MARGIN);
    const to = isFirst ? bucket : Math.max(offset + counts.length - 1, bucket);
    this.counts = new Float64Array(to + MARGIN - from + 1);
    this.counts.set(counts, isFirst ? 0 : offset - from);
    this.offset = from;
    this.counts[bucket - from] = (this.counts[bucket - from] as number) + times;
  }
}
