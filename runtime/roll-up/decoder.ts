/** Reads what encoder.ts writes: numbers and texts of a record. Whatever does not fit into it throws. */

/** A place in a record. */
export class Decoder {
  #bytes: Buffer;
  #at: number;
  #end: number;

  constructor(bytes: Buffer, begin: number, end: number) {
    this.#bytes = bytes;
    this.#at = begin;
    this.#end = end;
  }

  get at(): number {
    return this.#at;
  }

  /** Whether all of it was read. */
  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  byte(): number {
    return this.#bytes[this.#pass(1)] as number;
  }

  /** A whole number from 0. */
  uint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  /** A whole number. */
  int(): number {
    const value = this.uint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  float(): number {
    return this.#bytes.readFloatLE(this.#pass(4));
  }

  text(): string {
    const length = this.uint();
    const begin = this.#pass(length);
    return this.#bytes.toString('utf8', begin, begin + length);
  }

  #pass(length: number): number {
    const begin = this.#at;
    this.#at += length;
    if (this.#at > this.#end) throw new RangeError('the record ends before what it holds');
    return begin;
  }
}
