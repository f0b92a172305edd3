import type { Run } from '../journal/catalog.ts';
import { isoTime } from './document.ts';
import { endingOf, failedEndings } from './endings.ts';
import { noticesOf } from './notices.ts';
import { countWriters, durationOf, type WriterSummary } from '../profile/profile.ts';
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
  /**
   * How the process ended that began first: `exit 0`, `error: …`, `SIGTERM`, `killed`, `running`; and how many of the others
   * did not end by themselves: `exit 0, 2 killed, 1 ended by an error`.
   */
  readonly ended: string;
  readonly functions: number;
  readonly calls: number;
  readonly sizeBytes: number;
  /** Of the process that began first. */
  readonly command: readonly string[];
  /** What was not read of it, a sentence each. */
  readonly notices: readonly string[];
}

/** Reads a run for a list. */
export function summarizeRun(run: Run, nowMs: number): RunSummary {
  const profile = readProfile(run, nowMs);
  const { writers, functions, lastAt, sizeBytes } = profile;
  const first = firstOf(writers);
  return {
    id: run.id,
    ...(first === undefined ? {} : { startedAt: isoTime(run.startedAt), ageMs: Math.max(0, nowMs - lastAt) }),
    durationMs: durationOf(profile),
    ...countWriters(writers),
    running: writers.some(({ state }) => state === 'running'),
    ended:
      first === undefined
        ? ''
        : [endingOf(first), ...failedEndings(writers.filter((each) => each !== first))].join(', '),
    functions: functions.size,
    calls: Array.from(functions.values()).reduce((sum, { aggregate }) => sum + aggregate.calls, 0),
    sizeBytes,
    command: first?.head.command ?? [],
    notices: noticesOf(profile),
  };
}

/** A worker may be heard of before the thread that has started it, which may have no marks at all. */
function firstOf(writers: readonly WriterSummary[]): WriterSummary | undefined {
  const single = writers.filter(({ head }) => head.rolled === undefined);
  return single.find(({ head }) => head.thread === 0) ?? writers[0];
}
