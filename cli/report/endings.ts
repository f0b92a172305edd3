/** How processes and threads ended, in words. */
import type { WriterSummary } from '../profile/profile.ts';
import { printable } from '../text/escape.ts';

/** How a writer ended, in some words. */
export function endingOf({ state, exitCode, endReason, endDetail }: WriterSummary): string {
  if (state === 'running') return 'running';
  if (state === 'lost') return 'killed';
  if (endReason === 'signal') return endDetail ?? 'signal';
  if (endReason === 'error') return `error: ${endDetail ?? ''}`;
  return exitCode === undefined ? 'ended' : `exit ${exitCode}`;
}

/** How many were killed, ended by an error, or by a signal: in these words, none where all ended in order. */
export function failedEndings(writers: readonly WriterSummary[]): string[] {
  const counts = new Map<string, number>();
  const add = (failure: string, times: number): Map<string, number> =>
    counts.set(failure, (counts.get(failure) ?? 0) + times);
  for (const writer of writers) {
    const failure = failureOf(writer);
    if (failure !== undefined) add(failure, 1);
    for (const [word, times] of Object.entries(writer.head.rolled?.failures ?? {}))
      add(word === 'killed' ? word : `ended by ${word === 'error' ? 'an error' : word}`, times);
  }
  return Array.from(counts, ([failure, times]) => `${times} ${failure}`);
}

function failureOf({ state, endReason, endDetail = 'a signal' }: WriterSummary): string | undefined {
  if (state === 'lost') return 'killed';
  if (endReason === 'error') return 'ended by an error';
  return endReason === 'signal' ? `ended by ${endDetail}` : undefined;
}

/** Which process or thread it is, and whether it runs. */
export function stateOf({ head, state, exitCode, endReason, endDetail = '' }: WriterSummary): string {
  const who = `process ${head.pid}${head.thread === 0 ? '' : `, thread ${head.thread}`}`;
  if (state === 'running') return `${who} is running`;
  if (state === 'lost') return `${who} was killed`;
  if (endReason === 'signal') return `${who} ended by ${printable(endDetail)}`;
  return exitCode === undefined ? `${who} ended` : `${who} ended with code ${exitCode}`;
}
