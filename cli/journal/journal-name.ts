import { JOURNAL_NAME } from '../../runtime/format/journal-name.ts';
import { JOURNAL_EXTENSION } from '../../runtime/format/record.ts';
import { FARTHEST_MS } from './bounds.ts';

/** What the name of a journal file says. */
export interface JournalName {
  /** Files of one writer have the same; the converse holds for version 2 only. */
  readonly writer: string;
  /** `''` for a segment, otherwise the letter of a level of time buckets. */
  readonly level: string;
  /** Of one writer's segments the highest is the newest; of a level's files too. */
  readonly serial: number;
  /** Epoch milliseconds; absent in names of version 1. */
  readonly startedAt?: number;
  /** The file holds what several writers have measured; files of theirs may be there still, which count no more. */
  readonly isUnfinished?: true;
}

/**
 * Takes a file name apart: `<process>-<thread>.<start>.<segment>.tkap`, `<process>-<thread>.<start>.<level><serial>.tkap`
 * for time buckets, `r<times>.` before it for what was rolled up so often, in version 1 `<process>-<thread>.<segment>.tkap`. Any other name is that of a writer's only segment.
 */
export function parseJournalName(fileName: string): JournalName {
  const name = fileName.slice(0, -JOURNAL_EXTENSION.length);
  const [, own = '', rolled, start = '', level = '', number = ''] = JOURNAL_NAME.exec(fileName) ?? [];
  const startedAt = Number.parseInt(start, 36);
  const serial = Number(number);
  if (startedAt <= FARTHEST_MS) {
    const known = { writer: own, level, serial: rolled === undefined ? serial : 0, startedAt };
    return rolled !== undefined && serial > 0 ? { ...known, isUnfinished: true } : known;
  }
  const segment = /^(.*?)\.(\d{1,15})$/.exec(name);
  if (segment === null) return { writer: name, level: '', serial: 0 };
  // A segment of version 1 may have taken another name than the one before it.
  const [, writer = '', last = ''] = segment;
  return { writer: /^\d+-\d+/.exec(writer)?.[0] ?? writer, level: '', serial: Number(last) };
}
