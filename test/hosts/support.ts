import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export const PACKAGE: string = resolve(import.meta.dirname, '../..');
/** Where projects of these tests are made: inside the package, which is how they find the bundlers. */
const BUILT: string = join(PACKAGE, 'test/.tmp/hosts');
export const CHILDREN: string = join(import.meta.dirname, 'children');

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An empty project that has this package in its `node_modules`. */
export function emptyProject(name: string): string {
  const root = join(BUILT, name);
  rmSync(root, { recursive: true, force: true });
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  symlinkSync(PACKAGE, join(root, 'node_modules/tka-perf'), 'junction');
  return root;
}

/** A copy of the example project, its CommonJS dependency installed. */
export function exampleProject(name: string): string {
  const root = emptyProject(name);
  cpSync(join(import.meta.dirname, 'project'), root, { recursive: true });
  cpSync(join(root, 'dependency'), join(root, 'node_modules/plain-sum'), { recursive: true });
  return root;
}

/** Writes files, given by their path in the project. */
export function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** Runs a program to its end in `cwd`; it writes its journal there. */
export function run(
  file: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>> = {},
): Ran {
  const { TKA_PERF_DIR: _dir, TKA_PERF_RUN: _run, NODE_OPTIONS: _options, ...inherited } = process.env;
  const { VITEST: _vitest, NODE_ENV: _nodeEnv, ...clean } = inherited;
  return spawnSync(file, args, {
    cwd,
    encoding: 'utf8',
    env: { ...clean, TKA_PERF_DIR: join(cwd, '.tka-perf'), NO_COLOR: '1', ...env },
    timeout: 50_000,
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** {@link run}, and it must end well. */
export function runWell(
  file: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>> = {},
): Ran {
  const ran = run(file, args, cwd, env);
  if (ran.status !== 0)
    throw new Error(`${[file, ...args].join(' ')}: ${ran.status}\n${ran.stdout}\n${ran.stderr}`);
  return ran;
}

interface ReportRow {
  readonly functionName: string;
  readonly kind: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly callCount: number;
  readonly errorCount: number;
}

/** The latest run in the project's journal, read by the CLI: a line for each function. */
export function reportedRows(root: string): string[] {
  const { functions } = report(root);
  return functions
    .map((row) => {
      const { functionName, kind, file, line, column, callCount, errorCount } = row;
      return `${functionName} ${kind} ${file}:${line}:${column} ${callCount}/${errorCount}`;
    })
    .toSorted();
}

/** What `tka-perf report --json` says of the latest run. */
export function report(root: string): {
  readonly functions: readonly ReportRow[];
  readonly processes: readonly { readonly state: string }[];
} {
  const cli = join(PACKAGE, 'dist/cli/index.cjs');
  const { stdout } = runWell(process.execPath, [cli, 'report', '--json'], root);
  return JSON.parse(stdout) as ReturnType<typeof report>;
}
