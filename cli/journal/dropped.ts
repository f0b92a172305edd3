import { JOURNAL_VERSION } from '../../runtime/format/record.ts';
import { formatBytes } from '../text/format.ts';

/** Why a file's records end before the file does. */
export type DropReason =
  | 'incomplete' // the last line has no end: cut, or being written
  | 'checksum'
  | 'not-a-record'
  | 'no-head'
  | 'empty'
  | 'no-file' // a directory, a link, a pipe
  | 'line-too-long'
  | 'newer-version'
  | 'copy' // of another file, which counts
  | 'gone' // a writer begins a next segment and removes the one before
  | 'unreadable';

/** The part of a file behind its valid prefix. */
export interface Dropped {
  readonly path: string;
  readonly reason: DropReason;
  readonly bytes: number;
  /** The version for `newer-version`, the file that counts for `copy`, the system's reason for `unreadable`. */
  readonly detail?: string;
}

/** One sentence that says what was not read, and what that means. */
export function droppedSentence({ path, reason, bytes, detail }: Dropped): string {
  const size = `${formatBytes(bytes).trim()} of ${path} not read`;
  switch (reason) {
    case 'incomplete':
      return `${size}: its last record is incomplete; the process was killed in the middle of a write, or is writing now`;
    case 'checksum':
      return `${size}: a checksum is wrong from there on; the file was damaged`;
    case 'not-a-record':
      return `${size}: there is no valid record there; the file was damaged or not written by tka-perf`;
    case 'no-head':
      return `${path} not read: it is no journal of tka-perf`;
    case 'empty':
      return `${path} not read: it is empty; its process was killed as it began, or could not write`;
    case 'no-file':
      return `${path} not read: it is no regular file`;
    case 'line-too-long':
      return `${size}: a line is longer than 32 MB; the file was damaged or not written by tka-perf`;
    case 'newer-version':
      return `${path} not read: it was written by a newer tka-perf (journal version ${detail}, this one reads up to ${JOURNAL_VERSION}); update tka-perf`;
    case 'copy':
      return `${path} not counted: it is a copy of ${detail}`;
    case 'gone':
      return `${path} not read: it was removed meanwhile`;
    case 'unreadable':
      return `${path} not read: ${detail}`;
  }
}
