/** Pieces in one array. */
const TOGETHER = 64;

/** Memory in pieces of one size, many of them in an array: one with an array of its own takes some 200 bytes more. */
export class Arena {
  doubles: Float64Array = new Float64Array(0);
  /** The same memory. */
  singles: Float32Array = new Float32Array(this.doubles.buffer);
  /** Where the present piece begins, in doubles. */
  at: number = 0;
  readonly #size: number;

  /** @param size - Doubles in a piece. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Moves on to a new piece, of zeros. */
  next(): void {
    this.at += this.#size;
    if (this.at < this.doubles.length) return;
    this.doubles = new Float64Array(TOGETHER * this.#size);
    this.singles = new Float32Array(this.doubles.buffer);
    this.at = 0;
  }
}
