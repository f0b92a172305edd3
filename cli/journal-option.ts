import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { journalRoot } from '../runtime/journal/journal-dir.ts';
import { UserError } from './text/errors.ts';
import { naming } from './option-values.ts';

/** The option that every command has. */
export interface JournalFlags {
  readonly dir?: string;
}

/** Adds `--dir`. */
export function addJournalOption(command: Command): Command {
  return command.option(
    '--dir <dir>',
    'the journal directory (default: TKA_PERF_DIR, or .tka-perf beside the nearest package.json)',
    naming('--dir', 'a directory'),
  );
}

/**
 * Absolute path of the journal: the flag, or where the runtime would write it.
 * @throws UserError where the working directory is gone
 */
export function journalDirOf(flags: JournalFlags): string {
  const dir = flags.dir === undefined ? journalRoot() : resolve(flags.dir);
  if (dir === undefined) throw new UserError('the working directory is gone; name the journal with --dir');
  return dir;
}

/**
 * The same, to be read.
 * @throws UserError where no program will ever write there, since it is a file, or in one
 */
export function readableJournalDirOf(flags: JournalFlags): string {
  const dir = journalDirOf(flags);
  let nearest = dir;
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  if (statSync(nearest, { throwIfNoEntry: false })?.isDirectory() !== false) return dir;
  const what = nearest === dir ? 'it' : nearest;
  throw new UserError(
    `no journal in ${dir}: ${what} is a file and not a directory; name the directory with --dir or TKA_PERF_DIR`,
  );
}
