/** Counts by bucket for each site, all of them in one array: an object and an array for each would take as much again. */
export class Windows {
  /** By site: the place of its window's first bucket, less that bucket's number. */
  #places: Int32Array = new Int32Array(0);
  /** By site: its first bucket, and how many there are. */
  #firsts: Int16Array = new Int16Array(0);
  #lengths: Int16Array = new Int16Array(0);
  #counts: Float64Array = new Float64Array(0);
  #used: number = 0;

  /** Makes room for the windows of so many sites. */
  reserve(sites: number): void {
    if (sites <= this.#places.length) return;
    this.#places = roomier(this.#places, Int32Array, sites);
    this.#firsts = roomier(this.#firsts, Int16Array, sites);
    this.#lengths = roomier(this.#lengths, Int16Array, sites);
  }

  /** Counts what is in buckets of a site there is room for, given in rising order and finer by so much. */
  add(site: number, buckets: Int32Array, times: Float64Array, count: number, shift: number): void {
    if (count === 0) return;
    this.#reach(site, (buckets[0] as number) >> shift, (buckets[count - 1] as number) >> shift);
    const place = this.#places[site] as number;
    const counts = this.#counts;
    for (let i = 0; i < count; i++) {
      const at = place + ((buckets[i] as number) >> shift);
      counts[at] = (counts[at] as number) + (times[i] as number);
    }
  }

  /** Visits the buckets of a site that are not empty, in rising order. */
  visit(site: number, visit: (bucket: number, times: number) => void): void {
    const first = this.#firsts[site] ?? 0;
    const place = this.#places[site] ?? 0;
    for (let bucket = first; bucket < first + (this.#lengths[site] ?? 0); bucket++) {
      const times = this.#counts[place + bucket] as number;
      if (times !== 0) visit(bucket, times);
    }
  }

  /** Sets all counts to 0. */
  clear(): void {
    this.#counts.fill(0);
  }

  /** Sees to it that the window of a site has these buckets. */
  #reach(site: number, low: number, high: number): void {
    const first = this.#firsts[site] as number;
    const length = this.#lengths[site] as number;
    if (length > 0 && low >= first && high < first + length) return;
    const from = length > 0 ? Math.min(low, first) : low;
    const to = length > 0 ? Math.max(high, first + length - 1) : high;
    this.#move(site, from, to - from + 1);
  }

  /** Gives a site a window behind all others. */
  #move(site: number, first: number, length: number): void {
    if (this.#used + length > this.#counts.length) this.#grow(length);
    const before = this.#firsts[site] as number;
    const from = (this.#places[site] as number) + before;
    const to = this.#used;
    this.#counts.copyWithin(to + before - first, from, from + (this.#lengths[site] as number));
    this.#counts.fill(0, from, from + (this.#lengths[site] as number));
    this.#places[site] = to - first;
    this.#firsts[site] = first;
    this.#lengths[site] = length;
    this.#used += length;
  }

  /**
   * Makes room for so many more and half as much, and for a bucket of each site at least, as each time all is copied; leaves
   * out what windows have left behind them.
   */
  #grow(more: number): void {
    let length = more;
    for (let site = 0; site < this.#lengths.length; site++) length += this.#lengths[site] as number;
    const counts = this.#counts;
    const larger = new Float64Array(Math.max(length + (length >> 1), this.#lengths.length));
    let used = 0;
    for (let site = 0; site < this.#lengths.length; site++) {
      const first = this.#firsts[site] as number;
      const from = (this.#places[site] as number) + first;
      const end = from + (this.#lengths[site] as number);
      this.#places[site] = used - first;
      for (let at = from; at < end; at++) larger[used++] = counts[at] as number;
    }
    this.#counts = larger;
    this.#used = used;
  }
}

/** The same numbers with room for more: an eighth, so that copying stays in proportion, and little is unused. */
function roomier<Numbers extends Int16Array | Int32Array>(
  numbers: Numbers,
  kind: new (length: number) => Numbers,
  length: number,
): Numbers {
  const larger = new kind(length + (length >> 3) + 8);
  larger.set(numbers);
  return larger;
}
