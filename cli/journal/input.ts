import { readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { FRAME_BYTES, LONGEST_RECORD } from '../../runtime/format/layout.ts';
import type { DropReason } from './dropped.ts';

/** One for all files: it grows to the longest record that was ever met, or the largest file held. */
let common = Buffer.allocUnsafe(256 * 1024);

/** The unread part of a file, as much of it as was asked for in `bytes`. */
export class Input {
  /** Where it is, until more is asked for. */
  bytes: Buffer;
  /** Place in the buffer of what is read next. */
  at = 0;
  private filled: number;
  /** Place of the buffer's first byte in the file. */
  private offset = 0;
  private readonly descriptor: number;
  private readonly sizeBytes: number;

  /**
   * @param sizeBytes what is behind that was written since, and is left for another time
   * @param bytes where to read it to, if it fits
   * @param filled so many are there already
   */
  constructor(descriptor: number, sizeBytes: number, bytes: Buffer = common, filled: number = 0) {
    this.descriptor = descriptor;
    this.sizeBytes = sizeBytes;
    this.bytes = bytes;
    this.filled = filled;
  }

  /** Place in the file of what is read next. */
  get position(): number {
    return this.offset + this.at;
  }

  /** Whether the file's beginning is in the buffer, and with it everything that was read. */
  get isHeld(): boolean {
    return this.offset === 0;
  }

  /** Whether so many bytes follow; then they are in the buffer from `at` on. */
  has(bytes: number): boolean {
    if (this.at + bytes > this.filled) this.fill(bytes);
    return this.at + bytes <= this.filled;
  }

  /** Reads what stands at a place in the file next; where that is no longer in the buffer, from the file. */
  moveTo(position: number): void {
    this.at = position - this.offset;
    if (this.at >= 0 && this.at <= this.filled) return;
    this.offset = position;
    this.at = this.filled = 0;
  }

  /**
   * What is wrong with the record that stands here; `end` where the file ends, nothing where it is whole.
   *
   * @param isChecked its checksum was found to be right before
   */
  defect(isChecked: boolean): DropReason | 'end' | undefined {
    if (!this.has(FRAME_BYTES)) return this.has(1) ? 'incomplete' : 'end';
    const length = this.payloadBytes;
    if (length === 0 || length > LONGEST_RECORD) return 'checksum';
    if (!this.has(FRAME_BYTES + length)) return 'incomplete';
    if (isChecked) return undefined;
    const { at, bytes } = this;
    const checksum = crc32(bytes.subarray(at + 4, at + FRAME_BYTES + length));
    return checksum === this.checksum ? undefined : 'checksum';
  }

  /** Of the record that stands here. */
  get payloadBytes(): number {
    return this.bytes.readUInt32LE(this.at + 4);
  }

  get checksum(): number {
    return this.bytes.readUInt32LE(this.at);
  }

  private fill(bytes: number): void {
    if (this.at + bytes > this.bytes.length) this.makeRoom(bytes);
    while (this.filled < this.at + bytes) {
      const from = this.offset + this.filled;
      const room = Math.min(this.bytes.length - this.filled, this.sizeBytes - from);
      const count = room <= 0 ? 0 : readSync(this.descriptor, this.bytes, this.filled, room, from);
      if (count === 0) return;
      this.filled += count;
    }
  }

  private makeRoom(bytes: number): void {
    const from = this.bytes;
    if (bytes > from.length) this.bytes = common = Buffer.allocUnsafe(2 * bytes);
    from.copy(this.bytes, 0, this.at, this.filled);
    this.offset += this.at;
    this.filled -= this.at;
    this.at = 0;
  }
}
