/** Old runs go: by age, and the oldest where all together are too large. The CLI goes by the same rule. */
import type { Disk } from '../platform/disk.ts';
import { JOURNAL_EXTENSION, ROLLING } from '../format/record.ts';

/** Runs that were not written for so long are removed, in milliseconds. */
export const KEEP_RUNS_MS: number = 7 * 24 * 3_600_000;
/** All runs together take no more than this on the disk, those apart that are written, in bytes. */
export const KEEP_BYTES: number = 256 * 1024 * 1024;

/** File systems give files whole pages. */
const PAGE_BYTES = 4096;
/** What `stat` calls a block, whatever the file system has. */
const BLOCK_BYTES = 512;
/** A run may have any number of files: there is a pause after so many. */
const FILES_AT_ONCE = 16;
/** Who writes says so every half minute; this leaves room for a thread that was kept from running. */
export const SILENT_MS = 600_000;

/** A run as far as its removal goes. */
export interface StoredRun {
  readonly id: string;
  /** As they are counted by {@link bytesOnDisk}; of a run that is written, not all. */
  readonly sizeBytes: number;
  /** Epoch milliseconds, by the file system's clock. */
  readonly writtenAt: number;
  /** A process writes it still, or may. */
  readonly isWritten: boolean;
}

/** What is kept of the runs that were not asked for yet. */
export interface Room {
  /** Those written since then, in epoch milliseconds. */
  readonly sinceMs: number;
  /** As much as fits in here. */
  bytes: number;
}

/** Whether a run is to be removed; asked for the newest first. Never one that is written. */
export function hasExpired({ isWritten, writtenAt, sizeBytes }: StoredRun, room: Room): boolean {
  if (isWritten) return false;
  if (writtenAt < room.sinceMs) return true;
  room.bytes -= sizeBytes;
  return room.bytes < 0;
}

/** What a file or folder takes, which is more than is in it; in whole pages where the platform does not tell. */
export function bytesOnDisk({ size, blocks }: { readonly size: number; readonly blocks?: number }): number {
  return (blocks ?? 0) * BLOCK_BYTES || Math.ceil(size / PAGE_BYTES) * PAGE_BYTES;
}

/** What is known of a run without reading it; `undefined` where it is none. */
export function* storedRun(
  disk: Disk,
  root: string,
  id: string,
  nowMs: number,
): Generator<string, StoredRun | undefined> {
  const { fs, path } = disk;
  const dir = path.join(root, id);
  const folder = fs.lstatSync(dir);
  if (!folder.isDirectory()) return undefined;
  let sizeBytes = bytesOnDisk(folder);
  let writtenAt = 0;
  let isWritten = false;
  for (const [i, name] of journalFiles(disk, dir).entries()) {
    if (i % FILES_AT_ONCE === FILES_AT_ONCE - 1) yield id;
    const stat = fs.lstatSync(path.join(dir, name));
    sizeBytes += bytesOnDisk(stat);
    writtenAt = Math.max(writtenAt, stat.mtimeMs);
    const pid = Number.parseInt(name, 10);
    // In containers all have one number, and this one's own run is not asked for.
    isWritten = nowMs - writtenAt < SILENT_MS || (pid !== process.pid && isThere(pid));
    if (isWritten) break;
  }
  return writtenAt === 0 ? undefined : { id, sizeBytes, writtenAt, isWritten };
}

/** Removes the journal files of a run, and its directory if nothing else is in it. */
export function* removeRun(disk: Disk, root: string, id: string): Generator<string> {
  const { fs, path } = disk;
  const dir = path.join(root, id);
  if (!fs.lstatSync(dir).isDirectory()) return;
  for (const [i, name] of journalFiles(disk, dir).entries()) {
    if (i % FILES_AT_ONCE === FILES_AT_ONCE - 1) yield id;
    fs.unlinkSync(path.join(dir, name));
  }
  if (fs.readdirSync(dir).length === 0) fs.rmdirSync(dir);
}

function journalFiles({ fs }: Disk, dir: string): string[] {
  return fs.readdirSync(dir).filter((name) => name.endsWith(JOURNAL_EXTENSION) || name === ROLLING);
}

/** Whether there is a process of that number here: the writer, or one that was given its number since. */
export function isThere(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    // It is there, and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
