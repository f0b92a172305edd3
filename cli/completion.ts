import type { Command, Option } from 'commander';
import { FORMAT_NAMES } from './export/formats.ts';
import { SORT_KEYS } from './profile/functions.ts';

/** Shells that a completion script can be written for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Values that are known of options whose parser tells none. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  '--sort': SORT_KEYS,
  '--format': FORMAT_NAMES,
  '--group': ['file', 'class'],
};

/** Options whose value is a folder. */
const FOLDERS: ReadonlySet<string> = new Set(['--dir', '--out-dir', '--root']);

interface Flag {
  readonly long: string;
  readonly description: string;
  readonly takesValue: boolean;
  /** Empty where any value goes. */
  readonly values: readonly string[];
}

/** A completion script for all commands of `program`, each of which has its options. Plain text of its own: nothing is asked at the prompt. */
export function completionScript(shell: Shell, program: Command): string {
  const { commands } = program;
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return zsh(commands);
    case 'fish':
      return fish(commands);
  }
}

function flagsOf({ options }: Command): Flag[] {
  const flags = options.flatMap((option) => (option.hidden ? [] : flagOf(option)));
  return [...flags, { long: '--help', description: 'show help', takesValue: false, values: [] }];
}

function flagOf({ long, description, required, optional, argChoices }: Option): Flag[] {
  if (typeof long !== 'string') return [];
  const values = argChoices ?? VALUES[long] ?? [];
  return [{ long, description, takesValue: required || optional, values }];
}

/** In single quotes for bash and zsh. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function bash(commands: readonly Command[]): string {
  const names = commands.map((command) => command.name());
  const perCommand = commands.map((command) => {
    const flags = flagsOf(command);
    const values = flags
      .filter(({ values: known }) => known.length > 0)
      .map(({ long, values: known }) => `        ${long}) words=${quoted(known.join(' '))} ;;`);
    const folders = flags.filter(({ long }) => FOLDERS.has(long)).map(({ long }) => long);
    const free = flags.filter(({ takesValue, values: known }) => takesValue && known.length === 0);
    const others = free.map(({ long }) => long).filter((long) => !folders.includes(long));
    return [
      `    ${command.name()})`,
      '      case $previous in',
      ...values,
      ...(folders.length > 0
        ? [`        ${folders.join('|')}) COMPREPLY=($(compgen -d -- "$current")); return ;;`]
        : []),
      ...(others.length > 0 ? [`        ${others.join('|')}) return ;;`] : []),
      `        *) [[ $current == -* ]] && words=${quoted(flags.map(({ long }) => long).join(' '))} ;;`,
      '      esac ;;',
    ].join('\n');
  });
  return `# bash completion of tka-perf; put into ~/.bashrc: eval "$(tka-perf completion bash)"
_tka_perf() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quoted(`${names.join(' ')} help --help --version`)} -- "$current"))
    return
  fi
  case \${COMP_WORDS[1]} in
${perCommand.join('\n')}
    help) words=${quoted(names.join(' '))} ;;
  esac
  [ -n "$words" ] && COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _tka_perf tka-perf
`;
}

function zsh(commands: readonly Command[]): string {
  const described = commands.map((command) => `    ${quoted(`${command.name()}:${command.description()}`)}`);
  const perCommand = commands.map((command) => {
    const specs = flagsOf(command).map((flag) => `        ${quoted(zshSpec(flag))} \\`);
    return `      ${command.name()})\n        _arguments -S \\\n${specs.join('\n')}\n        '*:file:_files' ;;`;
  });
  return `#compdef tka-perf
# zsh completion of tka-perf; put into ~/.zshrc, behind compinit: eval "$(tka-perf completion zsh)"
_tka_perf() {
  local -a commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${perCommand.join('\n')}
      help) _describe command commands ;;
  esac
}
if [ "$funcstack[1]" = _tka_perf ]; then _tka_perf "$@"; else compdef _tka_perf tka-perf; fi
`;
}

function zshSpec({ long, description, takesValue, values }: Flag): string {
  const text = description.replaceAll(/[[\]:\\]/g, String.raw`\$&`);
  const value = FOLDERS.has(long) ? '_files -/' : values.length > 0 ? `(${values.join(' ')})` : '_files';
  return `${long}${takesValue ? '=' : ''}[${text}]${takesValue ? `:value:${value}` : ''}`;
}

function fish(commands: readonly Command[]): string {
  const lines = commands.flatMap((command) => [
    `complete -c tka-perf -n __fish_use_subcommand -f -a ${command.name()} -d ${fishQuoted(command.description())}`,
    ...flagsOf(command).map(({ long, description, takesValue, values }) => {
      const folder = FOLDERS.has(long) ? " -x -a '(__fish_complete_directories)'" : '';
      const value = takesValue
        ? values.length > 0
          ? ` -x -a ${fishQuoted(values.join(' '))}`
          : folder || ' -r'
        : '';
      return `complete -c tka-perf -n '__fish_seen_subcommand_from ${command.name()}' -l ${long.slice(2)}${value} -d ${fishQuoted(description)}`;
    }),
  ]);
  return `# fish completion of tka-perf: tka-perf completion fish > ~/.config/fish/completions/tka-perf.fish
${lines.join('\n')}
`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}
