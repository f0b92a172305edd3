import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { JOURNAL_VERSION, type HeadRecord, type JournalRecord } from '../runtime/record.ts';
import { claimedVersion, decodeRecord } from './decode.ts';
import type { Dropped, DropReason } from './dropped.ts';
import { systemCode, systemReason } from './errors.ts';

/** What reading one file came to; its records went to the visitor. */
export interface ReadOutcome {
  readonly records: number;
  readonly sizeBytes: number;
  readonly dropped?: Dropped;
}

/** A longer line is refused: memory stays bounded whatever a file holds. */
const LONGEST_LINE_BYTES = 32 * 1024 * 1024;
const CHUNK_BYTES = 128 * 1024;
const NEWLINE = 0x0a;
const SPACE = 0x20;
/** `<8 hex digits><space>` before the JSON text. */
const CHECKSUM_BYTES = 8;

/**
 * Reads the valid prefix of a journal file, record by record, in memory bounded by its longest line. Never throws on
 * what a file holds; safe while the file is being written.
 *
 * @param visit called with each record in order; returning `false` ends the reading early
 */
export function readJournalFile(path: string, visit: (record: JournalRecord) => boolean | void): ReadOutcome {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    return { records: 0, sizeBytes: 0, dropped: unreadable(path, error) };
  }
  try {
    return readPrefix(path, descriptor, visit);
  } finally {
    closeSync(descriptor);
  }
}

/** First record of a file, or why there is none; undefined for an empty file, whose writer has just begun. */
export function readHead(path: string): HeadRecord | Dropped | undefined {
  let head: HeadRecord | undefined;
  const { dropped } = readJournalFile(path, (record) => {
    if (record.t === 'head') head = record;
    return false;
  });
  return head ?? dropped;
}

function unreadable(path: string, error: unknown): Dropped {
  if (systemCode(error) === 'ENOENT') return { path, reason: 'gone', bytes: 0 };
  return { path, reason: 'unreadable', bytes: 0, detail: systemReason(error) ?? String(error) };
}

function readPrefix(
  path: string,
  descriptor: number,
  visit: (record: JournalRecord) => boolean | void,
): ReadOutcome {
  let buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let filled = 0;
  let validBytes = 0;
  let records = 0;
  const end = (reason?: DropReason, detail?: string): ReadOutcome => {
    const sizeBytes = Math.max(fstatSync(descriptor).size, validBytes);
    if (reason === undefined) return { records, sizeBytes };
    const dropped = {
      path,
      reason,
      bytes: sizeBytes - validBytes,
      ...(detail === undefined ? {} : { detail }),
    };
    return { records, sizeBytes, dropped };
  };
  for (;;) {
    let readBytes: number;
    try {
      readBytes = readSync(descriptor, buffer, filled, buffer.length - filled, null);
    } catch (error) {
      return { ...end(), dropped: unreadable(path, error) };
    }
    if (readBytes === 0) return end(filled > 0 ? 'incomplete' : undefined);
    let lineStart = 0;
    let newline = buffer.subarray(0, filled + readBytes).indexOf(NEWLINE, filled);
    filled += readBytes;
    while (newline !== -1) {
      const parsed = parseLine(buffer.subarray(lineStart, newline), records === 0);
      if (typeof parsed === 'string') return end(parsed);
      if ('version' in parsed) return end('newer-version', String(parsed.version));
      validBytes += newline + 1 - lineStart;
      lineStart = newline + 1;
      if (parsed.record !== undefined) {
        records++;
        if (visit(parsed.record) === false) return { records, sizeBytes: validBytes };
      }
      newline = buffer.subarray(0, filled).indexOf(NEWLINE, lineStart);
    }
    buffer.copyWithin(0, lineStart, filled);
    filled -= lineStart;
    if (filled === buffer.length) {
      if (filled >= LONGEST_LINE_BYTES) return end('line-too-long');
      const larger = Buffer.allocUnsafe(buffer.length * 2);
      buffer.copy(larger, 0, 0, filled);
      buffer = larger;
    }
  }
}

/** A record, nothing for a type that this version does not know, a newer version, or why the line is none. */
function parseLine(
  line: Buffer,
  isFirst: boolean,
): { readonly record?: JournalRecord } | { readonly version: number } | DropReason {
  const json = line.subarray(CHECKSUM_BYTES + 1);
  if (line[CHECKSUM_BYTES] !== SPACE || line.toString('latin1', 0, CHECKSUM_BYTES) !== checksumOf(json))
    return 'checksum';
  let value: unknown;
  try {
    value = JSON.parse(json.toString('utf8'));
  } catch {
    return 'not-a-record';
  }
  if (isFirst) {
    // Before the shape: a newer head may look different, and the version is why.
    const version = claimedVersion(value);
    if (version === undefined) return 'no-head';
    if (version > JOURNAL_VERSION) return { version };
  }
  const record = decodeRecord(value);
  if (record === 'malformed') return 'not-a-record';
  return record === 'unknown' ? {} : { record };
}

function checksumOf(bytes: Buffer): string {
  return crc32(bytes).toString(16).padStart(CHECKSUM_BYTES, '0');
}
