import { findRun } from './catalog.ts';
import { UserError } from './errors.ts';
import { journalDirOf, type JournalFlags } from './journal-option.ts';
import { tellNotices } from './notices.ts';
import { readProfile, type Profile } from './profile.ts';

/** Flags of the commands that look at one run. */
export interface RunFlags extends JournalFlags {
  /** The run, or the beginning of its id; the latest where absent. */
  readonly run?: string;
}

/**
 * The profile of the run that the flags name. What could not be read is said on stderr.
 * @throws UserError where there is no such run, or nothing in it
 */
export function loadProfile(flags: RunFlags): Profile {
  const run = findRun(journalDirOf(flags), flags.run);
  const profile = readProfile(run);
  tellNotices(profile);
  if (profile.writers.length === 0) throw new UserError(`nothing in ${run.path} can be read`);
  if (profile.functions.size > 0) return profile;
  const isRunning = profile.writers.some(({ state }) => state === 'running');
  throw new UserError(
    isRunning
      ? `run ${run.id} has recorded no call yet; try again in a second`
      : `run ${run.id} recorded no call; was a marked function called?`,
  );
}
