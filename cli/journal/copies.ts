import { statSync } from 'node:fs';
import type { JournalFile, Run } from './catalog.ts';
import type { Dropped } from './dropped.ts';
import { readHead } from './read.ts';
import { type WriterFiles, writersOf } from './writer-files.ts';

/** The writers of a run that count. */
export interface CountedWriters {
  readonly run: Run;
  readonly writers: readonly WriterFiles[];
  /** Of the run's files those that are another writer's, copied. */
  readonly copies: readonly Dropped[];
}

/** A writer that may be the same as another one. */
interface Candidate {
  readonly run: Run;
  readonly files: WriterFiles;
  readonly segment: JournalFile;
}

/**
 * The writers of runs. Files and folders that somebody has copied in the journal begin with the same head: of these the
 * newest counts, once. Only what began in the same millisecond is looked into, unless the names say that they are of several.
 */
export function countedWriters(runs: readonly Run[]): CountedWriters[] {
  const all = runs.map((run) => ({ run, writers: writersOf(run) }));
  const copies = copiesAmong(
    all.flatMap(({ run, writers }) =>
      writers.flatMap((files) => {
        const segment = files.segments[0] ?? files.buckets[0];
        return segment === undefined ? [] : [{ run, files, segment }];
      }),
    ),
  );
  return all.map(({ run, writers }) => ({
    run,
    writers: writers.filter((files) => !copies.has(files)),
    copies: writers.flatMap((files) => copies.get(files) ?? []),
  }));
}

function copiesAmong(candidates: readonly Candidate[]): Map<WriterFiles, Dropped> {
  const copies = new Map<WriterFiles, Dropped>();
  for (const [, together] of grouped(candidates, ({ segment }) => segment.startedAt)) {
    const threads = new Set(together.map(threadOf));
    if (together.length === 1 || (threads.size === together.length && !threads.has(''))) continue;
    for (const [head, same] of grouped(together, headOf)) {
      const [newest, ...others] = same.toSorted(originalFirst(head));
      for (const { files, segment } of others) {
        const { path } = segment;
        copies.set(files, { path, reason: 'copy', bytes: 0, detail: newest?.segment.path ?? '' });
      }
    }
  }
  return copies;
}

function grouped<Key>(
  candidates: readonly Candidate[],
  keyOf: (candidate: Candidate) => Key,
): Map<Key, Candidate[]> {
  const groups = new Map<Key, Candidate[]>();
  for (const candidate of candidates) {
    const key = keyOf(candidate);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [candidate]);
    else known.push(candidate);
  }
  return groups;
}

/** Process and thread by a name that the runtime gives; the same for all other names. */
function threadOf({ segment: { name } }: Candidate): string {
  return name.startedAt === undefined ? '' : (name.writer.split('.')[0] ?? '');
}

/** All that a file says of its writer; its own path where it says nothing. */
function headOf({ segment: { path } }: Candidate): string {
  const head = readHead(path);
  return head !== undefined && 't' in head ? JSON.stringify(head) : path;
}

/** Files grow; of equal ones the original is that with the name, in the folder, that the runtime has given. */
function originalFirst(head: string): (a: Candidate, b: Candidate) => number {
  const isOwnRun = ({ run }: Candidate): boolean => head.includes(`"run":${JSON.stringify(run.id)}`);
  return (a, b) =>
    b.segment.name.serial - a.segment.name.serial ||
    sizeOf(b) - sizeOf(a) ||
    Number(isNamed(b)) - Number(isNamed(a)) ||
    Number(isOwnRun(b)) - Number(isOwnRun(a)) ||
    (a.segment.path < b.segment.path ? -1 : 1);
}

function sizeOf({ segment: { path } }: Candidate): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function isNamed({ segment: { name } }: Candidate): boolean {
  return name.startedAt !== undefined;
}
