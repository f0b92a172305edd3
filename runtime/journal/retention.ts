/** Old runs go: by age, and the oldest where all together are too large. The CLI goes by the same rule. */
import { guardedJournal } from '../platform/diagnostics.ts';
import type { Disk } from '../platform/disk.ts';
import { JOURNAL_EXTENSION } from '../format/record.ts';

/** Runs that were not written for so long are removed, in milliseconds. */
export const KEEP_RUNS_MS: number = 7 * 24 * 3_600_000;
/** All runs together take no more than this, those apart that are written, in bytes. */
export const KEEP_BYTES: number = 256 * 1024 * 1024;

/** Time between two cleanings of a directory, whoever does it. */
const CLEANING_MS = 3_600_000;
/** A file whose last change tells when the directory was cleaned. */
const MARKER = '.cleaned';
/** Who writes says so every half minute; this leaves room for a thread that was kept from running. */
const SILENT_MS = 600_000;

/** A run as far as its removal goes. */
export interface StoredRun {
  readonly id: string;
  readonly sizeBytes: number;
  /** Epoch milliseconds, by the file system's clock. */
  readonly writtenAt: number;
  /** A process writes it still, or may. */
  readonly isWritten: boolean;
}

/** How much is kept. */
export interface Limits {
  readonly ageMs: number;
  readonly sizeBytes: number;
}

/** The runs to be removed, the oldest first. Never one that is written. */
export function expiredRuns<Run extends StoredRun>(
  runs: readonly Run[],
  nowMs: number,
  { ageMs, sizeBytes }: Limits,
): Run[] {
  let left = 0;
  runs.forEach((run) => (left += run.sizeBytes));
  const oldestFirst = runs.toSorted((a, b) => a.writtenAt - b.writtenAt);
  return oldestFirst.filter((run) => {
    if (run.isWritten || (nowMs - run.writtenAt <= ageMs && left <= sizeBytes)) return false;
    left -= run.sizeBytes;
    return true;
  });
}

/** Removes what has expired, once an hour. @param own - The run that has just begun. */
export function cleanRuns(disk: Disk, root: string, own: string): void {
  const { fs, path } = disk;
  const nowMs = Date.now();
  const marker = path.join(root, MARKER);
  const cleanedAt = fs.statSync(marker, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (nowMs - cleanedAt < CLEANING_MS) return;
  fs.rmSync(marker, { force: true });
  fs.writeFileSync(marker, '', { flag: 'wx', mode: 0o600 });
  const runs: StoredRun[] = [];
  fs.readdirSync(root, { withFileTypes: true }).forEach((entry) => {
    const run =
      entry.isDirectory() &&
      entry.name !== own &&
      guardedJournal(() => storedRun(disk, root, entry.name, nowMs));
    if (run) runs.push(run);
  });
  expiredRuns(runs, nowMs, { ageMs: KEEP_RUNS_MS, sizeBytes: KEEP_BYTES }).forEach(({ id }) =>
    guardedJournal(() => removeRun(disk, root, id)),
  );
}

/** What is known of a run without reading it; `undefined` where it is none. */
function storedRun(disk: Disk, root: string, id: string, nowMs: number): StoredRun | undefined {
  const { fs, path } = disk;
  let sizeBytes = 0;
  let writtenAt = 0;
  let isWritten = false;
  journalFiles(disk, path.join(root, id)).forEach((name) => {
    const stat = fs.lstatSync(path.join(root, id, name));
    sizeBytes += stat.size;
    writtenAt = Math.max(writtenAt, stat.mtimeMs);
    isWritten ||= isThere(Number.parseInt(name, 10));
  });
  return writtenAt === 0
    ? undefined
    : { id, sizeBytes, writtenAt, isWritten: isWritten || nowMs - writtenAt < SILENT_MS };
}

/** Removes the journal files of a run, and its directory if nothing else is in it. */
export function removeRun(disk: Disk, root: string, id: string): void {
  const { fs, path } = disk;
  const dir = path.join(root, id);
  if (!fs.lstatSync(dir).isDirectory()) return;
  journalFiles(disk, dir).forEach((name) => fs.unlinkSync(path.join(dir, name)));
  if (fs.readdirSync(dir).length === 0) fs.rmdirSync(dir);
}

function journalFiles({ fs }: Disk, dir: string): string[] {
  return fs.readdirSync(dir).filter((name) => name.endsWith(JOURNAL_EXTENSION));
}

/** Whether there is a process of that number here: the writer, or one that was given its number since. */
function isThere(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
