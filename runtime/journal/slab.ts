/** Rows of numbers by site, all in one typed array: one for each site would take some 200 bytes more. */
export class Slab {
  numbers: Float64Array = new Float64Array(0);
  readonly #width: number;

  /** @param width - Numbers in a row. */
  constructor(width: number) {
    this.#width = width;
  }

  /** Makes room for so many rows, of zeros: `numbers` is another array then if there was not. */
  reserve(rows: number): void {
    if (rows * this.#width <= this.numbers.length) return;
    // An eighth more: copying stays in proportion to what is there, and little is unused.
    const larger = new Float64Array((rows + (rows >> 3) + 8) * this.#width);
    larger.set(this.numbers);
    this.numbers = larger;
  }

  /** Place in `numbers` of a row there is room for. */
  placeOf(row: number): number {
    return row * this.#width;
  }
}
