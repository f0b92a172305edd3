/* Version 1: records as lines, `<crc32 of the JSON text, 8 hex digits> <JSON>\n`. */
import { readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { JournalRecord } from '../../runtime/format/record.ts';
import { claimedVersion, decodeRecord } from './decode.ts';
import type { DropReason } from './dropped.ts';
import type { OpenFile, ReadOutcome, RecordVisitor } from './file-record.ts';

/** The last version that was text. */
const TEXT_VERSION = 1;
/** A longer line is refused: memory stays bounded whatever a file holds. */
const LONGEST_LINE_BYTES = 32 * 1024 * 1024;
const CHUNK_BYTES = 128 * 1024;
const NEWLINE = 0x0a;
const SPACE = 0x20;
/** `<8 hex digits><space>` before the JSON text. */
const CHECKSUM_BYTES = 8;

/**
 * Reads the valid prefix of a file of version 1, record by record.
 *
 * @param visit called with each record in order; returning `false` ends the reading early
 */
export function readLines(file: OpenFile, visit: RecordVisitor): ReadOutcome {
  const { path, descriptor, stat } = file;
  let buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let filled = 0;
  let validBytes = 0;
  let records = 0;
  const end = (why?: DropReason, detail?: string): ReadOutcome => {
    const isForeign = why !== undefined && validBytes === 0 && !beginsLikeALine(buffer.subarray(0, filled));
    const reason = isForeign ? 'no-head' : why;
    const { size, mtimeMs } = stat;
    const sizeBytes = Math.max(size, validBytes);
    const outcome = { records, sizeBytes, writtenAt: mtimeMs };
    if (reason === undefined) return outcome;
    const dropped = {
      path,
      reason,
      bytes: sizeBytes - validBytes,
      ...(detail === undefined ? {} : { detail }),
    };
    return { ...outcome, dropped };
  };
  for (;;) {
    const readBytes = readSync(descriptor, buffer, filled, buffer.length - filled, null);
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
        if (visit(parsed.record, validBytes) === false) return { ...end(), sizeBytes: validBytes };
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

/** Whether it is a checksum and a space, as far as it goes. */
function beginsLikeALine(bytes: Buffer): boolean {
  return /^(?:[0-9a-f]{0,7}|[0-9a-f]{8}(?: [^]*)?)$/.test(bytes.toString('latin1', 0, CHECKSUM_BYTES + 1));
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
    if (version > TEXT_VERSION) return { version };
  }
  const record = decodeRecord(value);
  if (record === 'malformed') return 'not-a-record';
  return record === 'unknown' ? {} : { record };
}

function checksumOf(bytes: Buffer): string {
  return crc32(bytes).toString(16).padStart(CHECKSUM_BYTES, '0');
}
