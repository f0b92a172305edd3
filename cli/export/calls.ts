import { UserError } from '../text/errors.ts';
import type { Profile } from '../profile/profile.ts';
import { recentCalls, type RecentCall } from '../profile/recent.ts';

/**
 * The recent calls of a run, for the formats that are made of nothing else.
 * @throws UserError where the journal holds none, with the reason
 */
export function callsToExport({ run, writers }: Profile): RecentCall[] {
  const calls = recentCalls(run);
  if (calls.length > 0) return calls;
  const isRunning = writers.some(({ state }) => state === 'running');
  throw new UserError(
    isRunning
      ? `run ${run.id} has written no single calls yet: they come when its processes end`
      : `run ${run.id} holds no single calls: its processes were killed, or enableDetailedLogging is off; the formats json, csv, prometheus and otlp-json need none`,
  );
}
