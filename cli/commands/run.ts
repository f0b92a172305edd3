import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { runId } from '../../runtime/journal/journal-dir.ts';
import { isSwitchedOff } from '../../runtime/platform/platform.ts';
import { endAs, runChild } from '../child.ts';
import { addExamples, addNote } from '../command.ts';
import { usageError, UserError } from '../text/errors.ts';
import { whyNotWritable } from '../journal/root.ts';
import { functionsOf, selectFunctions } from '../profile/functions.ts';
import { addJournalOption, journalDirOf, type JournalFlags } from '../journal-option.ts';
import { loadProfile } from '../load.ts';
import { withLoader } from '../node-loader.ts';
import { hasColor, say, tell, widthOf } from '../text/output.ts';
import { STEPS } from '../profile/timeline.ts';
import { DEFAULT_LIMIT, renderProfile } from '../report/report.ts';
import {
  addTransformOptions,
  type TransformFlags,
  transformOptions,
} from '../instrument/transform-options.ts';

interface RunFlags extends JournalFlags, TransformFlags {}

/** `tka-perf run -- <command> …`. */
export function define(command: Command): void {
  addTransformOptions(addJournalOption(command))
    .argument('<command...>', 'the command and its arguments')
    .usage('[options] -- <command> [arguments…]')
    // Options behind the first word are the command's own, also without `--`.
    .passThroughOptions()
    .action(runCommand);
  addExamples(command, [
    ['tka-perf run -- node app.js', 'run a program with its marks, then report on stderr'],
    ['tka-perf run --functions exported -- node app.js', 'with no mark at all'],
    ['tka-perf run -- npm test', 'all Node processes that npm starts are one run'],
    ['tka-perf run -- node dist/cli.js | jq .', "the program's stdout stays its own"],
  ]);
  addNote(
    command,
    "The exit code is the command's; ended by a signal, we end by the same one. 127: no such command.",
  );
}

async function runCommand(words: readonly string[], flags: RunFlags): Promise<void> {
  const [file, ...args] = words;
  if (file === undefined || file === '')
    throw usageError('the command after -- is empty; write e.g. "run -- node app.js"');
  const dir = journalDirOf(flags);
  // A run of its own also where we are a part of another one.
  delete process.env['TKA_PERF_RUN'];
  const id = runId(Date.now());
  // The directory too: a program that changes its folder, or lives in another package, would write elsewhere.
  const ending = await runChild(file, args, {
    ...process.env,
    ...loaderEnvironment(words, flags),
    TKA_PERF_RUN: id,
    TKA_PERF_DIR: dir,
  });
  if (ending.kind === 'not-started') tell(`cannot run "${file}": ${ending.reason}${programHint(file)}`);
  else tryReport(dir, id);
  endAs(ending);
}

/** Of a program's file that stands in the place of a command. */
function programHint(file: string): string {
  if (!/\.[cm]?[jt]sx?$/.test(file) || !existsSync(file)) return '';
  return `; to run that file, write "tka-perf run -- node ${file}"`;
}

/**
 * Node's options with our loader, and what it selects: every Node process that the command starts instruments what
 * it loads. Files that a build has instrumented stay as they are.
 */
function loaderEnvironment(words: readonly string[], flags: RunFlags): NodeJS.ProcessEnv {
  const own = transformOptions(flags);
  const { NODE_OPTIONS = '', TKA_PERF_OPTIONS } = process.env;
  const hasOwn =
    flags.functions !== undefined ||
    flags.match !== undefined ||
    flags.include !== undefined ||
    flags.exclude !== undefined ||
    flags.root !== undefined;
  return {
    NODE_OPTIONS: withLoader(NODE_OPTIONS, words, process.cwd()),
    ...(hasOwn ? { TKA_PERF_OPTIONS: JSON.stringify({ ...parsed(TKA_PERF_OPTIONS), ...own }) } : {}),
  };
}

function parsed(text: string | undefined): object {
  try {
    return text ? (JSON.parse(text) as object) : {};
  } catch {
    return {}; // the loader says what is wrong with it
  }
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
  if (!existsSync(join(dir, run))) return tell(nothingRecorded(dir));
  const profile = loadProfile({ dir, run }, STEPS);
  const functions = selectFunctions(functionsOf(profile), { sort: 'total' });
  const view = {
    sort: 'total',
    limit: DEFAULT_LIMIT,
    width: widthOf('stderr'),
    color: hasColor('stderr'),
  } as const;
  say(`\n${renderProfile(profile, functions, view)}\n`);
  tell(`"tka-perf report --run ${run}" shows this again`);
}

function nothingRecorded(dir: string): string {
  if (isSwitchedOff()) return `nothing was recorded: TKA_PERF=${process.env['TKA_PERF']} is set`;
  const reason = whyNotWritable(dir);
  if (reason !== undefined)
    return `nothing was recorded: cannot write in "${dir}": ${reason}; name another directory with --dir`;
  return (
    'nothing was recorded: the command ran no instrumented code, or called no marked function; mark functions with ' +
    '// @monitor, or select them with --functions or --match before the --'
  );
}
