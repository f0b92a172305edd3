import { readdirSync, type Dirent } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { JOURNAL_EXTENSION } from '../../runtime/format/record.ts';
import { systemCode, systemError, UserError } from '../text/errors.ts';
import type { Dropped } from './dropped.ts';
import { type JournalName, parseJournalName } from './journal-name.ts';
import { readHead } from './read.ts';
import { isLink } from './root.ts';
import { didYouMean } from '../text/suggest.ts';

/** A file of a run. */
export interface JournalFile {
  readonly path: string;
  readonly name: JournalName;
  /** Epoch milliseconds at which its writer began: from its name, or from its first record in version 1. */
  readonly startedAt: number;
}

/** One run: a folder of the journal. */
export interface Run {
  readonly id: string;
  readonly path: string;
  /** In an order that does not depend on the file system: by the writer's start, then newest segment first. */
  readonly files: readonly JournalFile[];
  /** Files whose head cannot be read. */
  readonly dropped: readonly Dropped[];
  /** Epoch milliseconds at which the first writer began; 0 where no file can be read. */
  readonly startedAt: number;
  /** Epoch milliseconds at which the last writer began: a run id may be used again. */
  readonly lastStartedAt: number;
}

/**
 * All runs of a journal directory, the latest first.
 * @throws UserError where there is none
 */
export function listRuns(dir: string): readonly [Run, ...Run[]] {
  const runs = entriesOf(dir)
    .filter((entry) => entry.isDirectory())
    .map((entry) => openRun(dir, entry.name))
    .filter((run) => run.files.length + run.dropped.length > 0)
    .toSorted((a, b) => b.lastStartedAt - a.lastStartedAt || compareText(b.id, a.id));
  const [latest, ...older] = runs;
  if (latest === undefined) throw noJournal(dir);
  return [latest, ...older];
}

/** The latest that says anything: a run whose files are all damaged must not hide the one before. */
export function latestOf(runs: readonly [Run, ...Run[]]): Run {
  return runs.find((run) => run.files.length > 0) ?? runs[0];
}

/**
 * The run named `id`, the only run whose name begins with it, or the latest where `id` is undefined.
 * @throws UserError where there is none or more than one
 */
export function findRun(dir: string, id: string | undefined): Run {
  const runs = listRuns(dir);
  if (id === undefined) return latestOf(runs);
  const exact = runs.find((run) => run.id === id);
  if (exact !== undefined) return exact;
  const candidates = id === '' ? [] : runs.filter((run) => run.id.startsWith(id));
  const [only, second] = candidates;
  if (only === undefined) {
    const hint =
      didYouMean(
        id,
        runs.map((run) => run.id),
      ) || '; "tka-perf runs" lists them';
    throw new UserError(`no run "${id}" in ${dir}${hint}`);
  }
  if (second !== undefined) {
    const names = candidates
      .slice(0, 5)
      .map((run) => run.id)
      .join(', ');
    const more = candidates.length > 5 ? ', …' : '';
    throw new UserError(
      `${candidates.length} runs in ${dir} begin with "${id}": ${names}${more}; write more of the id`,
    );
  }
  return only;
}

/** The sentence for a directory without a run in it. */
function noJournal(dir: string): UserError {
  if (isLink(dir))
    return new UserError(
      `no journal in ${dir}: it is a symbolic link, and tka-perf does not write there; name the directory itself with --dir or TKA_PERF_DIR`,
    );
  if (isRun(dir)) {
    const path = resolve(dir);
    return new UserError(
      `no journal in ${dir}: it is one run of a journal; write --dir ${dirname(path)} --run ${basename(path)}`,
    );
  }
  return new UserError(
    `no journal in ${dir}; run an instrumented program first, or name the directory with --dir`,
  );
}

function isRun(dir: string): boolean {
  try {
    return readdirSync(dir).some((name) => name.endsWith(JOURNAL_EXTENSION));
  } catch {
    return false; // not there, or no directory
  }
}

function entriesOf(dir: string): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') throw noJournal(dir);
    throw systemError('read', dir, error);
  }
}

/** How often a folder is listed again when a file of the list has gone. */
const MOST_LISTINGS = 5;

/** The run as its folder is now; one that has gone or may not be read is a run without files. */
export function openRun(dir: string, id: string): Run {
  let run = listFiles(dir, id);
  for (let times = 1; times < MOST_LISTINGS && run.dropped.some(isGone); times++) run = listFiles(dir, id);
  return run;
}

/** Whether a file was there when its folder was listed, and not when it was opened. */
export function isGone({ reason }: Dropped): boolean {
  return reason === 'gone';
}

function listFiles(dir: string, id: string): Run {
  const path = join(dir, id);
  const files: JournalFile[] = [];
  const dropped: Dropped[] = [];
  let entries: Dirent[] = [];
  try {
    entries = entriesOf(path);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // Gone meanwhile is no news; forbidden is.
    if (error.cause !== undefined)
      dropped.push({ path, reason: 'unreadable', bytes: 0, detail: error.message });
  }
  for (const entry of entries) {
    if (!entry.name.endsWith(JOURNAL_EXTENSION)) continue;
    const file = join(path, entry.name);
    // Opening a named pipe would wait for its writer for ever.
    if (!entry.isFile()) {
      dropped.push({ path: file, reason: 'no-file', bytes: 0 });
      continue;
    }
    const name = parseJournalName(entry.name);
    const begun = name.startedAt ?? startOf(file);
    if (begun === undefined) continue;
    if (typeof begun === 'number') files.push({ path: file, name, startedAt: begun });
    else dropped.push(begun);
  }
  files.sort(compareFiles);
  dropped.sort((a, b) => compareText(a.path, b.path));
  const starts = files.map((file) => file.startedAt);
  const startedAt = starts.reduce((a, b) => Math.min(a, b), Infinity);
  const lastStartedAt = starts.reduce((a, b) => Math.max(a, b), 0);
  return { id, path, files, dropped, startedAt: starts.length === 0 ? 0 : startedAt, lastStartedAt };
}

/** The start that the first record tells, or why there is none; undefined where the writer has just begun. */
function startOf(path: string): number | Dropped | undefined {
  const head = readHead(path);
  return head !== undefined && 't' in head ? head.startedAt : head;
}

function compareFiles(a: JournalFile, b: JournalFile): number {
  return (
    a.startedAt - b.startedAt ||
    compareText(a.name.writer, b.name.writer) ||
    b.name.serial - a.name.serial ||
    compareText(a.path, b.path)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
