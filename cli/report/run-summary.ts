import type { Run } from '../journal/catalog.ts';
import { isoTime } from './document.ts';
import type { WriterSummary } from '../profile/profile.ts';
import { readProfile } from '../profile/read-profile.ts';

/** One run in a list, and one element of `--json`. */
export interface RunSummary {
  readonly id: string;
  /** ISO 8601; absent where no file of the run can be read. */
  readonly startedAt?: string;
  readonly durationMs: number;
  /** Time since something was last heard of it; absent where no file of the run can be read. */
  readonly ageMs?: number;
  readonly processes: number;
  readonly threads: number;
  readonly running: boolean;
  /** How the process ended that began first: `exit 0`, `error: …`, `SIGTERM`, `killed`, `running`. */
  readonly ended: string;
  readonly functions: number;
  readonly calls: number;
  readonly sizeBytes: number;
  /** Of the process that began first. */
  readonly command: readonly string[];
}

/** Reads a run for a list. */
export function summarizeRun(run: Run, nowMs: number): RunSummary {
  const { writers, functions, lastAt, sizeBytes } = readProfile(run, nowMs);
  const [first] = writers;
  return {
    id: run.id,
    ...(first === undefined ? {} : { startedAt: isoTime(run.startedAt), ageMs: Math.max(0, nowMs - lastAt) }),
    durationMs: lastAt - run.startedAt,
    processes: new Set(writers.map(processKey)).size,
    threads: writers.length,
    running: writers.some(({ state }) => state === 'running'),
    ended: first === undefined ? '' : endingOf(first),
    functions: functions.size,
    calls: Array.from(functions.values()).reduce((sum, { aggregate }) => sum + aggregate.calls, 0),
    sizeBytes,
    command: first?.head.command ?? [],
  };
}

function processKey({ head }: WriterSummary): string {
  return `${head.host} ${head.pid} ${head.ppid}`;
}

/** How a writer ended, in some words. */
export function endingOf({ state, exitCode, endReason, endDetail }: WriterSummary): string {
  if (state === 'running') return 'running';
  if (state === 'lost') return 'killed';
  if (endReason === 'signal') return endDetail ?? 'signal';
  if (endReason === 'error') return `error: ${endDetail ?? ''}`;
  return exitCode === undefined ? 'ended' : `exit ${exitCode}`;
}
