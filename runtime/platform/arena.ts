/** Pieces in one buffer. */
const TOGETHER = 64;

/** Memory in pieces of one size, many of them in a buffer: an array with one of its own takes some 200 bytes more. */
export class Arena {
  buffer: ArrayBuffer = new ArrayBuffer(0);
  /** Where the present piece begins, in bytes. */
  at: number = 0;
  readonly #size: number;

  /** @param size - Bytes of a piece. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Moves on to a new piece, of zeros. */
  next(): void {
    this.at += this.#size;
    if (this.at < this.buffer.byteLength) return;
    this.buffer = new ArrayBuffer(TOGETHER * this.#size);
    this.at = 0;
  }
}
