/** What measuring takes of the thread, by its own account. */
import { budget } from './budget.ts';
import { avgNoiseNs, noiseNs } from './calibration.ts';
import { now } from '../platform/clock.ts';
import { OVERHEAD, pace } from '../stack/frames.ts';
import { pruned } from '../platform/prune.ts';
import type { Usage } from '../format/record.ts';

const startMs = now();
let journalMs = 0;

/** Writing the journal has taken so long. */
export function countJournal(durationMs: number): void {
  journalMs += durationMs;
}

/** From the start of the runtime until now. */
export function usageOfThread(): Usage {
  return pruned<Usage>({
    elapsedMs: now() - startMs,
    overheadMs: pace[OVERHEAD] as number,
    journalMs,
    budget: budget.target === Infinity ? undefined : budget.target,
    noiseNs,
    avgNoiseNs: avgNoiseNs === noiseNs ? undefined : avgNoiseNs,
  });
}
