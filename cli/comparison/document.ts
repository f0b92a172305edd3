import { durationOf, type Profile } from '../profile/profile.ts';
import { isoTime } from '../report/document.ts';
import type { Change, Comparison } from './compare.ts';

/** Raised when a field changes its meaning or goes; new fields may come at any time. */
const DOCUMENT_VERSION = 1;

/** What `tka-perf compare --json` prints. */
export interface ComparisonDocument {
  readonly version: typeof DOCUMENT_VERSION;
  readonly before: RunDocument;
  readonly after: RunDocument;
  /** The median of what the functions have changed by, those of which it is known well; absent where they are few. */
  readonly commonChange?: number;
  /** All of them, what costs most first, whether it was lost or won. */
  readonly functions: readonly Change[];
}

/** One of the two runs. */
export interface RunDocument {
  readonly id: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly command: readonly string[];
  /** First digits of the git commit; absent where it is not known. */
  readonly revision?: string;
}

/** The document of a comparison. @param limit of its functions at most so many; 0 for all */
export function documentOf(
  { before, after, changes, commonChange }: Comparison,
  limit: number = 0,
): ComparisonDocument {
  return {
    version: DOCUMENT_VERSION,
    before: runOf(before),
    after: runOf(after),
    ...(commonChange === undefined ? {} : { commonChange }),
    functions: limit === 0 ? changes : changes.slice(0, limit),
  };
}

function runOf(profile: Profile): RunDocument {
  const { run, writers } = profile;
  const head = writers[0]?.head;
  return {
    id: run.id,
    startedAt: isoTime(run.startedAt),
    durationMs: durationOf(profile),
    command: head?.command ?? [],
    ...(head?.revision === undefined ? {} : { revision: head.revision }),
  };
}
