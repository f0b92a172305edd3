import { existsSync, lstatSync, readdirSync, realpathSync, type Stats } from 'node:fs';
import fs from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { join } from 'node:path';
import type { Command } from 'commander';
import {
  bytesOnDisk,
  hasExpired,
  KEEP_BYTES,
  KEEP_RUNS_MS,
  removeRun,
  type StoredRun,
} from '../../runtime/journal/retention.ts';
import { JOURNAL_EXTENSION } from '../../runtime/format/record.ts';
import { RollUp } from '../../runtime/roll-up/roll-up.ts';
import { listRuns, type Run } from '../journal/catalog.ts';
import { addExamples, addNote } from '../command.ts';
import { parseDuration } from '../text/duration.ts';
import { systemError } from '../text/errors.ts';
import { printable } from '../text/escape.ts';
import { formatBytes, formatDuration, plural } from '../text/format.ts';
import { addJournalOption, readableJournalDirOf, type JournalFlags } from '../journal-option.ts';
import { printData, say } from '../text/output.ts';
import { readProfile } from '../profile/read-profile.ts';
import { READING, withReadingProgress } from '../reading-progress.ts';
import { endingOf } from '../report/endings.ts';

interface CleanFlags extends JournalFlags {
  readonly olderThan?: number;
  readonly dryRun?: boolean;
}

/** A run with what is said of it. */
interface ListedRun extends StoredRun {
  readonly command: string;
  readonly ended: string;
}

/** `tka-perf clean`. */
export function define(command: Command): void {
  addJournalOption(command)
    .option('--older-than <time>', 'runs not written for so long (default: 7d)', parseDuration)
    .option('--dry-run', 'say what would be removed, and remove nothing')
    .action(clean);
  addExamples(command, [
    ['tka-perf clean --dry-run', 'what would be removed'],
    ['tka-perf clean --older-than 24h', 'runs of more than a day ago'],
    ['tka-perf clean --older-than 0s', 'every run that has ended'],
  ]);
  addNote(
    command,
    'The oldest go too while all runs that have ended take more than 256 MB on the disk. A run that is written is never removed. ' +
      'Programs clean the journal by the same rule when they begin a run. Files of threads and processes that have ended are rolled up where there are many.',
  );
}

function clean(flags: CleanFlags): void {
  const dir = readableJournalDirOf(flags);
  const nowMs = Date.now();
  const all = listRuns(dir);
  const runs = withReadingProgress(READING, all, () => all.map((run) => storedRun(run, nowMs)));
  const room = { sinceMs: nowMs - (flags.olderThan ?? KEEP_RUNS_MS), bytes: KEEP_BYTES };
  const newestFirst = runs.toSorted((a, b) => b.writtenAt - a.writtenAt);
  const expired = newestFirst.filter((run) => hasExpired(run, room)).toReversed();
  for (const run of expired) {
    if (flags.dryRun !== true) remove(dir, run.id);
    printData(describe(run, nowMs));
  }
  const freed = formatBytes(expired.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).trim();
  const kept = runs.length - expired.length;
  const what = `${plural(expired.length, 'run')} with ${freed}`;
  const gone = new Set(flags.dryRun === true ? runs : expired);
  const fewer = runs.reduce((sum, run) => (gone.has(run) ? sum : sum + rollUp(dir, run.id, nowMs)), 0);
  const rolled = fewer === 0 ? '' : `; what has ended in them takes ${plural(fewer, 'file')} less`;
  say(
    `${flags.dryRun === true ? `would remove ${what}` : `removed ${what}`}, ${plural(kept, 'run')} ${kept === 1 ? 'is' : 'are'} kept${rolled}`,
  );
}

/** Rolls up what has ended in a run, as programs do. Returns how many files there are less. */
function rollUp(dir: string, run: string, nowMs: number): number {
  const root = realpathSync(dir); // programs write through no link; this only follows the one that was named
  const filesNow = (): number => readdirSync(join(root, run)).filter(isJournal).length;
  const { pid } = process;
  const startedAt = Math.round(performance.timeOrigin);
  const own = { run, pid, thread: 0, host: hostname(), startedAt, processStartedAt: startedAt };
  try {
    const before = filesNow();
    const work = new RollUp({ fs, path }, root, own);
    work.begin(nowMs);
    work.goOn(Infinity);
    return before - filesNow();
  } catch (error) {
    throw systemError('roll up', join(dir, run), error);
  }
}

function storedRun(run: Run, nowMs: number): ListedRun {
  const { writers } = readProfile(run, nowMs);
  const names = existsSync(run.path) ? readdirSync(run.path).filter(isJournal) : [];
  const statOf = (file: string): Stats | undefined => lstatSync(file, { throwIfNoEntry: false });
  const stats = names.map((name) => statOf(join(run.path, name)));
  const [first] = writers;
  return {
    id: run.id,
    sizeBytes: [statOf(run.path), ...stats].reduce((sum, stat) => sum + (stat ? bytesOnDisk(stat) : 0), 0),
    writtenAt: stats.reduce((last, stat) => Math.max(last, stat?.mtimeMs ?? 0), 0),
    isWritten: writers.some(({ state }) => state === 'running'),
    command: first?.head.command.join(' ') ?? '',
    ended: first === undefined ? 'not readable' : endingOf(first),
  };
}

function isJournal(name: string): boolean {
  return name.endsWith(JOURNAL_EXTENSION);
}

function remove(dir: string, id: string): void {
  try {
    for (const step of removeRun({ fs, path }, dir, id)) void step;
  } catch (error) {
    throw systemError('remove', join(dir, id), error);
  }
}

function describe({ id, sizeBytes, writtenAt, command, ended }: ListedRun, nowMs: number): string {
  const facts = [
    id,
    formatBytes(sizeBytes).trim(),
    `${formatDuration(Math.max(0, nowMs - writtenAt)).trim()} ago`,
    ended,
    command,
  ];
  return facts
    .filter((fact) => fact !== '')
    .map(printable)
    .join(' · ');
}
