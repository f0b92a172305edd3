/**
 * A file of the journal: made new, appended to, never followed through a symbolic link. Everything here throws what the
 * system says; flush.ts counts it.
 */
import { guardedJournal } from '../platform/diagnostics.ts';
import type { Disk } from '../platform/disk.ts';
import type { RunDir } from './run-dir.ts';

/** One file that is being written. */
export class JournalFile {
  readonly name: string;
  readonly path: string;
  sizeBytes: number = 0;
  /** -1 once it is closed: the program may have been given the number for a file of its own. */
  #fd: number;
  readonly #inode: number;
  readonly #disk: Disk;
  readonly #dir: RunDir;

  /** Makes the file and, where it is not there, its directory. */
  constructor(disk: Disk, dir: RunDir, name: string) {
    const { fs, path } = disk;
    dir.make();
    this.#disk = disk;
    this.#dir = dir;
    this.name = name;
    this.path = path.join(dir.path, name);
    const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_WRONLY } = fs.constants;
    this.#fd = fs.openSync(this.path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      // Not swapped for a link since it was made; nothing is written before that is sure.
      dir.verify();
      this.#inode = fs.fstatSync(this.#fd).ino;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Appends all of it; what a failure leaves of it is cut off by the reader. */
  append(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;)
      done += this.#disk.fs.writeSync(this.#fd, bytes, done, bytes.length - done);
    this.sizeBytes += bytes.length;
  }

  /** Epoch milliseconds of the last write by the file system's clock; `undefined` where the file is gone. */
  writtenAt(): number | undefined {
    const { ino, nlink, mtimeMs } = this.#disk.fs.fstatSync(this.#fd);
    // The program has closed our file, and its number is that of another one: nothing may be written there, or closed.
    if (ino !== this.#inode) this.#fd = -1;
    return nlink === 0 || this.#fd < 0 ? undefined : mtimeMs;
  }

  close(): void {
    const fd = this.#fd;
    this.#fd = -1;
    if (fd >= 0) guardedJournal(() => this.#disk.fs.closeSync(fd));
  }

  /** Closes and removes the file; not if its directory is another one by now. */
  remove(): void {
    this.close();
    guardedJournal(() => {
      this.#dir.verify();
      this.#disk.fs.unlinkSync(this.path);
    });
  }
}
