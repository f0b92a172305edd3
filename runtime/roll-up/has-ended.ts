/** Whether a writer will never write again. */
import { guarded } from '../platform/diagnostics.ts';
import type { Disk } from '../platform/disk.ts';
import type { EndedWriter } from './ended-writer.ts';
import type { HeadRecord } from '../format/record.ts';
import { isThere, SILENT_MS } from '../journal/retention.ts';

/** A process that has begun so many milliseconds before or after is another one with the same number. */
const TOLERANCE_MS = 10_000;
/** A process with more open files is not looked at. */
const MOST_OPEN = 2_000;

/** What is asked of the one that rolls up. */
export type OwnHead = Pick<HeadRecord, 'run' | 'host' | 'pid' | 'thread' | 'startedAt' | 'processStartedAt'>;

/**
 * Whether it has ended, as far as can be told. If in doubt it has not.
 *
 * @param own - The writer that asks.
 * @param file - Name of its file.
 * @param silentMs - Nothing was written to it for so long.
 */
export function hasEnded(
  disk: Disk,
  own: OwnHead,
  { head, end }: EndedWriter,
  file: string,
  silentMs: number,
): boolean {
  // One that was stopped may start again.
  const isSure = end !== undefined && end.reason !== 'stop';
  const isSilent = silentMs >= SILENT_MS;
  if (head.host !== own.host) return isSure && isSilent;
  if (!isRunning(head, own)) return isSure || isSilent;
  // A program may go on for long after a signal; a thread that was terminated has said nothing.
  return head.thread > 0 && (isSure || (isSilent && !isHeld(disk, head, file)));
}

/** Whether its process is there. */
function isRunning({ pid, processStartedAt = 0 }: HeadRecord, own: OwnHead): boolean {
  if (pid !== own.pid) return isThere(pid);
  return Math.abs(processStartedAt - (own.processStartedAt ?? 0)) < TOLERANCE_MS;
}

/** Whether a process has the file open, as its threads do until they end; if in doubt it has. Linux tells. */
function isHeld({ fs, path }: Disk, { pid, run }: HeadRecord, file: string): boolean {
  const descriptors = `/proc/${pid}/fd`;
  const tail = path.join(run, file);
  return (
    guarded(() => {
      const open = fs.readdirSync(descriptors);
      return open.length > MOST_OPEN || open.some((each) => isLinkTo(`${descriptors}/${each}`));
    }) ?? true
  );

  function isLinkTo(link: string): boolean {
    try {
      return fs.readlinkSync(link).endsWith(tail);
    } catch {
      return false; // that of the listing itself is closed by now
    }
  }
}
