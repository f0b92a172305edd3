import { Option, type Command } from 'commander';
import { TkaPerfError } from '../../transformer/index.ts';
import { addExamples } from '../command.ts';
import { naming } from '../option-values.ts';
import { usageError, UserError } from '../text/errors.ts';
import { printable } from '../text/escape.ts';
import { formatCount, plural } from '../text/format.ts';
import { instrumentFile, type FileOutcome } from '../instrument/file.ts';
import { listTasks, shortPath, type InstrumentTask } from '../instrument/files.ts';
import { say, tell } from '../text/output.ts';
import { Progress } from '../text/progress.ts';
import {
  addTransformOptions,
  type TransformFlags,
  transformOptions,
} from '../instrument/transform-options.ts';

interface InstrumentFlags extends TransformFlags {
  readonly outDir?: string;
  readonly sourceMap?: boolean;
}

const TYPESCRIPT = /\.(?:[mc]?ts|tsx)$/;

/** What is added has no types. */
const FOR_STRIPPING =
  'the TypeScript among them is for compilers that strip types: one that checks them finds fault with it; ' +
  'have that one use tka-perf/typescript, or instrument its output';

/** `tka-perf instrument <files or dirs…>`. */
export function define(command: Command): void {
  addTransformOptions(
    command
      .argument('<paths...>', 'files, or folders with all JavaScript and TypeScript in them')
      .option(
        '-o, --out-dir <dir>',
        'write there, what is in a folder mirrored (default: in place)',
        naming('--out-dir', 'a directory'),
      ),
  )
    .option('--strict', 'diagnostics are errors: exit code 1')
    .option('--no-enabled', 'instrument nothing, only remove @monitor decorators')
    .option('--source-map', 'write a map also where no map came in')
    // Nothing is read from the journal here; accepted, since every command has it.
    .addOption(new Option('--dir <dir>').hideHelp())
    .action((paths: readonly string[], flags: InstrumentFlags) => instrumentPaths(paths, flags));
  addExamples(command, [
    ['tka-perf instrument dist', "a compiler's output, in place"],
    ['tka-perf instrument src --out-dir build/src', 'sources, into another folder'],
    ['tka-perf instrument dist --functions exported', 'every exported function, no marks needed'],
    ['tka-perf instrument dist --match "Cart.*"', 'functions by name'],
  ]);
}

function instrumentPaths(paths: readonly string[], flags: InstrumentFlags): void {
  const { outDir, sourceMap = false, ...rest } = flags;
  const options = transformOptions(rest);
  let files = 0;
  let sites = 0;
  let done = 0;
  let leftOut = 0;
  let failed = false;
  let hasTypes = false;
  const tasks = listTasks(paths, outDir);
  let begun = 0;
  const progress = new Progress(
    () => `instrumenting file ${formatCount(begun)} of ${formatCount(tasks.length)}`,
  );
  for (const task of tasks) {
    begun++;
    progress.step();
    const outcome = tryFile(task, () => instrumentFile(task, { options, sourceMap }));
    if (outcome.messages.length > 0) progress.end();
    for (const message of outcome.messages) say(printable(message));
    failed ||= outcome.hasErrors;
    sites += outcome.sites;
    if (outcome.sites > 0) files++;
    hasTypes ||= outcome.sites > 0 && TYPESCRIPT.test(task.output);
    if (outcome.isLeftOut === true) leftOut++;
    else if (outcome.isDone === true) done++;
  }
  progress.end();
  tell(
    `${plural(sites, 'function')} in ${formatFiles(files, tasks.length)} instrumented${done > 0 ? `; ${plural(done, 'file')} had been before` : ''}${leftOutText(leftOut, flags)}${failed || done + leftOut === tasks.length ? '' : hintFor(sites, flags)}`,
  );
  if (hasTypes) tell(FOR_STRIPPING);
  if (failed) process.exitCode = 1;
}

/** One file that cannot be read or written does not keep the others from being instrumented. */
function tryFile(task: InstrumentTask, work: () => FileOutcome): FileOutcome {
  try {
    return work();
  } catch (error) {
    // Options that the transform refuses are wrong for every file.
    if (error instanceof TkaPerfError) throw usageError(error.message.replace(/^\[tka-perf\] /, ''));
    if (!(error instanceof UserError)) throw error;
    return { sites: 0, messages: [`${shortPath(task.input)}: error: ${error.message}`], hasErrors: true };
  }
}

function formatFiles(files: number, all: number): string {
  return files === all ? plural(all, 'file') : `${files} of ${plural(all, 'file')}`;
}

/** Why files that were named are as they were, and what lets them in. */
function leftOutText(files: number, { include, exclude }: InstrumentFlags): string {
  if (files === 0) return '';
  const are = `; ${plural(files, 'file')} ${files === 1 ? 'is' : 'are'}`;
  return include === undefined && exclude === undefined
    ? `${are} below node_modules, which --include "**/node_modules/**" lets in`
    : `${are} left out by what --include and --exclude say`;
}

function hintFor(sites: number, { functions, match, enabled }: InstrumentFlags): string {
  if (sites > 0 || !enabled) return '';
  if (match !== undefined) return '; no function has a name that --match describes';
  return functions === undefined
    ? '; mark functions with // @monitor, or select them with --functions or --match'
    : '';
}
