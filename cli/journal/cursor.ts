import { FARTHEST_MS } from './bounds.ts';

/** What a record holds is not what the format says, although its checksum is right. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

/** Most bytes of a number: of a double's 53 bits, with room for sums that have lost the lowest. */
const LONGEST_NUMBER = 10;

const float = new Float32Array(1);
const floatBits = new Int32Array(float.buffer);
const one = new Float64Array(1);
/** The bits of a float's exponent: all of them are set where it is not finite. */
const EXPONENT = 0x7f80_0000;

/**
 * Reads the numbers and texts of a record. Whatever the bytes are, it ends: with a value, or {@link Malformed}.
 * See docs/journal-format.md, "Numbers".
 */
export class Cursor {
  bytes: Buffer = Buffer.alloc(0);
  at = 0;
  end = 0;

  /** Reads from these bytes on. */
  moveTo(bytes: Buffer, at: number, end: number): this {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    return this;
  }

  /** Whether everything was read. @throws Malformed where more was read than there is */
  get isAtEnd(): boolean {
    if (this.at > this.end) throw new Malformed('the record ends early');
    return this.at === this.end;
  }

  byte(): number {
    return this.bytes[this.at++] ?? 0;
  }

  /** A whole number from 0. */
  uint(): number {
    const { bytes } = this;
    let at = this.at;
    let byte = bytes[at++] as number;
    if (byte < 128) {
      this.at = at;
      return byte;
    }
    let value = byte & 127;
    let unit = 128;
    for (let length = 1; length < LONGEST_NUMBER; length++) {
      byte = bytes[at++] as number; // behind the last byte undefined, which ends the loop as a number too long
      value += (byte & 127) * unit;
      unit *= 128;
      if (byte < 128) {
        this.at = at;
        return value;
      }
    }
    throw new Malformed('a number is too long');
  }

  /** Epoch milliseconds. */
  moment(): number {
    const epochMs = this.uint();
    if (epochMs > FARTHEST_MS) throw new Malformed('a time that no clock shows');
    return epochMs;
  }

  /** A whole number. */
  int(): number {
    const value = this.uint();
    if (value < 0x7fff_ffff) return (value & 1) === 0 ? value >>> 1 : -(value >>> 1) - 1;
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Adds a whole number to each of the columns whose bits are set. What a thousand files hold is read here. */
  addColumns(bits: number, columns: Float64Array): void {
    const { bytes } = this;
    let at = this.at;
    for (let rest = bits; rest !== 0; rest &= rest - 1) {
      const column = 31 - Math.clz32(rest & -rest);
      let byte = bytes[at++] as number;
      let value = byte & 127;
      // Four bytes fit into a small integer, and most numbers into four bytes.
      for (let shift = 7; byte >= 128 && shift < 28; shift += 7) {
        byte = bytes[at++] as number;
        value |= (byte & 127) << shift;
      }
      let change = (value & 1) === 0 ? value >>> 1 : -(value >>> 1) - 1;
      if (byte >= 128) {
        this.at = at - 4;
        change = this.int();
        at = this.at;
      }
      columns[column] = (columns[column] as number) + change;
    }
    this.at = at;
  }

  /** A number to seven digits; finite. */
  float(): number {
    this.floats(one);
    return one[0] as number;
  }

  /** As many of them as there is room for. */
  floats(into: Float64Array): void {
    const { bytes } = this;
    let { at } = this;
    if (at + 4 * into.length > this.end) throw new Malformed('the record ends early');
    for (let i = 0; i < into.length; i++, at += 4) {
      const bits =
        (bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24);
      if ((bits & EXPONENT) === EXPONENT) throw new Malformed('a number is not finite');
      floatBits[0] = bits;
      into[i] = float[0] as number;
    }
    this.at = at;
  }

  /** Passes over a text. */
  passText(): void {
    const length = this.uint();
    this.at += length;
  }

  text(): string {
    const length = this.uint();
    const begin = this.at;
    if (length > this.end - begin) throw new Malformed('the record ends early');
    this.at = begin + length;
    return this.bytes.toString('utf8', begin, this.at);
  }
}
