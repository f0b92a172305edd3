import { UserError } from '../text/errors.ts';
import { type Profile, subjectOf } from '../profile/profile.ts';
import { recentCalls, type RecentCall } from '../profile/recent.ts';

/**
 * The recent calls of a profile, for the formats that are made of nothing else.
 * @throws UserError where the journal holds none, with the reason
 */
export function callsToExport(profile: Profile): RecentCall[] {
  const calls = recentCalls(profile);
  if (calls.length > 0) return calls;
  const isRunning = profile.writers.some(({ state }) => state === 'running');
  throw new UserError(
    isRunning
      ? `there is no single call of ${subjectOf(profile)} yet: they are written when processes end`
      : `there is no single call of ${subjectOf(profile)}: processes were killed, or enableDetailedLogging is off; the formats json, csv, prometheus and otlp-json need none`,
  );
}
