import type { Command, Option } from 'commander';
import { usageError } from './text/errors.ts';

/**
 * Brings a command line into the form `<command> <options…>`: the seed's flags `--report`, `--export FILE` and
 * `--dashboard` become commands, and options before the command (`--dir D report`) go behind it.
 */
export function normalizeArguments(argv: readonly string[]): string[] {
  const leading = leadingOptions(argv);
  const rest = argv.slice(leading.length);
  for (const [index, argument] of leading.entries()) {
    const others = [...leading.slice(0, index), ...leading.slice(index + 1), ...rest];
    if (argument === '--dashboard') return ['dashboard', ...others];
    if (argument === '--report') return ['report', ...others];
    if (argument === '--export') return ['export', ...others];
    if (argument.startsWith('--export=')) return ['export', argument.slice('--export='.length), ...others];
  }
  const [command, ...after] = rest;
  if (command !== undefined) return [command, ...leading, ...after];
  if (leading.some((word) => word === '--dir' || word.startsWith('--dir='))) {
    throw usageError('a command is missing; write e.g. "tka-perf report --dir <dir>"');
  }
  return [...leading];
}

/** Options before the first word that is none, with the value of the one global option that takes one. */
function leadingOptions(argv: readonly string[]): readonly string[] {
  let length = 0;
  while (length < argv.length) {
    const argument = argv[length] ?? '';
    if (!argument.startsWith('-') || argument === '-' || argument === '--') break;
    length += argument === '--dir' ? 2 : 1;
  }
  return argv.slice(0, length);
}

/**
 * Commander takes whatever comes next for an option's value: the next option, or the `--` before `run`'s command.
 *
 * @param words - The command line that the command was parsed from.
 * @throws UserError where one of these stands in a value's place
 */
export function refuseMissingValues({ args, options }: Command, words: readonly string[]): void {
  const optionOf = (word: string): Option | undefined =>
    options.find(({ short, long }) => word === short || word === long);
  // Behind `run`'s command all are that command's.
  const end = args.every((word, i) => word === words.at(i - args.length))
    ? words.length - args.length
    : words.length;
  for (let i = 1; i < end && words[i] !== '--'; i++) {
    const option = optionOf(words[i] ?? '');
    if (option?.required !== true) continue;
    const value = words[++i] ?? '';
    if (value !== '--' && optionOf(value) === undefined) continue;
    const meant = value === '--' ? '' : `; if "${value}" is meant, write ${option.long}=${value}`;
    throw usageError(`option "${option.flags}" needs a value${meant}`);
  }
}
