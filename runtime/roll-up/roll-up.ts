/**
 * A run may have any number of writers, one after the other: a thread for each job, a process for each file. Those that have
 * ended are rolled up, the oldest sixteen into one file, sixteen of such files again into one, and so on: all sums are
 * kept, of ever longer times, in a number of files that grows with the logarithm of the number of writers.
 */
import type { Stats } from 'node:fs';
import { now } from '../platform/clock.ts';
import { codeOf } from '../platform/diagnostics.ts';
import type { Disk } from '../platform/disk.ts';
import { canEncode, Encoder } from '../journal/encoder.ts';
import { type EndedWriter, readEnded } from './ended-writer.ts';
import { hasEnded, type OwnHead } from './has-ended.ts';
import { JournalFile } from '../journal/journal.ts';
import { ROLLING } from '../format/record.ts';
import { SILENT_MS } from '../journal/retention.ts';
import { encodeRolled } from './rolled-file.ts';
import { RolledSums } from './rolled-sums.ts';
import { RunDir } from '../journal/run-dir.ts';
import { rolledName, segmentOf, type WriterFiles, writersIn } from './run-files.ts';

/** So many become one. */
const FAN_IN = 16;
/** So many that have ended keep all that they have written: the newest. */
const KEPT = 16;
/** Nothing is to be expected any more of a thread that has said its last so long ago, in milliseconds. */
const SETTLED_MS = 60_000;
/** No larger files, in bytes: they are read at once. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Not looked for more of them at a time. */
const MOST_SETTLED = 256;
/** Numbers of the segment of a rolled file, while what is in it may be there still, and after that. */
const UNFINISHED = 1;
const FINISHED = 0;

/** A new file, and what it was made of. */
interface RolledUp {
  readonly name: string;
  readonly from: readonly WriterFiles[];
}

/** Rolls up what has ended in a run. */
export class RollUp {
  readonly #disk: Disk;
  readonly #dir: RunDir;
  readonly #head: OwnHead;
  readonly #out: Encoder;
  /** Files that could not be read, by path. */
  readonly #bad: Set<string> = new Set();
  #work: Generator<void> | undefined;
  /** The program ends: what has been read is written. */
  #isEnding: boolean = false;

  /**
   * @param root - The directory of all runs.
   * @param head - Of the writer that does it.
   */
  constructor(disk: Disk, root: string, head: OwnHead) {
    canEncode();
    this.#out = new Encoder();
    this.#disk = disk;
    this.#dir = new RunDir(disk, root, head.run);
    this.#head = head;
  }

  /** Looks what has ended. @param nowMs - Epoch milliseconds by the file system's clock. */
  begin(nowMs: number): void {
    this.#work ??= this.#rollAll(nowMs);
  }

  /** Goes on for so many milliseconds; at least a step. */
  goOn(ms: number): void {
    const untilMs = now() + ms;
    while (this.#work) {
      if (this.#work.next().done === true) this.#work = undefined;
      else if (now() >= untilMs) break;
    }
  }

  /** Comes to an end: for so many milliseconds more is read, then it is written. */
  finish(ms: number): void {
    this.goOn(ms);
    this.#isEnding = true;
    this.goOn(Infinity);
    this.#isEnding = false;
  }

  *#rollAll(nowMs: number): Generator<void> {
    if (this.#list().length < FAN_IN) return;
    this.#dir.make(); // it is there: it is remembered which it was
    yield* this.#finishOthers();
    for (let level = 0; ; level++) {
      const seen = this.#list();
      if (this.#isEnding || seen.every((writer) => writer.level < level)) return;
      const isDue = this.#settledOf(seen, level, nowMs).length > 0;
      yield;
      if (!isDue) continue;
      const file = this.#open(nowMs);
      if (!file) return;
      let rolled: RolledUp | undefined;
      try {
        // What another one has done before the file was open, or was killed at, is seen now.
        yield* this.#finishOthers();
        const candidates = this.#settledOf(this.#list(), level, nowMs);
        rolled = yield* this.#roll(file, level + 1, candidates, nowMs);
      } finally {
        if (!rolled) this.#giveUp(file);
      }
      if (!rolled) continue;
      file.close();
      yield* this.#finish(rolled.name, rolled.from);
      level--; // there may be more
    }
  }

  /** The writers of the run, this one apart. */
  #list(): WriterFiles[] {
    const { pid, thread, startedAt } = this.#head;
    const own = `${pid}-${thread}.${startedAt.toString(36)}`;
    return writersIn(this.#disk, this.#dir.path).filter(({ name }) => !name.startsWith(own));
  }

  /** Those of a level that were not written for a while, the oldest first, if there are enough; without the newest. */
  #settledOf(writers: readonly WriterFiles[], level: number, nowMs: number): WriterFiles[] {
    const own = writers.filter((each) => each.level === level && !this.#bad.has(each.name));
    if (own.length < FAN_IN + KEPT) return [];
    const settled: WriterFiles[] = [];
    for (const writer of own.toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1))) {
      if (this.#isSettled(writer, nowMs)) settled.push(writer);
      if (settled.length === MOST_SETTLED) break;
    }
    return settled.length < FAN_IN + KEPT ? [] : settled.slice(0, -KEPT);
  }

  #isSettled(writer: WriterFiles, nowMs: number): boolean {
    const stat = this.#statOf(writer);
    if (stat?.isFile() !== true || stat.size > MOST_BYTES) return false;
    return writer.level > 0 ? writer.segment === FINISHED : nowMs - stat.mtimeMs >= SETTLED_MS;
  }

