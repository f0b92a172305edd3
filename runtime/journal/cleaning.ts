/**
 * A program removes old runs, some at a time: there may be tens of thousands. It begins with the newest, as they tell how
 * many of the others are too many. How far it has come is noted, and the next program goes on there: no program need live
 * until all is done.
 */
import { epochNow, now } from '../platform/clock.ts';
import { codeOf, countFailure, guardedJournal } from '../platform/diagnostics.ts';
import type { Disk } from '../platform/disk.ts';
import { hasExpired, KEEP_BYTES, KEEP_RUNS_MS, removeRun, type Room, storedRun } from './retention.ts';

/** Time between two cleanings of a directory, whoever does it. */
const CLEANING_MS = 3_600_000;
/** A file whose last change tells when the directory was cleaned. Unless it is empty it tells where that goes on. */
const MARKER = '.cleaned';
/** What is done at a time takes so long, in milliseconds. */
const SLICE_MS = 4;
/** So many runs however slow the disk is, and no more than so many. */
const FEWEST = 4;
const MOST = 100;

/** Removes what has expired, once an hour; a part each time it is resumed. @param own - The run that has just begun. */
export function* cleanRuns(disk: Disk, root: string, own: string): Generator<void> {
  const { fs, path } = disk;
  const nowMs = epochNow();
  const marker = path.join(root, MARKER);
  const stat = fs.lstatSync(marker, { throwIfNoEntry: false });
  const [bytes, last] = (stat?.isFile() ? fs.readFileSync(marker, 'utf8') : '').split(' ');
  if (!last && nowMs - (stat?.mtimeMs ?? 0) < CLEANING_MS) return;
  const mark = (text: string): void => {
    fs.rmSync(marker, { force: true });
    fs.writeFileSync(marker, text, { flag: 'wx', mode: 0o600 });
  };
  const room = { sinceMs: nowMs - KEEP_RUNS_MS, bytes: last ? Number(bytes) : KEEP_BYTES };
  // Ids sort by the time at which the runs began.
  const ids = fs.readdirSync(root).filter((id) => id !== own && (!last || id < last));
  let steps = 0;
  let untilMs = now() + SLICE_MS;
  for (const id of looks(disk, root, ids.toSorted().toReversed(), nowMs, room)) {
    if (++steps < (now() < untilMs ? MOST : FEWEST)) continue;
    guardedJournal(() => mark(`${room.bytes} ${id}`));
    yield;
    steps = 0;
    untilMs = now() + SLICE_MS;
  }
  mark('');
}

/** Looks at each run and removes it if it has expired. Yields its id when that is done, and now and then before. */
function* looks(
  disk: Disk,
  root: string,
  ids: readonly string[],
  nowMs: number,
  room: Room,
): Generator<string> {
  for (const id of ids) {
    try {
      const run = yield* storedRun(disk, root, id, nowMs);
      if (run && hasExpired(run, room)) yield* removeRun(disk, root, id);
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'ENOENT') countFailure(`journal-${code}`); // another program was faster
    }
    yield id;
  }
}
