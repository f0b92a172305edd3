/** How the CLI prints to files and pipes. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { graphemesOf } from '../../cli/text/width.ts';
import { shopJournal } from './shop.ts';
import { CLI, PROJECT, runCli, temporaryFolder } from './support.ts';

const IMPATIENT = join(PROJECT, 'test/cli/children/impatient-stdout.cjs');

describe('what is longer than a pipe holds', () => {
  const page = (): string[] => ['report', '--html', '-', '--dir', shopJournal()];

  test('comes whole to a slow reader', () => {
    const words = [process.execPath, ...CLI, ...page()].map((word) => `'${word}'`).join(' ');
    const { stdout } = spawnSync('bash', ['-c', `${words} | (sleep 1; cat)`], { encoding: 'utf8' });
    expect(stdout.length).toBeGreaterThan(70_000);
    expect(stdout.trimEnd()).toMatch(/<\/html>$/);
  });

  test('comes whole where the pipe was made not to wait', () => {
    const { code, stdout, stderr } = runCli(page(), { env: { NODE_OPTIONS: `--require ${IMPATIENT}` } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trimEnd()).toMatch(/<\/html>$/);
  });

  test('is in order there, frame after frame', () => {
    const args = ['dashboard', '--frames', '3', '--interval', '0.1', '--dir', shopJournal()];
    const { stdout } = runCli(args, { env: { NODE_OPTIONS: `--require ${IMPATIENT}` } });
    expect(stdout).toBe(runCli(args).stdout);
  });
});

describe.skipIf(!existsSync('/dev/full'))('a disk that is full', () => {
  const inShell = (redirection: string, ...args: readonly string[]): ReturnType<typeof spawnSync> => {
    const words = [process.execPath, ...CLI, ...args, '--dir', shopJournal()].map((word) => `'${word}'`);
    return spawnSync('bash', ['-c', `${words.join(' ')} ${redirection}`], { encoding: 'utf8' });
  };

  test.each([['report'], ['report', '--json'], ['export'], ['runs']])('is told of %s %s', (...args) => {
    expect(inShell('> /dev/full', ...args)).toMatchObject({
      status: 1,
      stderr: '[tka-perf] cannot write "stdout": no space left on the device\n',
    });
  });

  test('for words changes nothing else', () => {
    expect(inShell('2> /dev/full', 'report', '--sort', 'x')).toMatchObject({ status: 2, stdout: '' });
  });
});

describe('words whose reader has left change nothing', () => {
  /** The exit code where nobody reads stderr, and stdout with it if that is asked for. */
  const exitCode = (closed: string, ...args: readonly string[]): string => {
    const words = [process.execPath, ...CLI, ...args].map((word) => `'${word}'`).join(' ');
    return spawnSync('bash', ['-c', `exec 3>&1; { sleep 0.1; ${words}; echo $? >&3; } ${closed} | true`], {
      encoding: 'utf8',
      cwd: temporaryFolder(),
    }).stdout.trim();
  };

  test('run', () => {
    expect(exitCode('2>&1', 'run', '--dir', temporaryFolder(), '--', 'sh', '-c', 'exit 5')).toBe('5');
  });

  test('a wrong option', () => {
    expect(exitCode('2>&1 >/dev/null', 'report', '--sort', 'x')).toBe('2');
  });

  test('instrument, whose files are all done', () => {
    const folder = temporaryFolder();
    const files = ['a.js', 'b.js', 'c.js'].map((name) => join(folder, name));
    for (const file of files)
      writeFileSync(file, '// @monitor treshold=1ms\nexport function f() {\n  return 1;\n}\n');
    expect(exitCode('2>&1', 'instrument', '--strict', folder)).toBe('1');
    for (const file of files) expect(readFileSync(file, 'utf8')).toContain('tka-perf');
  });
});

describe.skipIf(!existsSync('/dev/stdout'))('a pipe that is named as a file', () => {
  test.each([
    ['export --format csv --dir "$DIR" /dev/stdout | cat', /^functionName,/],
    ['report --dir "$DIR" --html /dev/stdout | cat', /<\/html>\s*$/],
    ['export --format csv --dir "$DIR" >(cat) | cat', /^functionName,/],
  ])('takes what %s writes', (command, content) => {
    const words = [process.execPath, ...CLI].map((word) => `'${word}'`).join(' ');
    const { stdout, stderr } = spawnSync('bash', ['-c', `${words} ${command}`], {
      encoding: 'utf8',
      env: { ...process.env, DIR: shopJournal() },
    });
    expect(stderr).not.toContain('cannot');
    expect(stdout).toMatch(content);
  });
});

test('a file takes data and words', () => {
  const [out, err] = ['out', 'err'].map((name) => join(temporaryFolder(), name));
  const words = [process.execPath, ...CLI, 'report', '--dir', shopJournal()].map((word) => `'${word}'`);
  spawnSync('bash', ['-c', `${words.join(' ')} > ${out}; ${words.join(' ')} --sotr x 2> ${err}`]);
  expect(readFileSync(out ?? '', 'utf8')).toContain('🔢 Functions Monitored');
  expect(readFileSync(err ?? '', 'utf8')).toBe(
    '[tka-perf] unknown option "--sotr"; did you mean "--sort"?\n',
  );
});

test.each([
  ['abc·▁', ['a', 'b', 'c', '·', '▁']],
  ['e\u0301日👩‍👧', ['e\u0301', '日', '👩‍👧']],
])('%j is %j', (text, graphemes) => expect(graphemesOf(text)).toEqual(graphemes));
