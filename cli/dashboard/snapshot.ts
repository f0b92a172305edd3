import type { Run } from '../journal/catalog.ts';
import { UserError } from '../text/errors.ts';
import type { FunctionRow } from '../report/function-table.ts';
import { functionsOf } from '../profile/functions.ts';
import { selectRuns, whyEmpty, type RunFlags } from '../load.ts';
import type { Profile } from '../profile/profile.ts';
import { readProfiles, type ProfileOptions } from '../profile/read-profile.ts';
import { STEPS } from '../profile/timeline.ts';
import { sparkline } from '../text/sparkline.ts';

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
 * Reads the journal as it is now: the runs that the flags name, or the one that began last, so that a program that is
 * started later is found.
 *
 * @param show shows how far the reading is, where it takes long
 * @returns a sentence where there is nothing to show yet
 * @throws UserError on a mistake in the flags
 */
export function takeSnapshot(flags: RunFlags, show: ShowReading = quietly): Snapshot | string {
  try {
    const { runs, options } = selectRuns(flags);
    return show(runs, () => read(runs, options, flags));
  } catch (error) {
    if (error instanceof UserError && error.exitCode === 1) return error.message;
    throw error;
  }
}

type ShowReading = <Result>(runs: readonly Run[], read: () => Result) => Result;

const quietly: ShowReading = (_, work) => work();

function read(runs: readonly [Run, ...Run[]], options: ProfileOptions, flags: RunFlags): Snapshot | string {
  const takenAt = Date.now();
  const profile = readProfiles(runs, { ...options, nowMs: takenAt, steps: STEPS });
  const reason = whyEmpty(profile, flags);
  if (reason !== undefined) return reason;
  const functions = functionsOf(profile).map((metrics) => ({
    ...metrics,
    history: sparkline(profile.timelines.get(metrics.functionName)?.avgMs ?? [], HISTORY_WIDTH),
  }));
  return { takenAt, profile, functions };
}
