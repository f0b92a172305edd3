/**
 * One writer's journal file: records go in, checked lines come out. Opened when there is something to write; replaced by
 * a next segment, which begins with the whole state, when it has grown large or a write has failed.
 */
import { countFailure, guarded } from './diagnostics.ts';
import { builtin, type Disk } from './platform.ts';
import { JOURNAL_EXTENSION, type JournalRecord } from './record.ts';

/** Size from which a next segment is begun, in bytes. */
const SEGMENT_BYTES = 8 * 1024 * 1024;
/** Longest pause after repeated failures, in flushes skipped. */
const MAX_PAUSE = 64;
/** Names tried: of a run a process number can come again, after a restart or in another container. */
const MAX_NAMES = 100;

const crc32 = builtin('node:zlib')?.crc32;

/** One record as a line: `<crc32 of the JSON text, 8 hex digits> <JSON>\n`. */
export function encodeRecord(record: JournalRecord): string {
  const json = JSON.stringify(record);
  return `${(crc32?.(json) ?? 0).toString(16).padStart(8, '0')} ${json}\n`;
}

/** Writes to one file at a time. Failures are counted, never thrown. */
export class JournalFile {
  #fd: number | undefined;
  #file: string = '';
  #sizeBytes: number = 0;
  #name: string;
  #segment: number = 0;
  #failures: number = 0;
  #pause: number = 0;
  readonly #disk: Disk;
  readonly #dir: string;
  readonly #writer: string;

  /**
   * @param dir - The run's directory.
   * @param writer - `<process>-<thread>`.
   */
  constructor(disk: Disk, dir: string, writer: string) {
    this.#disk = disk;
    this.#dir = dir;
    this.#writer = this.#name = writer;
  }

  /** Whether the next write must carry the whole state: the file is new, or full. */
  get needsState(): boolean {
    return this.#fd === undefined || this.#sizeBytes >= SEGMENT_BYTES;
  }

  /** Whether to leave the disk alone for now, after failures. Counts the flushes skipped. */
  isPausing(): boolean {
    return this.#pause > 0 && this.#pause-- > 0;
  }

  /**
   * Appends the records.
   *
   * @param isState - They are the whole state: begin a new segment with them, then remove the one before.
   * @returns False where that failed; the next write must carry the whole state.
   */
  write(records: readonly JournalRecord[], isState: boolean): boolean {
    if (records.length === 0) return false;
    const before = isState ? { fd: this.#fd, file: this.#file } : undefined;
    try {
      if (isState) this.#openSegment();
      const bytes = Buffer.from(records.map(encodeRecord).join(''));
      for (let done = 0; done < bytes.length;)
        done += this.#disk.fs.writeSync(this.#fd as number, bytes, done); // open: state comes first
      this.#sizeBytes += bytes.length;
      this.#failures = 0;
    } catch (error) {
      this.#giveUp(error);
      this.#closeQuietly(before?.fd);
      return false;
    }
    this.#closeQuietly(before?.fd);
    if (before?.file) guarded(() => this.#disk.fs.unlinkSync(before.file));
    return true;
  }

  /** Closes the file. */
  close(): void {
    this.#closeQuietly(this.#fd);
    this.#fd = undefined;
  }

  #closeQuietly(fd: number | undefined): void {
    if (fd !== undefined) guarded(() => this.#disk.fs.closeSync(fd));
  }

  #openSegment(): void {
    const { fs, path } = this.#disk;
    makeRunDir(this.#disk, this.#dir);
    const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_WRONLY } = fs.constants;
    for (let attempt = 1; ; attempt++) {
      const file = path.join(this.#dir, `${this.#name}.${this.#segment}${JOURNAL_EXTENSION}`);
      try {
        this.#fd = fs.openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
        this.#file = file;
        this.#sizeBytes = 0;
        this.#segment++;
        return;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST' || attempt === MAX_NAMES) throw error;
        this.#name = `${this.#writer}-${attempt + 1}`;
      }
    }
  }

  #giveUp(error: unknown): void {
    countFailure(`journal-${codeOf(error)}`);
    // What was written of the last line ends the old file's valid prefix: nothing may follow it there.
    this.close();
    this.#pause = Math.min(MAX_PAUSE, 2 ** this.#failures++);
  }
}

/** Makes the run's directory, private to the user; refuses a symbolic link in its place or its parent's. */
function makeRunDir({ fs, path }: Disk, dir: string): void {
  const root = path.dirname(dir);
  const made = fs.mkdirSync(root, { recursive: true, mode: 0o700 });
  if (made) fs.writeFileSync(path.join(root, '.gitignore'), '*\n', { flag: 'wx', mode: 0o600 });
  try {
    fs.mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  for (const each of [root, dir]) {
    if (fs.lstatSync(each).isSymbolicLink()) throw Object.assign(new Error(each), { code: 'ELOOP' });
  }
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException | undefined)?.code ?? 'error');
}
