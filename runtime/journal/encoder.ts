/**
 * Records as bytes, into one buffer that is used again and again: nothing is allocated for a flush, however much it
 * holds. See docs/journal-format.md for the form of numbers and texts.
 */
import { FRAME_BYTES, JSON_RECORD } from '../format/layout.ts';
import { builtin } from '../platform/platform.ts';

const START_BYTES = 256 * 1024;
/** A row or a metric is no longer than this, texts apart. */
const ROOM = 64 * 1024;
/** Bytes from which on a record of many rows is ended: far below what readers take. */
const LONG = 1024 * 1024;

const BufferOf = typeof Buffer === 'function' ? Buffer : undefined;
const { stringify } = JSON;
const float = new Float32Array(1);
const floatBytes = new Uint8Array(float.buffer);

/** Set with the first journal that is begun: loading the module takes longer than all else that the runtime needs. */
let crc32: ((bytes: Uint8Array) => number) | undefined;

/** Whether records can be written here. */
export function canEncode(): boolean {
  crc32 ??= builtin('node:zlib')?.crc32;
  return crc32 !== undefined && BufferOf !== undefined;
}

/** The checksum that a record begins with. */
export function checksumOf(bytes: Uint8Array): number {
  return crc32?.(bytes) ?? 0;
}

/** Writes records one behind the other. */
export class Encoder {
  bytes: Buffer = (BufferOf as typeof Buffer).allocUnsafe(START_BYTES);
  /** Bytes written. */
  at: number = 0;
  #begin: number = 0;

  /** Whether the record that was begun is long enough to end it, and go on in a next one. */
  get isLong(): boolean {
    return this.at - this.#begin > LONG;
  }

  /** Begins a record. */
  begin(type: number): void {
    this.room();
    this.#begin = this.at;
    this.at += FRAME_BYTES;
    this.byte(type);
  }

  /** Sets flags in the first byte behind the record's type. */
  flag(flags: number): void {
    const place = this.#begin + FRAME_BYTES + 1;
    this.bytes[place] = (this.bytes[place] as number) | flags;
  }

  /** Ends it: length and checksum. */
  end(): void {
    const { bytes, at } = this;
    const begin = this.#begin;
    bytes.writeUInt32LE(at - begin - FRAME_BYTES, begin + 4);
    bytes.writeUInt32LE(checksumOf(bytes.subarray(begin + 4, at)), begin);
  }

  /** A whole record of record.ts. */
  json(record: object): void {
    this.begin(JSON_RECORD);
    this.raw(stringify(record));
    this.end();
  }

  /** Bytes as they are. */
  copy(bytes: readonly number[]): void {
    this.room();
    for (let i = 0; i < bytes.length; i++) this.byte(bytes[i] as number);
  }

  byte(value: number): void {
    this.bytes[this.at++] = value;
  }

  /** A whole number from 0. */
  uint(value: number): void {
    const { bytes } = this;
    let at = this.at;
    let rest = value;
    while (rest >= 128) {
      bytes[at++] = (rest & 127) | 128;
      rest = rest < 0x7fff_ffff ? rest >>> 7 : Math.floor(rest / 128);
    }
    bytes[at] = rest;
    this.at = at + 1;
  }

  /** A whole number. */
  int(value: number): void {
    this.uint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** The columns whose bits are set, as whole numbers. What an interval adds to a thousand sites is written here. */
  columns(bits: number, values: Float64Array, from: number): void {
    const { bytes } = this;
    let at = this.at;
    for (let rest = bits; rest !== 0; rest &= rest - 1) {
      const value = values[from + 31 - Math.clz32(rest & -rest)] as number;
      let left = value < 0 ? -2 * value - 1 : 2 * value;
      while (left >= 128) {
        bytes[at++] = (left & 127) | 128;
        left = left < 0x7fff_ffff ? left >>> 7 : Math.floor(left / 128);
      }
      bytes[at++] = left;
    }
    this.at = at;
  }

  /** A number to seven digits. */
  float(value: number): void {
    float[0] = value;
    const { bytes, at } = this;
    bytes[at] = floatBytes[0] as number;
    bytes[at + 1] = floatBytes[1] as number;
    bytes[at + 2] = floatBytes[2] as number;
    bytes[at + 3] = floatBytes[3] as number;
    this.at = at + 4;
  }

  /** A text, its length in bytes before it. */
  text(text: string): void {
    const length = (BufferOf as typeof Buffer).byteLength(text);
    this.room(length + ROOM);
    this.uint(length);
    this.at += this.bytes.write(text, this.at);
  }

  /** Sees to it that so many bytes can be written: by default, a row or a metric without its texts. */
  room(bytes: number = ROOM): void {
    if (this.at + bytes <= this.bytes.length) return;
    const larger = (BufferOf as typeof Buffer).allocUnsafe(2 * (this.at + bytes));
    larger.set(this.bytes.subarray(0, this.at));
    this.bytes = larger;
  }

  /** Gives back the room that only a whole state of many sites takes. */
  trim(): void {
    if (this.bytes.length > START_BYTES) this.bytes = (BufferOf as typeof Buffer).allocUnsafe(START_BYTES);
  }

  private raw(text: string): void {
    this.room(3 * text.length + ROOM);
    this.at += this.bytes.write(text, this.at);
  }
}
