/** Rows of numbers by site, all in one typed array: one for each site would take some 200 bytes more. */
export class Slab {
  numbers: Float64Array = new Float64Array(0);
  readonly #width: number;

  /** @param width - Numbers in a row. */
  constructor(width: number) {
    this.#width = width;
  }

  /** Place of a row in `numbers`, which is another array then if there was no room for it. New rows hold zeros. */
  placeOf(row: number): number {
    const place = row * this.#width;
    if (place >= this.numbers.length) {
      // An eighth more: copying stays in proportion to what is there, and little is unused.
      const larger = new Float64Array((row + (row >> 3) + 8) * this.#width);
      larger.set(this.numbers);
      this.numbers = larger;
    }
    return place;
  }
}
