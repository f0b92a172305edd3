/** What a record holds is not what the format says, although its checksum is right. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

/** Most bytes of a number: of a double's 53 bits, with room for sums that have lost the lowest. */
const LONGEST_NUMBER = 10;

const float = new Float32Array(1);
const floatBytes = new Uint8Array(float.buffer);

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

  /** A whole number. */
  int(): number {
    const value = this.uint();
    if (value < 0x7fff_ffff) return (value & 1) === 0 ? value >>> 1 : -(value >>> 1) - 1;
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A number to seven digits; finite. */
  float(): number {
    if (this.at + 4 > this.end) throw new Malformed('the record ends early');
    const { bytes, at } = this;
    floatBytes[0] = bytes[at] as number;
    floatBytes[1] = bytes[at + 1] as number;
    floatBytes[2] = bytes[at + 2] as number;
    floatBytes[3] = bytes[at + 3] as number;
    const value = float[0] as number;
    this.at = at + 4;
    if (!Number.isFinite(value)) throw new Malformed('a number is not finite');
    return value;
  }

  text(): string {
    const length = this.uint();
    const begin = this.at;
    if (length > this.end - begin) throw new Malformed('the record ends early');
    this.at = begin + length;
    return this.bytes.toString('utf8', begin, this.at);
  }
}
