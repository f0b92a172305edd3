import type { JournalFile, Run } from './catalog.ts';
import { readHead } from './read.ts';
import { readWriter } from './writer.ts';

/** The files of one process or worker thread. */
export interface WriterFiles {
  /** The newest first. More than one where the writer was killed while it began a next one. */
  readonly segments: readonly JournalFile[];
  /** Time buckets of the past. */
  readonly buckets: readonly JournalFile[];
}

/** The files of a run by writer, in the order of the run's files. */
export function writersOf({ files }: Run): WriterFiles[] {
  const byName = new Map<string, JournalFile[]>();
  const superseded = supersededIn(files);
  for (const file of files) {
    if (superseded.has(file.name.writer)) continue;
    const known = byName.get(file.name.writer);
    if (known === undefined) byName.set(file.name.writer, [file]);
    else known.push(file);
  }
  return Array.from(byName.values()).flatMap((group) => {
    const segments = group.filter(({ name }) => name.level === '');
    const buckets = group.filter(({ name }) => name.level !== '');
    const isSure = segments.length <= 1 || segments[0]?.name.startedAt !== undefined;
    return isSure ? [{ segments, buckets }] : bySameHead(segments);
  });
}

/** Names of writers that are in another file already, and are about to be removed. */
function supersededIn(files: readonly JournalFile[]): ReadonlySet<string> {
  const unfinished = files.filter(({ name }) => name.isUnfinished);
  return new Set(
    unfinished.flatMap(({ path }) => {
      const head = readHead(path);
      return head !== undefined && 't' in head ? (head.rolled?.names ?? []) : [];
    }),
  );
}

/** The newest segment that holds a whole state; where none does, the oldest. */
export function newestOf({ segments }: WriterFiles): JournalFile | undefined {
  return segments.find(({ path }, i) => i === segments.length - 1 || readWriter(path).state?.isWhole);
}

/** In version 1 a process number that was used again gives the same name; with the time of the start it is one writer. */
function bySameHead(files: readonly JournalFile[]): WriterFiles[] {
  const writers = new Map<string, JournalFile[]>();
  for (const file of files) {
    const head = readHead(file.path);
    const isHead = head !== undefined && 't' in head;
    const key = isHead ? JSON.stringify([head.startedAt, head.host, head.pid, head.thread]) : file.path;
    writers.set(key, [...(writers.get(key) ?? []), file]);
  }
  return Array.from(writers.values(), (segments) => ({
    segments: segments.toSorted((a, b) => b.name.serial - a.name.serial),
    buckets: [],
  }));
}
