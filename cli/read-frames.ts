/* Version 2: records with length and checksum. See docs/journal-format.md. */
import { readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import {
  BUCKET_RECORD,
  FRAME_BYTES,
  HAS_MORE,
  IS_STATE,
  JSON_RECORD,
  LONGEST_RECORD,
  MAGIC,
  MAGIC_VERSION,
  METRICS_RECORD,
  ROWS_RECORD,
} from '../runtime/layout.ts';
import { JOURNAL_VERSION, type MetricsRecord } from '../runtime/record.ts';
import { Cursor, Malformed } from './cursor.ts';
import { decodeJson } from './decode-json.ts';
import type { DropReason } from './dropped.ts';
import { readMetrics } from './metrics.ts';
import {
  statOf,
  type FileRecord,
  type OpenFile,
  type ReadExtent,
  type ReadOutcome,
  type RecordVisitor,
} from './file-record.ts';
import type { Rows } from './rows.ts';

/** One buffer for all files: it grows to the longest record that was ever met. */
let buffer = Buffer.allocUnsafe(256 * 1024);
const cursor = new Cursor();

/** Reads a file of version 2 or newer from its beginning. */
export function readFrames(file: OpenFile, visit: RecordVisitor, extent: ReadExtent): ReadOutcome {
  const { path } = file;
  const input = new Input(file.descriptor);
  let validBytes = 0;
  let records = 0;
  const end = (reason?: DropReason, detail?: string): ReadOutcome => {
    const { size, mtimeMs } = statOf(file);
    const sizeBytes = Math.max(size, validBytes);
    const outcome = { records, sizeBytes, writtenAt: mtimeMs };
    if (reason === undefined) return outcome;
    const dropped = { path, reason, bytes: sizeBytes - validBytes };
    return { ...outcome, dropped: detail === undefined ? dropped : { ...dropped, detail } };
  };
  if (!input.has(MAGIC.length)) return end('incomplete');
  const version = buffer[input.at + MAGIC_VERSION] ?? 0;
  if (!MAGIC.every((byte, i) => i === MAGIC_VERSION || buffer[input.at + i] === byte)) return end('no-head');
  if (version > JOURNAL_VERSION) return end('newer-version', String(version));
  if (version < JOURNAL_VERSION) return end('no-head');
  input.at += MAGIC.length;
  const { state, checked } =
    extent === 'last-state' ? lastStateOf(input, statOf(file).size) : { state: 0, checked: 0 };
  for (;;) {
    validBytes = input.position;
    if (!input.has(FRAME_BYTES)) return end(input.has(1) ? 'incomplete' : undefined);
    const length = buffer.readUInt32LE(input.at + 4);
    if (length === 0 || length > LONGEST_RECORD) return end('checksum');
    if (!input.has(FRAME_BYTES + length)) return end('incomplete');
    const begin = input.at + FRAME_BYTES;
    const checksum = buffer.readUInt32LE(input.at);
    const isChecked = validBytes + FRAME_BYTES + length <= checked;
    if (!isChecked && crc32(buffer.subarray(begin - 4, begin + length)) !== checksum) return end('checksum');
    input.at = begin + length;
    if (validBytes < state && buffer[begin] === ROWS_RECORD) {
      records++;
      continue;
    }
    try {
      const record = recordAt(begin, begin + length, checksum);
      if (records === 0 && record?.t !== 'head') return end('no-head');
      if (record !== undefined) {
        records++;
        if (visit(record, input.position) === false) return { ...end(), sizeBytes: input.position };
      }
    } catch (error) {
      if (error instanceof Malformed) return end('not-a-record');
      throw error;
    }
  }
}

/** A larger file is read as it comes. */
const LARGEST_AT_ONCE = 8 * 1024 * 1024;

/**
 * Places in the file: of its last whole state, and of the end of the records whose checksums were found to be right on the
 * way. Both are 0 where the file is too large to be held.
 */
function lastStateOf(input: Input, sizeBytes: number): { readonly state: number; readonly checked: number } {
  if (sizeBytes > LARGEST_AT_ONCE) return { state: 0, checked: 0 };
  input.has(sizeBytes - input.position);
  const offset = input.position - input.at;
  let state = 0;
  let begun = 0;
  let at = input.at;
  while (at + FRAME_BYTES < input.end) {
    const next = at + FRAME_BYTES + buffer.readUInt32LE(at + 4);
    if (next > input.end || crc32(buffer.subarray(at + 4, next)) !== buffer.readUInt32LE(at)) break;
    const flags = buffer[at + FRAME_BYTES + 1] ?? 0;
    if (buffer[at + FRAME_BYTES] === ROWS_RECORD && (flags & IS_STATE) !== 0) {
      if (begun === 0) begun = at;
      if ((flags & HAS_MORE) === 0) {
        state = begun;
        begun = 0;
      }
    }
    at = next;
  }
  return { state: state === 0 ? 0 : offset + state, checked: offset + at };
}

/** The record of a payload; nothing for a type that is not known yet. @throws Malformed */
function recordAt(begin: number, end: number, checksum: number): FileRecord | undefined {
  const from = cursor.moveTo(buffer, begin + 1, end);
  switch (buffer[begin]) {
    case JSON_RECORD:
      return decodeJson(buffer.subarray(begin + 1, end), checksum);
    case ROWS_RECORD: {
      const flags = from.byte();
      const [sinceMs, atMs, hour] = [from.uint(), from.uint(), from.uint()];
      const isState = (flags & IS_STATE) !== 0;
      const hasMore = (flags & HAS_MORE) !== 0;
      const metrics = from.int();
      return {
        t: 'rows',
        isState,
        hasMore,
        sinceMs,
        atMs,
        hour,
        metrics,
        bytes: buffer,
        begin: from.at,
        end,
      };
    }
    case BUCKET_RECORD: {
      const [startMs, endMs] = [from.uint(), from.uint()];
      return { t: 'bucket', startMs, endMs, bytes: buffer, begin: from.at, end };
    }
    case METRICS_RECORD:
      return new LazyMetrics({ bytes: buffer, begin: begin + 1, end });
    default:
      return undefined;
  }
}

/** Decoded where somebody asks: reports do not. */
class LazyMetrics implements MetricsRecord {
  readonly t = 'metrics';
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  get metrics(): MetricsRecord['metrics'] {
    return readMetrics(this.#rows);
  }
}

/** The unread part of a file, as much of it as was asked for in `buffer`. */
class Input {
  at = 0;
  private filled = 0;
  /** Place of the buffer's first byte in the file. */
  private offset = 0;
  private readonly descriptor: number;

  constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  /** Place behind the last byte in the buffer. */
  get end(): number {
    return this.filled;
  }

  /** Place in the file of what is read next. */
  get position(): number {
    return this.offset + this.at;
  }

  /** Whether so many bytes follow; then they are in the buffer from `at` on. */
  has(bytes: number): boolean {
    if (this.at + bytes > this.filled) this.fill(bytes);
    return this.at + bytes <= this.filled;
  }

  private fill(bytes: number): void {
    buffer.copyWithin(0, this.at, this.filled);
    this.offset += this.at;
    this.filled -= this.at;
    this.at = 0;
    if (bytes > buffer.length) {
      const larger = Buffer.allocUnsafe(2 * bytes);
      buffer.copy(larger, 0, 0, this.filled);
      buffer = larger;
    }
    while (this.filled < bytes) {
      const room = buffer.length - this.filled;
      const count = readSync(this.descriptor, buffer, this.filled, room, this.offset + this.filled);
      if (count === 0) return;
      this.filled += count;
    }
  }
}
