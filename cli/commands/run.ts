import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { runId } from '../../runtime/journal-dir.ts';
import { endAs, runChild } from '../child.ts';
import { addExamples } from '../command.ts';
import { usageError, UserError } from '../errors.ts';
import { functionsOf, selectFunctions } from '../functions.ts';
import { addJournalOption, journalDirOf, type JournalFlags } from '../journal-option.ts';
import { loadProfile } from '../load.ts';
import { hasColor, say, tell, widthOf } from '../output.ts';
import { DEFAULT_LIMIT, renderProfile } from '../report.ts';

/** `tka-perf run -- <command> …`. */
export function define(command: Command): void {
  addJournalOption(command)
    .argument('<command...>', 'the command and its arguments')
    .usage('[options] -- <command> [arguments…]')
    // Options behind the first word are the command's own, also without `--`.
    .passThroughOptions()
    .action(runCommand);
  addExamples(command, [
    ['tka-perf run -- node dist/app.js', 'run an instrumented program, then report on stderr'],
    ['tka-perf run -- npm test', 'all Node processes that npm starts are one run'],
    ['tka-perf run -- node dist/cli.js | jq .', "the program's stdout stays its own"],
  ]);
  command.addHelpText(
    'after',
    "\nThe exit code is the command's; ended by a signal, we end by the same one. 127: no such command.",
  );
}

async function runCommand(words: readonly string[], flags: JournalFlags): Promise<void> {
  const [file, ...args] = commandLine(words);
  if (file === undefined || file === '')
    throw usageError('the command after -- is empty; write e.g. "run -- node app.js"');
  const dir = journalDirOf(flags);
  // A run of its own also where we are a part of another one.
  delete process.env['TKA_PERF_RUN'];
  const id = runId(Date.now());
  // The directory too: a program that changes its folder, or lives in another package, would write elsewhere.
  const ending = await runChild(file, args, { ...process.env, TKA_PERF_RUN: id, TKA_PERF_DIR: dir });
  if (ending.kind === 'not-started') tell(`cannot run "${file}": ${ending.reason}`);
  else tryReport(dir, id);
  endAs(ending);
}

/** Where `--import tka-perf/register` goes in once the loader is there. */
function commandLine(words: readonly string[]): readonly string[] {
  return words;
}

/** The report is extra: whatever becomes of it, the exit code is the command's. */
function tryReport(dir: string, run: string): void {
  try {
    reportRun(dir, run);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    tell(error.message);
  }
}

/** To stderr: stdout belongs to the command. */
function reportRun(dir: string, run: string): void {
  if (!existsSync(join(dir, run))) return tell(nothingRecorded());
  const profile = loadProfile({ dir, run });
  const { stderr } = process;
  const functions = selectFunctions(functionsOf(profile), { sort: 'total' });
  const view = {
    sort: 'total',
    limit: DEFAULT_LIMIT,
    width: widthOf(stderr),
    color: hasColor(stderr),
  } as const;
  say(`\n${renderProfile(profile, functions, view)}\n`);
  tell(`"tka-perf report --run ${run}" shows this again`);
}

function nothingRecorded(): string {
  if (process.env['TKA_PERF'] === 'off') return 'nothing was recorded: TKA_PERF=off is set';
  return (
    'nothing was recorded: the command ran no instrumented code; mark functions with // @monitor and build with a ' +
    'tka-perf plugin or "tka-perf instrument"'
  );
}
