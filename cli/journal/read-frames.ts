/* Version 2: records with length and checksum. See docs/journal-format.md. */
import {
  BUCKET_RECORD,
  FRAME_BYTES,
  HAS_MORE,
  IS_STATE,
  JSON_RECORD,
  MAGIC,
  MAGIC_VERSION,
  METRICS_RECORD,
  ROWS_RECORD,
} from '../../runtime/format/layout.ts';
import { JOURNAL_VERSION } from '../../runtime/format/record.ts';
import { Cursor, Malformed } from './cursor.ts';
import { decodeJson } from './decode-json.ts';
import type { DropReason } from './dropped.ts';
import { Input } from './input.ts';
import { type LastState, lastStateOf } from './last-state.ts';
import { LazyMetrics } from './metrics.ts';
import type { FileRecord, OpenFile, ReadExtent, ReadOutcome, RecordVisitor } from './file-record.ts';

const cursor = new Cursor();

/**
 * Reads a file of version 2 or newer from its beginning.
 *
 * @param extent the last state itself where it is known; then the checksums are too
 */
export function readFrames(
  { path, stat }: Pick<OpenFile, 'path' | 'stat'>,
  input: Input,
  visit: RecordVisitor,
  extent: ReadExtent | LastState,
): ReadOutcome {
  let validBytes = 0;
  let records = 0;
  const end = (reason?: DropReason | 'end', detail?: string): ReadOutcome => {
    const { size: sizeBytes, mtimeMs } = stat;
    const outcome = { records, sizeBytes, writtenAt: mtimeMs, isHeld: input.isHeld };
    if (reason === undefined || reason === 'end') return outcome;
    const dropped = { path, reason, bytes: sizeBytes - validBytes };
    return { ...outcome, dropped: detail === undefined ? dropped : { ...dropped, detail } };
  };
  const isWhole = input.has(MAGIC.length);
  const version = input.bytes[input.at + MAGIC_VERSION] ?? 0;
  const isOurs = MAGIC.every(
    (byte, i) => i === MAGIC_VERSION || i >= stat.size || input.bytes[input.at + i] === byte,
  );
  if (!isOurs) return end('no-head');
  if (!isWhole) return end('incomplete');
  if (version > JOURNAL_VERSION) return end('newer-version', String(version));
  if (version < JOURNAL_VERSION) return end('no-head');
  input.at += MAGIC.length;
  const state = stateOf(extent, input, stat.size);
  const isChecked = state.end < Infinity && input.isHeld;
  for (;;) {
    validBytes = input.position;
    if (validBytes >= state.end) return end(state.defect);
    const defect = input.defect(isChecked);
    if (defect !== undefined) return end(defect);
    const { bytes, checksum, payloadBytes } = input;
    const begin = input.at + FRAME_BYTES;
    input.at = begin + payloadBytes;
    try {
      const record = recordAt(bytes, begin, input.at, checksum);
      if (records === 0 && record?.t !== 'head') return end('no-head');
      if (record === undefined) continue;
      records++;
      if (record.t === 'rows') {
        if (validBytes >= state.to) continue;
        record.isSuperseded = validBytes < state.from;
      }
      if (visit(record, input.position) === false) return { ...end(), sizeBytes: input.position };
    } catch (error) {
      if (error instanceof Malformed) return end('not-a-record');
      throw error;
    }
  }
}

function stateOf(extent: ReadExtent | LastState, input: Input, sizeBytes: number): LastState {
  if (extent === 'all') return EVERYTHING;
  return extent === 'last-state' ? lastStateOf(input, sizeBytes) : extent;
}

/** All rows count. */
const EVERYTHING: LastState = { from: 0, to: Infinity, end: Infinity, defect: 'end' };

/** The record of a payload; nothing for a type that is not known yet. @throws Malformed */
function recordAt(bytes: Buffer, begin: number, end: number, checksum: number): FileRecord | undefined {
  const from = cursor.moveTo(bytes, begin + 1, end);
  switch (bytes[begin]) {
    case JSON_RECORD:
      return decodeJson(bytes.subarray(begin + 1, end), checksum);
    case ROWS_RECORD: {
      const flags = from.byte();
      const [sinceMs, atMs, hour] = [from.moment(), from.moment(), from.uint()];
      const isState = (flags & IS_STATE) !== 0;
      const hasMore = (flags & HAS_MORE) !== 0;
      const metrics = from.int();
      return {
        t: 'rows',
        isState,
        hasMore,
        isSuperseded: false,
        sinceMs,
        atMs,
        hour,
        metrics,
        bytes,
        begin: from.at,
        end,
      };
    }
    case BUCKET_RECORD: {
      const [startMs, endMs] = [from.moment(), from.moment()];
      return { t: 'bucket', startMs, endMs, bytes, begin: from.at, end };
    }
    case METRICS_RECORD:
      return new LazyMetrics({ bytes, begin: begin + 1, end });
    default:
      return undefined;
  }
}
