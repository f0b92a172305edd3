import type { Command } from 'commander';
import { widthOf } from './text/output.ts';
import { wrapWords } from './text/wrap-words.ts';

/** What a command's module exports. */
export interface CommandModule {
  /**
   * Adds arguments, options, help examples and the action to `command`, whose name and summary are set.
   *
   * @param all - The command table, for a command that tells about the others.
   */
  readonly define: (command: Command, all: readonly CommandEntry[]) => void;
}

/** A row of the command table: all that `tka-perf --help` needs, so that no command is loaded for it. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/**
 * Adds an `Examples:` section to a command's help; each example is a command line and what it does, beside it where the
 * terminal is wide enough for all, else below.
 */
export function addExamples(
  command: Command,
  examples: readonly (readonly [line: string, meaning: string])[],
): void {
  const width = examples.reduce((widest, [line]) => Math.max(widest, line.length), 0);
  const beside = examples.map(([line, meaning]) => `  $ ${line.padEnd(width)}  # ${meaning}`);
  const fits = beside.every((text) => text.length <= widthOf('stdout'));
  const lines = fits ? beside : examples.map(([line, meaning]) => `  $ ${line}\n      ${meaning}`);
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** Adds a sentence or two below a command's help, in lines as long as the terminal's. */
export function addNote(command: Command, note: string): void {
  command.addHelpText('after', () => `\n${wrapWords(note, widthOf('stdout')).join('\n')}`);
}
