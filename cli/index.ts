#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { normalizeArguments, refuseMissingValues } from './arguments.ts';
import { addExamples, addNote } from './command.ts';
import { COMMANDS } from './commands.ts';
import { systemReason, usageError, UserError } from './text/errors.ts';
import { printData, say, tell, widthOf } from './text/output.ts';
import { didYouMean } from './text/suggest.ts';
import { packageVersion } from './version.ts';

async function main(argv: readonly string[]): Promise<void> {
  const words = normalizeArguments(argv);
  const program = createProgram();
  const chosen = words[0] === 'help' ? words[1] : words[0];
  for (const { name, summary, load } of COMMANDS) {
    const command = program.command(name).description(summary);
    // Only the one that is asked for is loaded: the others' dependencies cost time at every start.
    if (name === chosen) (await load()).define(command, COMMANDS);
  }
  if (chosen === undefined) return program.outputHelp();
  if (!chosen.startsWith('-') && !COMMANDS.some(({ name }) => name === chosen))
    throw unknownCommand(chosen, argv);
  program.hook('preAction', (_, command) => refuseMissingValues(command, words));
  await program.parseAsync(words, { from: 'user' });
}

function createProgram(): Command {
  const program = new Command('tka-perf')
    .description('Reads what instrumented programs have measured, and instruments programs.')
    .usage('<command> [options]')
    .version(packageVersion, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help; after a command, that of the command')
    .helpCommand('help [command]', 'show help of a command')
    // Options behind `run`'s command belong to that command.
    .enablePositionalOptions()
    .exitOverride()
    // Commander's own words are replaced by ours, which come from the error that it throws.
    .configureOutput({
      writeOut: (text) => printData(text.trimEnd()),
      writeErr: () => undefined,
      getOutHelpWidth: () => widthOf('stdout'),
      getOutHasColors: () => false,
    });
  addExamples(program, [
    ['tka-perf run -- node app.js', 'run a program, then report'],
    ['tka-perf report', 'the latest run again'],
    ['tka-perf report --html report.html', 'as a page with plots'],
    ['tka-perf dashboard', 'live, while a program runs'],
    ['tka-perf export metrics.json', 'for other programs'],
  ]);
  addNote(
    program,
    'The journal is .tka-perf beside the nearest package.json; --dir or TKA_PERF_DIR name another one.',
  );
  return program;
}

function unknownCommand(word: string, [first = '']: readonly string[]): UserError {
  if (first.startsWith('-') && !first.startsWith('--dir'))
    return usageError(`options stand behind the command, as in "tka-perf report ${first} …"`);
  const names = COMMANDS.map(({ name }) => name);
  const hint = didYouMean(word, [...names, 'help']) || `; known are ${names.join(', ')}`;
  return usageError(`unknown command "${word}"${hint}`);
}

/** Says what went wrong and gives the exit code for it. */
function exitCodeOf(error: unknown, argv: readonly string[]): number {
  if (error instanceof UserError) {
    tell(error.message);
    return error.exitCode;
  }
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    tell(usageSentence(error.message, argv));
    return 2;
  }
  const reason = systemReason(error);
  if (reason !== undefined && error instanceof Error) {
    tell(`${reason} (${error.message})`);
    return 1;
  }
  tell('this is a bug in tka-perf; please report it with the lines below');
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
}

/** `error: unknown option '--sotr'\n(Did you mean --sort?)` as one sentence in our form. */
function usageSentence(message: string, argv: readonly string[]): string {
  const sentence = message
    .replace(/^error: (?:command-argument value )?/, '')
    .replace(/\s*\(Did you mean (?:one of )?(.*)\?\)$/s, (_, words: string) => `; did you mean "${words}"?`)
    .replace(/ is invalid(.*)\. Allowed choices are (.*)\.$/, ' is invalid$1; allowed are $2')
    .replaceAll(/'([^']*)'/g, '"$1"')
    .replace(/\. Expected (\d+) arguments? but got (\d+)\.$/, ': it takes $1, not $2')
    .replace(/^option (.*) argument missing$/, 'option $1 needs a value')
    .replaceAll('\n', ' ');
  if (sentence.includes(';')) return sentence;
  const command = COMMANDS.find(({ name }) => argv.includes(name));
  return `${sentence}; see "tka-perf ${command === undefined ? '' : `${command.name} `}--help"`;
}

const argv = process.argv.slice(2);
// Not awaited: this is built as CommonJS, which Node starts faster.
main(argv).catch((error: unknown) => {
  // Not process.exit(): what was printed to a pipe has to get there.
  process.exitCode = exitCodeOf(error, argv);
});
