/** What the file of a writer that has ended says, to be rolled up with others. */
import { checksumOf } from '../journal/encoder.ts';
import { Decoder } from './decoder.ts';
import {
  FRAME_BYTES,
  HAS_MORE,
  IS_STATE,
  JSON_RECORD,
  LONGEST_RECORD,
  MAGIC,
  ROWS_RECORD,
} from '../format/layout.ts';
import type { EndRecord, HeadRecord, JournalRecord, JournalSite, UsageRecord } from '../format/record.ts';

/** A record of rows. */
export interface RowsRecord {
  readonly isState: boolean;
  readonly atMs: number;
  readonly hour: number;
  readonly metrics: number;
  /** At the first of its rows. */
  readonly rows: Decoder;
}

/** All that is left of a writer. */
export interface EndedWriter {
  /** Size of its file. */
  readonly bytes: number;
  readonly head: HeadRecord;
  readonly sites: readonly JournalSite[];
  /** The last whole state, and what was added to it. */
  readonly records: readonly RowsRecord[];
  readonly failures: Readonly<Record<string, number>>;
  readonly usage: UsageRecord | undefined;
  readonly end: EndRecord | undefined;
  /** Epoch milliseconds of the last that was heard of it. */
  readonly lastAt: number;
}

/** Reads a file's valid prefix; `undefined` where it holds no whole state that this version understands. */
export function readEnded(bytes: Buffer): EndedWriter | undefined {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) return undefined;
  let head: HeadRecord | undefined;
  let failures: EndedWriter['failures'] = {};
  let usage: UsageRecord | undefined;
  let end: EndRecord | undefined;
  const sites: JournalSite[] = [];
  let records: RowsRecord[] = [];
  let begun: RowsRecord[] = [];
  let lastAt = 0;
  const visit = (record: JournalRecord): void => {
    if (record.t === 'head') head = record;
    else if (record.t === 'sites') sites.push(...record.sites);
    else if (record.t === 'diag') failures = record.counts;
    else if (record.t === 'usage') usage = record;
    else if (record.t === 'end') lastAt = Math.max(lastAt, (end = record).at);
  };
  for (let at = MAGIC.length; ;) {
    const to = endOfRecord(bytes, at);
    if (to < 0) break;
    const begin = at + FRAME_BYTES;
    at = to;
    if (bytes[begin] === JSON_RECORD)
      visit(JSON.parse(bytes.toString('utf8', begin + 1, to)) as JournalRecord);
    if (bytes[begin] !== ROWS_RECORD) continue;
    end = undefined; // what follows an end was measured later
    const from = new Decoder(bytes, begin + 1, to);
    const flags = from.byte();
    from.uint();
    const isState = (flags & IS_STATE) !== 0;
    const record = { isState, atMs: from.uint(), hour: from.uint(), metrics: from.int(), rows: from };
    lastAt = Math.max(lastAt, record.atMs);
    if (!isState) records.push(record);
    else begun.push(record);
    if (isState && (flags & HAS_MORE) === 0) [records, begun] = [begun, []];
  }
  if (head === undefined || records[0]?.isState !== true) return undefined;
  return { bytes: bytes.length, head, sites, records, failures, usage, end, lastAt };
}

/** The place behind a record; -1 where the valid prefix ends. */
function endOfRecord(bytes: Buffer, at: number): number {
  if (at + FRAME_BYTES > bytes.length) return -1;
  const length = bytes.readUInt32LE(at + 4);
  const to = at + FRAME_BYTES + length;
  if (length === 0 || length > LONGEST_RECORD || to > bytes.length) return -1;
  return checksumOf(bytes.subarray(at + 4, to)) === bytes.readUInt32LE(at) ? to : -1;
}
