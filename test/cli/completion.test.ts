import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withTerminal } from '../support/terminal.ts';
import { hasTools } from '../support/tools.ts';
import { runCli, temporaryFolder } from './support.ts';

/** Writes the completion script of a shell. @returns its path */
function scriptFor(shell: string): string {
  const { code, stdout } = runCli(['completion', shell]);
  expect(code).toBe(0);
  const path = join(temporaryFolder(), `completion.${shell}`);
  writeFileSync(path, stdout);
  return path;
}

test('another shell is a usage error', () => {
  expect(runCli(['completion', 'tcsh'])).toMatchObject({
    code: 2,
    stderr: '[tka-perf] "tcsh" is invalid for argument "shell"; allowed are bash, zsh, fish\n',
  });
});

test('bash completes commands, options and values', () => {
  const script = scriptFor('bash');
  const complete = (...words: readonly string[]): string[] => {
    const code = `source '${script}'; COMP_WORDS=(tka-perf "$@"); COMP_CWORD=$#; _tka_perf; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return spawnSync('bash', ['-c', code, 'bash', ...words], { encoding: 'utf8' })
      .stdout.trim()
      .split('\n');
  };
  expect(complete('re')).toEqual(['report']);
  expect(complete('report', '--so')).toEqual(['--sort']);
  expect(complete('report', '--sort', 'p9')).toEqual(['p95', 'p99']);
  expect(complete('export', '--format', 'sp')).toEqual(['speedscope']);
  expect(complete('run', '--functions', '')).toEqual(['marked', 'exported', 'all']);
  expect(complete('report', '--limit', '')).toEqual(['']);
});

describe.skipIf(!hasTools('fish'))('fish', () => {
  test('completes commands, options and values', () => {
    const script = scriptFor('fish');
    const complete = (line: string): string[] => {
      const code = `source '${script}'; complete -C '${line}'`;
      const { stdout } = spawnSync('fish', ['--no-config', '-c', code], { encoding: 'utf8' });
      return stdout
        .trim()
        .split('\n')
        .map((text) => text.split('\t')[0] ?? '');
    };
    expect(complete('tka-perf rep')).toEqual(['report']);
    expect(complete('tka-perf report --so')).toEqual(['--sort']);
    expect(complete('tka-perf report --sort p9')).toEqual(['p95', 'p99']);
    expect(complete('tka-perf export --format otlp')).toEqual(['otlp-json']);
  });
});

describe.skipIf(!hasTools('zsh', 'tmux'))('zsh', () => {
  test('completes commands, options and values', () => {
    const script = scriptFor('zsh');
    return withTerminal(100, 24, {}, async (terminal) => {
      terminal.enter("PS1='z> ' zsh -f");
      await terminal.until((screen) => /^z>/m.test(screen), 'zsh');
      terminal.enter(`autoload -U compinit; compinit -u -D; source '${script}'; clear`);
      await terminal.until((screen) => screen.trim() === 'z>', 'the script read');
      terminal.press('tka-perf rep', 'Tab');
      await terminal.until((screen) => screen.includes('tka-perf report'), 'a command');
      terminal.press('--so', 'Tab');
      await terminal.until((screen) => screen.includes('tka-perf report --sort='), 'an option');
      terminal.press('er', 'Tab');
      const last = await terminal.until((screen) => screen.includes('--sort=errors'), 'a value');
      expect(last).toContain('tka-perf report --sort=errors');
    });
  });
});
