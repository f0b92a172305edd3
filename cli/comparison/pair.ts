import { latestOf, findRun, listRuns, type Run } from '../journal/catalog.ts';
import { readHead } from '../journal/read.ts';
import { UserError } from '../text/errors.ts';

/** Two runs, and which is the earlier one as far as the comparison goes. */
export interface Pair {
  readonly before: Run;
  readonly after: Run;
}

/**
 * The runs that are named, or the beginnings of their ids: without the second the latest one; without the first the one before
 * that of the same command.
 *
 * @throws UserError where there are no two
 */
export function pairOf(dir: string, before: string | undefined, after: string | undefined): Pair {
  const later = after === undefined ? latestOf(listRuns(dir)) : findRun(dir, after);
  const earlier = before === undefined ? runBefore(dir, later) : findRun(dir, before);
  if (earlier.id === later.id)
    throw new UserError(`run ${later.id} can be compared with another one only; "tka-perf runs" lists them`);
  return { before: earlier, after: later };
}

function runBefore(dir: string, later: Run): Run {
  const earlier = listRuns(dir).filter(
    (run) => run.lastStartedAt < later.lastStartedAt && run.files.length > 0,
  );
  if (earlier.length === 0)
    throw new UserError(
      `there is no run before ${later.id} in ${dir}; run the program once more, or name the journal with --dir`,
    );
  const command = commandOf(later);
  // Of a run that cannot be read its reader tells why.
  const same = command === undefined ? earlier[0] : earlier.find((run) => commandOf(run) === command);
  if (same !== undefined) return same;
  throw new UserError(
    `no run before ${later.id} is of the same command; name the one to compare it with, as in "tka-perf compare ${earlier[0]?.id}"`,
  );
}

/** The command of the process that began first. */
function commandOf({ files }: Run): string | undefined {
  const head = files[0] && readHead(files[0].path);
  return head && 'command' in head ? JSON.stringify(head.command) : undefined;
}
