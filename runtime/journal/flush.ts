/** What goes into the journal, and when it has changed. */
import { cleanRuns } from './cleaning.ts';
import { epochNow } from '../platform/clock.ts';
import { codeOf, countFailure, failureCounts, guardedJournal } from '../platform/diagnostics.ts';
import { canEncode, Encoder } from './encoder.ts';
import { EndedWriters } from './ended-writers.ts';
import { headOf, type Origin, writeMetrics, writeSites } from './introduction.ts';
import { JournalFile } from './journal.ts';
import { MAGIC } from '../format/layout.ts';
import { diskOf, type Disk } from '../platform/disk.ts';
import { failuresInDoubt } from '../call/pending.ts';
import { recent } from '../tally/recent.ts';
import { type EndRecord, type HeadRecord, JOURNAL_EXTENSION } from '../format/record.ts';
import { RunDir } from './run-dir.ts';
import { type BucketDisk, Series } from './series.ts';
import { SiteRows } from './site-rows.ts';
import { allSites, renewalsOfSites } from '../call/sites.ts';
import { settleAccounts } from './snapshot.ts';
import { usageOfThread } from '../budget/usage.ts';

/** Size from which on a next segment is begun, in bytes; with many sites, so many times what their state takes. */
const SEGMENT_BYTES = 2 * 1024 * 1024;
const STATES_IN_SEGMENT = 4;
/** Longest pause after repeated failures, in flushes skipped. */
const MAX_PAUSE = 64;
/** Names tried: on a shared file system another machine may write the same run with the same process number. */
const MAX_NAMES = 100;
/** Recent metrics written at once of a busy interval: slow calls are all among them. */
const METRICS_AT_ONCE = 200;
/**
 * A writer that has nothing to say says so, as it may be killed at any time, and was there until it was last heard of: as soon
 * as that is this part of the time that it has rested off, between these many milliseconds.
 */
const HEARTBEAT_PART = 1 / 16;
const FIRST_HEARTBEAT_MS = 1000;
const HEARTBEAT_MS = 30_000;
/**
 * What measuring takes is written that often, in milliseconds, and before once a writer is so much older: it may be killed at
 * any time, and what was told last stands for all of it.
 */
const USAGE_MS = 60_000;
const USAGE_PART = 1 / 4;
/** A clock this far from the file system's is told, in milliseconds. */
const CLOCK_TOLERANCE_MS = 500;

/** How much to write: what changed, or the recent metrics too. */
export type Extent = 'changes' | 'metrics';

/** How a writer ends. */
export type Ending = Pick<EndRecord, 'reason' | 'exitCode' | 'detail'>;

/** Keeps this thread's journal up to date with its sites. */
export class JournalWriter {
  readonly #disk: Disk;
  readonly #dir: RunDir;
  readonly #head: HeadRecord;
  readonly #out: Encoder = new Encoder();
  readonly #series: Series;
  #name: string;
  #file: JournalFile | undefined;
  #segment: number = 0;
  #segmentBytes: number = 0;
  /** The last write failed: what the file holds, and what was noted as written, differ. */
  #isBroken: boolean = false;
  /** The file's last rows are the whole state. */
  #isWhole: boolean = false;
  #failures: number = 0;
  #pause: number = 0;
  #sitesWritten: number = 0;
  #renewals: number = 0;
  readonly #rows: SiteRows;
  #failuresWritten: string = '{}';
  #lastMs: number;
  /** When there was last anything to say. */
  #activeMs: number;
  #usageMs: number = 0;
  /** Old runs are removed, a part with each flush. */
  #cleaning: Generator<void> | undefined;
  readonly #endedWriters: EndedWriters;

