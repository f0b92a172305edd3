/** What measuring takes of the thread, by its own account. */
import { budget } from './budget.ts';
import { avgNoiseNs, noiseNs } from './calibration.ts';
import { now } from '../platform/clock.ts';
import { excludeTime, OVERHEAD, pace } from '../stack/frames.ts';
import { pruned } from '../platform/prune.ts';
import type { Usage } from '../format/record.ts';

let startMs = now();
let journalMs = 0;
let watchMs = 0;

/** The process begins, from a snapshot of another one. */
export function beginUsage(): void {
  startMs = now();
  budget.beginAt(startMs);
}

/** Writing the journal has taken so long. */
export function countJournal(durationMs: number): void {
  journalMs += durationMs;
}

/**
 * Promises were watched from a moment on until now: no call's own time, and not on the budget, as each must be watched for its
 * errors to be known.
 *
 * @param overheadMs - What `pace[OVERHEAD]` was then: what was counted since, the journal's among it, is not counted again.
 */
export function countWatching(beginMs: number, overheadMs: number): void {
  const durationMs = now() - beginMs - ((pace[OVERHEAD] as number) - overheadMs);
  watchMs += durationMs;
  excludeTime(durationMs);
  budget.pardon(durationMs);
}

/** From the start of the runtime until now. */
export function usageOfThread(): Usage {
  return pruned<Usage>({
    elapsedMs: now() - startMs,
    overheadMs: pace[OVERHEAD] as number,
    journalMs,
    watchMs: watchMs > 0 ? watchMs : undefined,
    budget: budget.target === Infinity ? undefined : budget.target,
    noiseNs,
    avgNoiseNs: avgNoiseNs === noiseNs ? undefined : avgNoiseNs,
  });
}
