import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach } from 'vitest';
import type { HeadRecord, JournalRecord, SiteAggregate, SiteRecord } from '../../runtime/format/record.ts';

export const PROJECT: string = resolve(import.meta.dirname, '../..');

/** The CLI as it is published: from `dist/`, which vitest's global setup has built. */
export const CLI: readonly string[] = [join(PROJECT, 'dist/cli/index.cjs')];

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliSettings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

function environment(env: CliSettings['env']): NodeJS.ProcessEnv {
  const {
    TKA_PERF_DIR: _dir,
    TKA_PERF_RUN: _run,
    TKA_PERF: _off,
    COLUMNS: _columns,
    ...inherited
  } = process.env;
  return { ...inherited, TZ: 'UTC', ...env };
}

/** Runs the CLI to its end. */
export function runCli(args: readonly string[], { cwd, env }: CliSettings = {}): CliResult {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [...CLI, ...args], {
    encoding: 'utf8',
    env: environment(env),
    cwd: cwd ?? PROJECT,
    maxBuffer: 64 * 1024 * 1024,
    // A command that never ends is to fail its test, not to hold up all of them.
    timeout: 50_000,
  });
  return { code: status, signal, stdout, stderr };
}

/** Starts the CLI; `ended` gives what it printed. `onStdout` sees each chunk as it comes. */
export function startCli(
  args: readonly string[],
  { cwd, env, onStdout }: CliSettings & { readonly onStdout?: (text: string) => void } = {},
): { readonly kill: (signal: NodeJS.Signals) => void; readonly ended: Promise<CliResult> } {
  const child = spawn(process.execPath, [...CLI, ...args], {
    env: environment(env),
    cwd: cwd ?? PROJECT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    onStdout?.(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { kill: (signal) => void child.kill(signal), ended };
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tka-perf-cli-'));
  folders.push(folder);
  return folder;
}

/** Writes files, given by their path in `folder`. */
export function writeTree(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** One line of a journal file, checksum and all. */
export function line(record: unknown): string {
  const json = typeof record === 'string' ? record : JSON.stringify(record);
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

/** 2026-11-23T12:00:00Z, when the runs of these tests began. */
export const START: number = Date.UTC(2026, 10, 23, 12);

/** A process id that no process has: above any system's limit. */
export const DEAD_PID: number = 2 ** 30;

export function head(changes: Partial<HeadRecord> = {}): HeadRecord {
  return {
    t: 'head',
    v: 1,
    run: 'run-a',
    pid: DEAD_PID,
    ppid: 1,
    thread: 0,
    host: hostname(),
    startedAt: START,
    node: 'v20.20.2',
    platform: 'linux',
    command: ['app.js', '--fast'],
    cwd: '/srv/app',
    ...changes,
  };
}

export function site(id: number, name: string, changes: Partial<SiteRecord> = {}): SiteRecord {
  return { t: 'site', id, name, kind: 'function', file: '', line: 0, column: 0, options: {}, ...changes };
}

/** An aggregate of `calls` calls of `eachMs` each; everything derived from the two, so that sums can be told. */
export function aggregate(
  id: number,
  calls: number,
  eachMs: number,
  changes: Partial<SiteAggregate> = {},
): SiteAggregate {
  const eachNs = eachMs * 1e6;
  const offset = calls === 0 || eachNs === 0 ? 0 : Math.ceil(Math.log2(eachNs) * 32) - 1;
  return {
    id,
    calls,
    errors: 0,
    belowThreshold: 0,
    inFlight: 0,
    timed: calls,
    totalNs: calls * eachNs,
    rawTotalNs: calls * eachNs,
    selfNs: calls * eachNs,
    ...(calls === 0 ? {} : { minNs: eachNs, maxNs: eachNs }),
    histogram: { scale: 5, zeroCount: 0, offset, counts: calls === 0 ? [] : [calls] },
    rss: { n: 0, sumBytes: 0 },
    heap: { n: 0, sumBytes: 0 },
    cpu: { n: 0, cpuNs: 0, wallNs: 0 },
    hours: [[Math.floor(START / 3_600_000), calls]],
    trend: { n: [0, 0], mean: [0, 0], variance: [0, 0] },
    ...changes,
  };
}

/** The records of a writer: its head, its sites, one aggregate of each, its end. */
export function writerRecords(
  functions: readonly (readonly [name: string, aggregate: (id: number) => SiteAggregate])[],
  changes: Partial<HeadRecord> = {},
): JournalRecord[] {
  const aggregates = functions.map(([, make], id) => make(id));
  const metrics = aggregates.reduce((sum, { calls }) => sum + calls, 0);
  const at = (changes.startedAt ?? START) + 2_000;
  return [
    head(changes),
    ...functions.map(([name], id) => site(id, name)),
    { t: 'agg', at, sites: aggregates, metrics },
    { t: 'end', at: at + 1_000, reason: 'exit', exitCode: 0 },
  ];
}

/** A journal of runs and files, each given by its records. @returns the journal's directory */
export function writeJournal(
  runs: Readonly<Record<string, Readonly<Record<string, readonly unknown[] | string>>>>,
): string {
  const dir = temporaryFolder();
  for (const [run, files] of Object.entries(runs)) {
    for (const [name, records] of Object.entries(files)) {
      const text = typeof records === 'string' ? records : records.map(line).join('');
      writeTree(dir, { [`${run}/${name}`]: text });
    }
  }
  return dir;
}

/** Whether a path is there. */
export function isThere(...path: readonly string[]): boolean {
  return existsSync(join(...path));
}
