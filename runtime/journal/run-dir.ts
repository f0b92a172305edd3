/** The directory of a run: made private to the user, and kept an eye on. */
import { codeOf } from '../platform/diagnostics.ts';
import type { Disk } from '../platform/disk.ts';

/** One run's directory, below the root of all runs. */
export class RunDir {
  readonly path: string;
  readonly root: string;
  /** Made here, not found. */
  isNew: boolean = false;
  /** Device and inode of the directories, as they were made or found. */
  #identity: string = '';
  readonly #disk: Disk;

  constructor(disk: Disk, root: string, run: string) {
    this.#disk = disk;
    this.root = root;
    this.path = disk.path.join(root, run);
  }

  /** Makes what is not there. */
  make(): void {
    const { fs, path } = this.#disk;
    if (this.#makeAll(this.root))
      fs.writeFileSync(path.join(this.root, '.gitignore'), '*\n', { flag: 'wx', mode: 0o600 });
    if (fs.lstatSync(this.root).isSymbolicLink()) throw refused(this.root); // nothing is made through it
    try {
      fs.mkdirSync(this.path, { mode: 0o700 });
      this.isNew = true;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    this.#identity = this.#look();
  }

  /**
   * Makes a directory and those above it; tells whether it was not there. By hand: Node's `recursive` never ends where the
   * system finds no such place in a directory that is there, as in `/proc`.
   */
  #makeAll(dir: string, isLastTry: boolean = false): boolean {
    const { fs, path } = this.#disk;
    try {
      fs.mkdirSync(dir, { mode: 0o700 });
      return true;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EEXIST') return false; // whatever it is: nothing can be made in what is no directory
      const parent = path.dirname(dir);
      if (code !== 'ENOENT' || parent === dir || isLastTry) throw error;
      this.#makeAll(parent);
      return this.#makeAll(dir, true);
    }
  }

  /** Throws where the directories are not those that {@link make} saw. */
  verify(): void {
    if (this.#look() !== this.#identity) throw refused(this.path);
  }

  /** Throws where one of the directories is a symbolic link: somebody else may have put it there. */
  #look(): string {
    return `${this.#identityOf(this.root)} ${this.#identityOf(this.path)}`;
  }

  #identityOf(dir: string): string {
    const stat = this.#disk.fs.lstatSync(dir);
    if (!stat.isDirectory()) throw refused(dir);
    return `${stat.dev}:${stat.ino}`;
  }
}

function refused(dir: string): Error {
  return Object.assign(new Error(dir), { code: 'ELOOP' });
}
