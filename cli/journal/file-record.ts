import type { JournalRecord } from '../../runtime/format/record.ts';
import type { Dropped } from './dropped.ts';
import type { LastState } from './last-state.ts';
import type { Rows } from './rows.ts';

/** What has changed in an interval, a row for each site. */
export interface RowsRecord extends Rows {
  readonly t: 'rows';
  /** The rows hold whole values: what was said before counts no more. */
  readonly isState: boolean;
  /** More of the state follows in the next record. */
  readonly hasMore: boolean;
  /** A later state repeats it; only where the last state is asked for. */
  isSuperseded: boolean;
  /** The interval, in epoch milliseconds. */
  readonly sinceMs: number;
  readonly atMs: number;
  /** Hours since the epoch of the hour that the interval's calls count for. */
  readonly hour: number;
  /** Metrics recorded, added since the last record. */
  readonly metrics: number;
}

/** A time bucket of the past. */
export interface BucketRecord extends Rows {
  readonly t: 'bucket';
  /** Epoch milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
}

/** What reading one file came to; its records went to the visitor. */
export interface ReadOutcome {
  readonly records: number;
  readonly sizeBytes: number;
  /** Epoch milliseconds of the last write, by the file system's clock; 0 where there is no file. */
  readonly writtenAt: number;
  readonly dropped?: Dropped;
  /** What the visitor was given holds until the next file is read. */
  readonly isHeld?: boolean;
}

/** What a file holds: the records of record.ts, and those of version 2 that are binary. */
export type FileRecord = JournalRecord | RowsRecord | BucketRecord;

/**
 * Called with each record in order, and the place in the file behind it; what it is given holds until it returns.
 * Returning `false` ends the reading.
 */
export type RecordVisitor = (record: FileRecord, position: number) => boolean | void;

/** Which rows are visited: all, or all and told which a later state repeats, without those of a state that was not finished. */
export type ReadExtent = 'all' | 'last-state';

/** What a file was when reading it began. */
export interface FileStat {
  readonly size: number;
  readonly mtimeMs: number;
}

/** A file that is being read. */
export interface OpenFile {
  readonly path: string;
  readonly descriptor: number;
  readonly stat: FileStat;
}

/** A file that was read, and whose checksums are right. */
export interface HeldFile {
  readonly bytes: Buffer;
  readonly stat: FileStat;
  readonly lastState: LastState;
}
