import { spawnSync } from 'node:child_process';

/** Builds `dist/` once before the tests: hosts and child processes use the package as it is published. */
export default function build(): void {
  if (process.env['TKA_PERF_SKIP_BUILD']) return;
  const result = spawnSync('npm', ['run', '--silent', 'build'], { encoding: 'utf8', shell: true });
  if (result.status !== 0) throw new Error(`build failed\n${result.stdout}\n${result.stderr}`);
}
