import { closeSync, fstatSync, openSync } from 'node:fs';
import { MAGIC } from '../../runtime/format/layout.ts';
import type { HeadRecord } from '../../runtime/format/record.ts';
import type { Dropped } from './dropped.ts';
import { systemCode, systemReason } from '../text/errors.ts';
import type { HeldFile, ReadExtent, ReadOutcome, RecordVisitor } from './file-record.ts';
import { Input } from './input.ts';
import { type ReadAhead, readAhead } from './read-ahead.ts';
import { readFrames } from './read-frames.ts';
import { readLines } from './read-lines.ts';

/** Told of every file that is opened, and of every record of it: how far the file is read. */
type ReadingListener = (path: string, position: number) => void;

let listener: ReadingListener | undefined;

/** Tells `heard` of all reading until `work` returns. */
export function hearReading<Result>(heard: ReadingListener, work: () => Result): Result {
  const before = listener;
  listener = heard;
  try {
    return work();
  } finally {
    listener = before;
  }
}

let ahead: ReadAhead | undefined;

/** Reads these files ahead until `work` returns, which asks for the last states of all of them in this order. */
export function readingAhead<Result>(paths: readonly string[], work: () => Result): Result {
  ahead = readAhead(paths);
  try {
    return work();
  } finally {
    ahead?.end();
    ahead = undefined;
  }
}

/** The visitor, and before it who wants to know how far the file is read. */
function heardVisitor(path: string, visit: RecordVisitor): RecordVisitor {
  const heard = listener;
  if (heard === undefined) return visit;
  heard(path, 0);
  return (record, position) => {
    heard(path, position);
    return visit(record, position);
  };
}

/**
 * Reads the valid prefix of a journal file of any version, record by record, in memory bounded by its longest record.
 * Never throws on what a file holds; safe while the file is being written.
 *
 * @param extent `last-state` tells which rows a later state repeats
 */
export function readJournalFile(path: string, visit: RecordVisitor, extent: ReadExtent = 'all'): ReadOutcome {
  const held = extent === 'last-state' ? ahead?.take(path) : undefined;
  if (held !== undefined) return readHeld(path, held, heardVisitor(path, visit));
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    return { records: 0, sizeBytes: 0, writtenAt: 0, dropped: unreadable(path, error) };
  }
  try {
    const file = { path, descriptor, stat: fstatSync(descriptor) };
    const input = new Input(descriptor, file.stat.size);
    // Version 1 begins with a hexadecimal digit.
    const isBinary = input.has(1) && input.bytes[0] === MAGIC[0];
    const visitor = heardVisitor(path, visit);
    const outcome = isBinary ? readFrames(file, input, visitor, extent) : readLines(file, visitor);
    return isLeftEmpty(outcome) ? { ...outcome, dropped: { path, reason: 'empty', bytes: 0 } } : outcome;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return { records: 0, sizeBytes: 0, writtenAt: 0, dropped: unreadable(path, error) };
  } finally {
    closeSync(descriptor);
  }
}

/** A writer fills its file at once. */
const BEGINNING_MS = 5_000;

function isLeftEmpty({ sizeBytes, writtenAt }: ReadOutcome): boolean {
  return sizeBytes === 0 && Date.now() - writtenAt > BEGINNING_MS;
}

function readHeld(path: string, { bytes, stat, lastState }: HeldFile, visit: RecordVisitor): ReadOutcome {
  return readFrames({ path, stat }, new Input(-1, stat.size, bytes, stat.size), visit, lastState);
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
