import { Option, type Command } from 'commander';
import { TkaPerfError, type Options } from '../../transformer/index.ts';
import { addExamples } from '../command.ts';
import { usageError, UserError } from '../errors.ts';
import { printable } from '../escape.ts';
import { plural } from '../format.ts';
import { instrumentFile, type FileOutcome } from '../instrument/file.ts';
import { listTasks, shortPath, type InstrumentTask } from '../instrument/files.ts';
import { say, tell } from '../output.ts';

interface InstrumentFlags {
  readonly outDir?: string;
  readonly functions?: 'marked' | 'exported' | 'all';
  readonly match?: readonly string[];
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly root?: string;
  readonly runtime?: 'import' | 'global';
  readonly strict?: boolean;
  readonly enabled: boolean;
  readonly sourceMap?: boolean;
}

/** `tka-perf instrument <files or dirs…>`. */
export function define(command: Command): void {
  command
    .argument('<paths...>', 'files, or folders with all JavaScript and TypeScript in them')
    .option('-o, --out-dir <dir>', 'write there, the tree mirrored (default: in place)')
    .addOption(
      new Option(
        '--functions <which>',
        'functions selected without a mark (default: marked, that is none)',
      ).choices(['marked', 'exported', 'all']),
    )
    .option('--match <glob>', 'select functions by name, e.g. "OrderService.*"; may be repeated', collect)
    .option('--include <glob>', 'only files whose path from the root matches; may be repeated', collect)
    .option('--exclude <glob>', 'not these files (default: **/node_modules/**); may be repeated', collect)
    .option('--root <dir>', 'the project root, which names are relative to (default: the working directory)')
    .addOption(
      new Option('--runtime <how>', 'how files get at the runtime (default: import)').choices([
        'import',
        'global',
      ]),
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

function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

function instrumentPaths(paths: readonly string[], flags: InstrumentFlags): void {
  const { outDir, sourceMap = false, ...rest } = flags;
  const options = transformOptions(rest);
  let files = 0;
  let sites = 0;
  let failed = false;
  const tasks = listTasks(paths, outDir);
  for (const task of tasks) {
    const outcome = tryFile(task, () => instrumentFile(task, { options, sourceMap }));
    for (const message of outcome.messages) say(printable(message));
    failed ||= outcome.hasErrors;
    sites += outcome.sites;
    if (outcome.sites > 0) files++;
  }
  tell(
    `${plural(sites, 'function')} in ${formatFiles(files, tasks.length)} instrumented${hintFor(sites, flags)}`,
  );
  if (failed) process.exitCode = 1;
}

/** Only what was given: the transform has its own defaults. */
function transformOptions(flags: Omit<InstrumentFlags, 'outDir' | 'sourceMap'>): Options {
  const { functions, match, include, exclude, root, runtime, strict, enabled } = flags;
  return {
    enabled,
    ...(functions === undefined ? {} : { functions }),
    ...(match === undefined ? {} : { match }),
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
    ...(root === undefined ? {} : { root }),
    ...(runtime === undefined ? {} : { runtime }),
    ...(strict === undefined ? {} : { strict }),
  };
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

function hintFor(sites: number, { functions, match, enabled }: InstrumentFlags): string {
  if (sites > 0 || !enabled) return '';
  if (match !== undefined) return '; no function has a name that --match describes';
  return functions === undefined
    ? '; mark functions with // @monitor, or select them with --functions or --match'
    : '';
}
