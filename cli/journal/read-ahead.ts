/*
 * Of many files the next ones are read, and their checksums compared, by a thread of its own while this one adds up what it
 * has. Where there can be no thread, or it is late, this one reads them itself: the result is the same.
 */
import { availableParallelism } from 'node:os';
import type { HeldFile } from './file-record.ts';
import {
  BUSY,
  bytesOf,
  factsOf,
  FREE,
  IN_SLOT,
  LEFT,
  OVER,
  type SharedReading,
  sharedReadingOf,
  UNREAD,
} from './shared-reading.ts';

/** Fewer files are read before a thread that takes some ten milliseconds to begin has gained that. */
const FEWEST_FILES = 256;
/** How long a file is waited for that the thread is reading. */
const PATIENCE_MS = 1000;

/** As it is published, and in the sources. */
const SCRIPT = new URL(
  import.meta.url.endsWith('.ts') ? './read-thread.ts' : './read-thread.js',
  import.meta.url,
);

/** Begins to read files ahead, in this order. Nothing where it is not worth a thread, or there may be none. */
export function readAhead(paths: readonly string[]): ReadAhead | undefined {
  if (paths.length < FEWEST_FILES || availableParallelism() === 1) return undefined;
  try {
    const reading = sharedReadingOf(paths);
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    const thread = new Worker(SCRIPT, { workerData: reading });
    thread.unref();
    thread.on('error', () => {}); // what it has not read is read without it
    return new ReadAhead(reading);
  } catch {
    return undefined;
  }
}

/** Where files are taken that a thread has read. */
export class ReadAhead {
  private readonly reading: SharedReading;
  private readonly numbers: ReadonlyMap<string /* path */, number>;
  /** That of the file which was taken last. */
  private slot = -1;

  constructor(reading: SharedReading) {
    this.reading = reading;
    this.numbers = new Map(reading.paths.map((path, i) => [path, i]));
  }

  /** A file, once, until the next one is taken; nothing where the one that asks has to read it. */
  take(path: string): HeldFile | undefined {
    const file = this.numbers.get(path);
    if (file === undefined) return undefined;
    this.giveBack();
    const { reading } = this;
    const { states } = reading;
    if (Atomics.compareExchange(states, file, UNREAD, LEFT) === UNREAD) return undefined;
    Atomics.wait(states, file, BUSY, PATIENCE_MS);
    const slot = Atomics.exchange(states, file, LEFT) - IN_SLOT;
    if (slot < 0) return undefined;
    this.slot = slot;
    const [size = 0, mtimeMs = 0, from = 0, to = 0, end = 0] = factsOf(reading, slot);
    return {
      bytes: bytesOf(reading, slot),
      stat: { size, mtimeMs },
      lastState: { from, to, end, defect: 'end' },
    };
  }

  private giveBack(): void {
    const { slots } = this.reading;
    if (this.slot < 0) return;
    Atomics.store(slots, this.slot, FREE);
    Atomics.notify(slots, this.slot);
    this.slot = -1;
  }

  /** No more files are taken: the thread may end. */
  end(): void {
    const { slots } = this.reading;
    for (let slot = 0; slot < slots.length; slot++) {
      Atomics.store(slots, slot, OVER);
      Atomics.notify(slots, slot);
    }
  }
}
