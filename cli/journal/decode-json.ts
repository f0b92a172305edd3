import type { JournalRecord } from '../../runtime/format/record.ts';
import { Malformed } from './cursor.ts';
import { decodeRecord } from './decode.ts';

/** Records shorter than this are parsed sooner than looked up. */
const WORTH_KEEPING_BYTES = 512;
/** What is kept is forgotten beyond this. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Processes of one program name the same sites in the same words: parsed once. By checksum. */
const known = new Map<number, { readonly text: Buffer; readonly record: JournalRecord | undefined }>();
let knownBytes = 0;

/**
 * The record that JSON text holds; nothing for a type that is not known yet.
 * @throws Malformed
 */
export function decodeJson(text: Buffer, checksum: number): JournalRecord | undefined {
  if (text.length < WORTH_KEEPING_BYTES) return parse(text);
  const found = known.get(checksum);
  if (found?.text.equals(text) === true) return found.record;
  const record = parse(text);
  if (knownBytes > MOST_BYTES) {
    known.clear();
    knownBytes = 0;
  }
  known.set(checksum, { text: Buffer.from(text), record });
  knownBytes += text.length;
  return record;
}

function parse(text: Buffer): JournalRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text.toString('utf8'));
  } catch {
    throw new Malformed('no JSON');
  }
  const record = decodeRecord(value);
  if (record === 'malformed') throw new Malformed('a record of another shape');
  return record === 'unknown' ? undefined : record;
}
