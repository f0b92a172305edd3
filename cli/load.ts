import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { findRun, latestOf, listRuns, type Run } from './journal/catalog.ts';
import { parseMoment } from './text/duration.ts';
import { usageError, UserError } from './text/errors.ts';
import { readableJournalDirOf, type JournalFlags } from './journal-option.ts';
import { readHead } from './journal/read.ts';
import { plural } from './text/format.ts';
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
  readonly besides?: readonly Run[];
} {
  const { run, all, since } = flags;
  if (run !== undefined && all === true)
    throw usageError('--run names one run and --all takes all; give one of them');
  const dir = readableJournalDirOf(flags);
  const options = since === undefined ? {} : { sinceMs: since };
  if (run !== undefined) return { runs: [findRun(dir, run)], options };
  const runs = listRuns(dir);
  if (all === true || since !== undefined) return { runs, options };
  const latest = latestOf(runs);
  const besides = runs.filter(
    (other) => other !== latest && Math.abs(latest.lastStartedAt - other.lastStartedAt) < SHORTLY_MS,
  );
  return { runs: [latest], options, besides };
}

/** The processes of one command, each a run of its own, begin within a time like this. */
const SHORTLY_MS = 60_000;
/** So many runs may begin so shortly after each other by hand. */
const BY_HAND = 4;

/** Runs of one command, as of a test runner that starts a process for each file, are easily taken for that command's run. */
function tellOfOthers(besides: readonly Run[], latest: Run): void {
  if (besides.length <= BY_HAND && !besides.some((other) => isOfOneCommand(other, latest))) return;
  const minutes = Math.ceil((Date.now() - latest.lastStartedAt + SHORTLY_MS) / 60_000);
  tell(
    `${plural(besides.length, 'other run')} began in the minute before this one: --since ${minutes}m adds ${besides.length === 1 ? 'both' : 'them'} up, and "tka-perf run -- <command>" makes one of all that a command starts`,
  );
}

/** Whether two ran at the same time, of the same program, and the same process has started them: as a runner's workers. */
function isOfOneCommand(before: Run, latest: Run): boolean {
  const [first, second] = [before, latest].map(({ files }) => files.at(-1));
  if (first === undefined || second === undefined) return false;
  const writtenAt = statSync(first.path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (writtenAt < latest.lastStartedAt) return false;
  const [one, other] = [first, second].map(({ path }) => startedBy(path));
  return one !== undefined && one === other;
}

function startedBy(path: string): string | undefined {
  const head = readHead(path);
  return head && 'ppid' in head ? JSON.stringify([head.host, head.ppid, head.command]) : undefined;
}

/**
 * The profile of what the flags name, with time lines where steps are given. What could not be read is said on stderr.
 * @throws UserError where there is no such run, or nothing in it
 */
export function loadProfile(flags: RunFlags, steps?: number): Profile {
  const { runs, options, besides = [] } = selectRuns(flags);
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
