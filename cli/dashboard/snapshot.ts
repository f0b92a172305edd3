import { findRun } from '../catalog.ts';
import { UserError } from '../errors.ts';
import type { FunctionRow } from '../function-table.ts';
import { functionsOf } from '../functions.ts';
import { journalDirOf } from '../journal-option.ts';
import type { RunFlags } from '../load.ts';
import { readProfiles, type Profile } from '../profile.ts';
import { PLOT_STEPS } from '../timeline.ts';
import { sparkline } from '../sparkline.ts';

/** What the journal holds at one moment. */
export interface Snapshot {
  /** Epoch milliseconds. */
  readonly takenAt: number;
  readonly profile: Profile;
  readonly functions: readonly FunctionRow[];
}

/** Columns of a row's sparkline. */
const HISTORY_WIDTH = 12;

/**
 * Reads the journal as it is now: the run that the flags name, or the one that began last, so that a program that is
 * started later is found.
 *
 * @returns a sentence where there is nothing to show yet
 */
export function takeSnapshot(flags: RunFlags): Snapshot | string {
  const takenAt = Date.now();
  let profile: Profile;
  try {
    profile = readProfiles([findRun(journalDirOf(flags), flags.run)], { nowMs: takenAt, steps: PLOT_STEPS });
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  if (profile.functions.size === 0) return `run ${profile.run.id} has recorded no call yet`;
  const functions = functionsOf(profile, takenAt).map((metrics) => ({
    ...metrics,
    history: sparkline(profile.timelines.get(metrics.functionName)?.avgMs ?? [], HISTORY_WIDTH),
  }));
  return { takenAt, profile, functions };
}
