import { Argument, Command, Option } from 'commander';
import { addExamples, type CommandEntry } from '../command.ts';
import { completionScript, SHELLS, type Shell } from '../completion.ts';
import { write } from '../text/output.ts';

/** `tka-perf completion <shell>`. */
export function define(command: Command, all: readonly CommandEntry[]): void {
  command
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    // Nothing is read from the journal here; accepted, since every command has it.
    .addOption(new Option('--dir <dir>').hideHelp())
    .action((shell: Shell) => printScript(shell, all));
  addExamples(command, [
    ['tka-perf completion bash >> ~/.bashrc', 'for bash'],
    ['tka-perf completion zsh > "${fpath[1]}/_tka-perf"', 'for zsh'],
    ['tka-perf completion fish > ~/.config/fish/completions/tka-perf.fish', 'for fish'],
  ]);
}

async function printScript(shell: Shell, all: readonly CommandEntry[]): Promise<void> {
  const program = new Command('tka-perf').enablePositionalOptions();
  for (const { name, summary, load } of all) {
    (await load()).define(program.command(name).description(summary), all);
  }
  write(completionScript(shell, program));
}
