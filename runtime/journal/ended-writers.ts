/**
 * Has the writers of the run that have ended rolled up, by a module apart: only programs with many threads or processes load
 * it. A bundle has it not, unless the package is there too, or the loader; `tka-perf clean` does the same.
 */
import { countFailure } from '../platform/diagnostics.ts';
import type { Disk } from '../platform/disk.ts';
import type { HeadRecord } from '../format/record.ts';
import { builtin, nodeProcess } from '../platform/platform.ts';

/** With fewer files nothing is rolled up. */
const FEWEST_FILES = 32;
/** Time between two looks at them, in milliseconds. */
const LOOKS_MS = 60_000;
/** Of those that look for the first time as they end, about one in so many does it: loading takes some milliseconds. */
const ENDING_ONES = 8;
/** So long it is rolled up at a time, and so long as the program ends. */
const SLICE_MS = 4;
const LAST_SLICE_MS = 40;

/** Path of some file of the package, by the loader, which the app may have nowhere near. */
const PACKAGE: unique symbol = Symbol.for('tka-perf.package') as never;

/** What the module has, in runtime/roll-up/. */
interface RollUp {
  begin(nowMs: number): void;
  goOn(ms: number): void;
  finish(ms: number): void;
}

/** Those of the run that one of its writers belongs to. */
export class EndedWriters {
  readonly #disk: Disk;
  readonly #root: string;
  readonly #head: HeadRecord;
  /** `null` where it is not found. */
  #rollUp: RollUp | null | undefined;
  #nextMs: number = 0;

  /** @param root - The directory of all runs. */
  constructor(disk: Disk, root: string, head: HeadRecord) {
    this.#disk = disk;
    this.#root = root;
    this.#head = head;
  }

  /** Goes on for some milliseconds. @param nowMs - By the file system's clock; absent where nothing was written. */
  goOn(nowMs: number | undefined, isEnding: boolean): void {
    if (nowMs === undefined || this.#rollUp === null) return;
    if (nowMs >= this.#nextMs) {
      this.#nextMs = nowMs + LOOKS_MS;
      if (this.#areMany(isEnding)) {
        this.#rollUp ??= this.#load();
        this.#rollUp?.begin(nowMs);
      }
    }
    if (isEnding) this.#rollUp?.finish(LAST_SLICE_MS);
    else this.#rollUp?.goOn(SLICE_MS);
  }

  #areMany(isEnding: boolean): boolean {
    const { fs, path } = this.#disk;
    const { length } = fs.readdirSync(path.join(this.#root, this.#head.run));
    return length > FEWEST_FILES && (!isEnding || length % ENDING_ONES === 0);
  }

  #load(): RollUp | null {
    const { path } = this.#disk;
    const { createRequire } = builtin('node:module') ?? {};
    const main = nodeProcess?.argv[1];
    const { [PACKAGE]: own } = globalThis as { readonly [PACKAGE]?: string };
    for (const place of [main, path.join(this.#head.cwd, 'index.js'), own]) {
      try {
        const required = createRequire?.(place as string) as NodeJS.Require;
        const home = path.dirname(required.resolve('tka-perf/package.json'));
        const loaded = required(path.join(home, 'dist/runtime/roll-up.cjs')) as {
          readonly RollUp: new (disk: Disk, root: string, own: HeadRecord) => RollUp;
        };
        return new loaded.RollUp(this.#disk, this.#root, this.#head);
      } catch {
        // not there
      }
    }
    countFailure('no-roll-up');
    return null;
  }
}
