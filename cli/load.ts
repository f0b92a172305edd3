import type { Command } from 'commander';
import { findRun, latestOf, listRuns, type Run } from './journal/catalog.ts';
import { parseMoment } from './text/duration.ts';
import { usageError, UserError } from './text/errors.ts';
import { journalDirOf, type JournalFlags } from './journal-option.ts';
import { tellNotices } from './report/notices.ts';
import { tell } from './text/output.ts';
import type { Profile } from './profile/profile.ts';
import { readProfiles, type ProfileOptions } from './profile/read-profile.ts';
import { READING, withReadingProgress } from './reading-progress.ts';

/** Flags of the commands that look at what was measured. */
export interface RunFlags extends JournalFlags {
  /** The run, or the beginning of its id; the latest where absent. */
  readonly run?: string;
  /** All runs, added up. */
  readonly all?: boolean;
  /** Epoch milliseconds: what was measured since, over all runs unless one is named. */
  readonly since?: number;
}

/** Adds `--since` and `--all`. */
export function addHistoryOptions(command: Command): Command {
  return command
    .option(
      '--since <time>',
      'only what was measured since: "24h", "30m", "7d", or a local date; over all runs unless --run names one',
      (text: string) => parseMoment(text, Date.now()),
    )
    .option('--all', 'all runs, added up; the trend is that over the runs');
}

/** What the flags name: one run or all of them, the latest first, and since when. */
export function selectRuns(flags: RunFlags): {
  readonly runs: readonly [Run, ...Run[]];
  readonly options: ProfileOptions;
  /** Runs that began shortly before the one that is taken because it is the latest. */
  readonly besides?: number;
} {
  const { run, all, since } = flags;
  if (run !== undefined && all === true)
    throw usageError('--run names one run and --all takes all; give one of them');
  const dir = journalDirOf(flags);
  const options = since === undefined ? {} : { sinceMs: since };
  if (run !== undefined) return { runs: [findRun(dir, run)], options };
  const runs = listRuns(dir);
  if (all === true || since !== undefined) return { runs, options };
  const latest = latestOf(runs);
  const besides = runs.filter(
    ({ lastStartedAt }) => Math.abs(latest.lastStartedAt - lastStartedAt) < SHORTLY_MS,
  ).length;
  return { runs: [latest], options, besides: besides - 1 };
}

/** The processes of one command, each a run of its own, begin within a time like this. */
const SHORTLY_MS = 60_000;
/** So many runs may begin so shortly after each other by hand. */
const BY_HAND = 4;

/** Runs of one command, as of a test runner that starts a process for each file, are easily taken for that command's run. */
function tellOfOthers(besides: number, { lastStartedAt }: Run): void {
  if (besides <= BY_HAND) return;
  const minutes = Math.ceil((Date.now() - lastStartedAt + SHORTLY_MS) / 60_000);
  tell(
    `${besides} other runs began in the minute before this one: --since ${minutes}m adds them up, and "tka-perf run -- <command>" makes one of all that a command starts`,
  );
}

/**
 * The profile of what the flags name, with time lines where steps are given. What could not be read is said on stderr.
 * @throws UserError where there is no such run, or nothing in it
 */
export function loadProfile(flags: RunFlags, steps?: number): Profile {
  const { runs, options, besides = 0 } = selectRuns(flags);
  const all = steps === undefined ? options : { ...options, steps };
  const profile = withReadingProgress(READING, runs, () => readProfiles(runs, all));
  tellNotices(profile);
  tellOfOthers(besides, runs[0]);
  const reason = whyEmpty(profile, flags);
  if (reason === undefined) return profile;
  throw new UserError(isRunning(profile) ? `${reason}; try again in a second` : reason);
}

function isRunning({ writers }: Profile): boolean {
  return writers.some(({ state }) => state === 'running');
}

/** Why a profile has no function to show; undefined where it has one. */
export function whyEmpty(profile: Profile, { since }: RunFlags): string | undefined {
  const { functions, writers, run } = profile;
  if (functions.size > 0) return undefined;
  if (since !== undefined) return 'no call was recorded since; try a longer time or --all';
  if (writers.length === 0) return `nothing in ${run.path} can be read`;
  return isRunning(profile)
    ? `run ${run.id} has recorded no call yet`
    : `run ${run.id} recorded no call; was a marked function called?`;
}