  /** One at a time: the name is a lock, and the file what is rolled up in the end. */
  #open(nowMs: number): JournalFile | undefined {
    const { fs } = this.#disk;
    try {
      return new JournalFile(this.#disk, this.#dir, ROLLING);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      // Who began it was killed, or will find that it is gone.
      const path = this.#pathOf(ROLLING);
      const stat = fs.lstatSync(path, { throwIfNoEntry: false });
      if (stat && nowMs - stat.mtimeMs >= SILENT_MS) fs.unlinkSync(path);
      return undefined;
    }
  }

  #giveUp(file: JournalFile): void {
    if (file.writtenAt() === undefined) file.close();
    else file.remove();
  }

  /** Removes what is in a file already that holds it rolled up, and was left by one that was killed meanwhile. */
  *#finishOthers(): Generator<void> {
    const writers = this.#list();
    for (const writer of writers) {
      if (writer.level === 0 || writer.segment === FINISHED) continue;
      const names = this.#read(writer)?.head.rolled?.names;
      if (!names) continue;
      yield* this.#finish(
        writer.name,
        writers.filter(({ name }) => names.includes(name)),
      );
    }
  }

  /** Removes those that were rolled up, and gives the file its last name. */
  *#finish(name: string, from: readonly WriterFiles[]): Generator<void> {
    const { fs } = this.#disk;
    for (const { files } of from) {
      this.#dir.verify();
      for (const file of files) fs.rmSync(this.#pathOf(file), { force: true });
      yield;
    }
    this.#dir.verify();
    const path = this.#pathOf(segmentOf({ name, segment: UNFINISHED }));
    if (fs.existsSync(path)) fs.renameSync(path, this.#pathOf(segmentOf({ name, segment: FINISHED })));
  }

  /** Returns what the file holds now, under its new name. */
  *#roll(
    file: JournalFile,
    level: number,
    candidates: readonly WriterFiles[],
    nowMs: number,
  ): Generator<void, RolledUp | undefined> {
    const sums = new RolledSums();
    const from: WriterFiles[] = [];
    const ended: EndedWriter[] = [];
    for (const candidate of candidates) {
      if (from.length === FAN_IN || this.#isEnding) break;
      const writer = this.#read(candidate);
      if (!writer || !this.#hasEnded(writer, candidate, nowMs)) continue;
      this.#bad.add(candidate.name); // should the next line throw
      sums.add(writer);
      this.#bad.delete(candidate.name);
      from.push(candidate);
      ended.push({ ...writer, records: [] }); // without the file itself
      yield;
    }
    if (from.length < 2) return undefined;
    const { fs } = this.#disk;
    file.append(
      encodeRolled(
        this.#out,
        from.map(({ name }) => name),
        ended,
        sums,
      ),
    );
    this.#out.trim();
    // Another one may have taken this one for killed; or one of them has not ended after all.
    const isValid =
      file.writtenAt() !== undefined && from.every((each, i) => this.#statOf(each)?.size === ended[i]?.bytes);
    if (!isValid) return undefined;
    this.#dir.verify();
    const name = rolledName(from[0] as WriterFiles, level);
    fs.renameSync(file.path, this.#pathOf(segmentOf({ name, segment: UNFINISHED })));
    return { name, from };
  }

  #hasEnded(ended: EndedWriter, writer: WriterFiles, nowMs: number): boolean {
    if (writer.level > 0) return true;
    const silentMs = nowMs - (this.#statOf(writer)?.mtimeMs ?? nowMs);
    return hasEnded(this.#disk, this.#head, ended, segmentOf(writer), silentMs);
  }

  #read(writer: WriterFiles): EndedWriter | undefined {
    const ended = readEnded(this.#disk.fs.readFileSync(this.#pathOf(segmentOf(writer))));
    if (!ended) this.#bad.add(writer.name);
    return ended;
  }

  #pathOf(file: string): string {
    return this.#disk.path.join(this.#dir.path, file);
  }

  #statOf(writer: WriterFiles): Stats | undefined {
    return this.#disk.fs.lstatSync(this.#pathOf(segmentOf(writer)), { throwIfNoEntry: false });
  }
}
