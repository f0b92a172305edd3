import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RUNS_BABEL_8 } from '../compilers/versions.ts';

const BABEL_8 = fileURLToPath(new URL('../compilers/babel8', import.meta.url));

/**
 * Before the tests, once: builds `dist/`, as hosts and child processes use the package as it is published, and installs
 * Babel 8 beside the project's Babel 7, where it can run.
 */
export default function prepare(): void {
  if (RUNS_BABEL_8 && !existsSync(join(BABEL_8, 'node_modules'))) npm(['ci', '--silent'], BABEL_8);
  if (!process.env['TKA_PERF_SKIP_BUILD']) npm(['run', '--silent', 'build']);
}

function npm(args: readonly string[], cwd?: string): void {
  const result = spawnSync('npm', args, { encoding: 'utf8', shell: true, cwd });
  if (result.status !== 0)
    throw new Error(`npm ${args.join(' ')} failed\n${result.stdout}\n${result.stderr}`);
}