  private constructor(disk: Disk, dir: RunDir, head: HeadRecord) {
    this.#disk = disk;
    this.#dir = dir;
    this.#head = head;
    this.#lastMs = this.#activeMs = head.startedAt;
    this.#name = `${head.pid}-${head.thread}.${head.startedAt.toString(36)}`;
    this.#series = new Series(this.#bucketDisk(), this.#out);
    this.#rows = new SiteRows(this.#out, this.#series);
    this.#endedWriters = new EndedWriters(disk, dir.root, head);
  }

  /** A writer of the journal that has begun there; `undefined` where the platform cannot write one. */
  static create(origin: Origin): JournalWriter | undefined {
    const disk = diskOf();
    if (!disk || !canEncode()) return undefined;
    return new JournalWriter(disk, new RunDir(disk, origin.root, origin.facts.run), headOf(origin, disk));
  }

  /** Writes what has changed since the last time. Does nothing where nothing was ever measured. */
  flush(extent: Extent, ending?: Ending): void {
    if (extent === 'changes' && this.#pause > 0 && this.#pause-- > 0) return;
    // What is written for good is tried once more, with less.
    if (!this.#try(extent, ending) && extent !== 'changes') this.#try(extent, ending);
    guardedJournal(() => this.#cleaning?.next());
    guardedJournal(() =>
      this.#endedWriters.goOn(this.#file?.writtenAt(), ending !== undefined && extent !== 'changes'),
    );
  }

  #try(extent: Extent, ending: Ending | undefined): boolean {
    try {
      this.#write(extent, ending);
      this.#failures = this.#pause = 0;
      return true;
    } catch (error) {
      countFailure(`journal-${codeOf(error)}`);
      this.#pause = Math.min(MAX_PAUSE, 2 ** this.#failures++);
      // What was written of the last record ends the file's valid prefix: nothing may follow it there.
      this.#isBroken = true;
      return false;
    }
  }

  /** Closes the files; a later flush begins a new segment. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #write(extent: Extent, ending: Ending | undefined): void {
    const out = this.#out;
    const sinceMs = this.#lastMs;
    const atMs = Math.round(epochNow());
    settleAccounts();
    out.at = 0;
    this.#series.moveTo((sinceMs + atMs) / 2);
    const isState = this.#needsState();
    if (isState) this.#beginState();
    else if (allSites().length > this.#sitesWritten)
      this.#sitesWritten = this.#introduce(out, this.#sitesWritten);
    const isEmpty = !this.#rows.write(sinceMs, atMs, isState, extent !== 'changes');
    if (!isEmpty || isState) this.#isWhole = isState;
    if (!isEmpty) this.#activeMs = atMs;
    if (ending && extent !== 'changes' && !this.#isWhole) {
      // The whole state once more: readers need nothing before it. Once, where nothing comes after: it ends in several steps.
      this.#isWhole = true;
      this.#rows.rewind();
      this.#rows.write(atMs, atMs, true, true);
    }
    this.#writeFailures();
    if (isState && isEmpty && this.#failuresWritten === '{}') return;
    if (isState) recent.rewind();
    // A next segment takes over what the one before it has; the first one need not have all at once.
    // Nor what could not be written before: on a disk that is nearly full a state may fit, and its calls not.
    const isBusy = this.#failures > 0 || (extent === 'changes' && !(isState && this.#file));
    const waiting = extent === 'changes' ? failuresInDoubt() : 0;
    writeMetrics(out, recent.takeUnwritten(isBusy ? METRICS_AT_ONCE : Infinity, waiting));
    this.#writeUsage(atMs, isState || (ending !== undefined && extent !== 'changes'));
    if (out.at === 0) {
      const restMs = HEARTBEAT_PART * Math.abs(atMs - this.#activeMs);
      // One that may be ended from outside has said so.
      const dueMs = ending ? HEARTBEAT_MS : Math.min(HEARTBEAT_MS, Math.max(FIRST_HEARTBEAT_MS, restMs));
      if (Math.abs(atMs - sinceMs) < dueMs) return; // the clock may have been set back
      this.#rows.begin(0, sinceMs, atMs);
      out.end();
    }
    if (ending) out.json({ t: 'end', at: atMs, ...ending });
    this.#lastMs = atMs;
    if (isState) this.#replace();
    else this.#file?.append(out.bytes.subarray(0, out.at));
  }

  /** Whether the whole state must be written: there is no file, it was removed, is full, or counts began anew. */
  #needsState(): boolean {
    const renewals = renewalsOfSites();
    const isUntold = this.#rows.prepare() || renewals !== this.#renewals;
    this.#renewals = renewals;
    const file = this.#file;
    if (!file || isUntold || this.#isBroken || file.sizeBytes >= this.#segmentBytes) return true;
    const isThere = guardedJournal(() => file.writtenAt()) !== undefined;
    if (!isThere) countFailure('journal-removed');
    return !isThere;
  }

  #beginState(): void {
    const out = this.#out;
    this.#rows.rewind();
    this.#failuresWritten = '{}';
    this.#sitesWritten = this.#introduce(out, -1);
  }

  #introduce(out: Encoder, known: number): number {
    if (known < 0) {
      out.copy(MAGIC);
      out.json(this.#head);
    }
    return writeSites(out, Math.max(0, known));
  }

  #writeFailures(): void {
    const counts = failureCounts();
    const failures = JSON.stringify(counts);
    if (failures === this.#failuresWritten) return;
    this.#failuresWritten = failures;
    this.#out.json({ t: 'diag', counts });
  }

  #writeUsage(atMs: number, isDue: boolean): void {
    const restMs = Math.min(USAGE_MS, USAGE_PART * Math.abs(this.#usageMs - this.#head.startedAt));
    // Not alone: a writer that has nothing to say is silent.
    if (!isDue && (this.#out.at === 0 || Math.abs(atMs - this.#usageMs) < restMs)) return;
    this.#usageMs = atMs;
    this.#out.json({ t: 'usage', ...usageOfThread() });
  }

  /** Begins a next segment with what is written, and only then removes the one before. */
  #replace(): void {
    const out = this.#out;
    const file = this.#openSegment();
    try {
      file.append(out.bytes.subarray(0, out.at));
    } catch (error) {
      file.remove();
      throw error;
    }
    const writtenAt = file.writtenAt();
    const before = this.#file;
    this.#file = file;
    this.#isBroken = false;
    this.#segmentBytes = Math.max(SEGMENT_BYTES, STATES_IN_SEGMENT * out.at);
    before?.remove();
    out.trim();
    if (writtenAt !== undefined) this.#tellClock(this.#lastMs - writtenAt);
    if (this.#dir.isNew) this.#cleaning = cleanRuns(this.#disk, this.#dir.root, this.#head.run);
    this.#dir.isNew = false;
  }

  #openSegment(): JournalFile {
    for (let attempt = 1; ; attempt++) {
      try {
        return this.#create(String(this.#segment++));
      } catch (error) {
        if (codeOf(error) !== 'EEXIST' || attempt === MAX_NAMES) throw error;
        this.#name = `${this.#head.pid}-${this.#head.thread}.${this.#head.startedAt.toString(36)}-${attempt}`;
      }
    }
  }

  #create(suffix: string): JournalFile {
    return new JournalFile(this.#disk, this.#dir, `${this.#name}.${suffix}${JOURNAL_EXTENSION}`);
  }

  /** The file system was asked just now: what it noted is some milliseconds old at most. */
  #tellClock(aheadMs: number): void {
    const out = this.#out;
    if (Math.abs(aheadMs) < CLOCK_TOLERANCE_MS) return;
    out.at = 0;
    out.json({ t: 'clock', aheadMs: Math.round(aheadMs) });
    this.#file?.append(out.bytes.subarray(0, out.at));
  }

  #bucketDisk(): BucketDisk {
    return {
      open: (suffix) => this.#create(suffix),
      introduce: (out, known) => this.#introduce(out, known),
    };
  }
}
