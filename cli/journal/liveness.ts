import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { HeadRecord } from '../../runtime/format/record.ts';
import { isThere } from '../../runtime/journal/retention.ts';

/** A writer is heard of every 30 seconds at least, unless something keeps its thread from running. */
const FRESH_MS = 90_000;
/** By how much two accounts of the same start may differ. */
const TOLERANCE_MS = 10_000;
/** Of the kernel's times, in `/proc`: 100 to the second on every architecture that Node runs on. */
const TICK_MS = 10;

const hostName = hostname();
const starts = new Map<number, number | undefined>();

/**
 * Whether a writer that has not ended in order runs still.
 *
 * On this machine: a process of its number is there and began when the writer's did; of worker threads only whether they
 * were heard of lately can be told. Of another machine nothing else can be told at all.
 *
 * @param writtenAt epoch milliseconds of its last write, by the file system's clock
 */
export function isRunning(head: HeadRecord, writtenAt: number, nowMs: number): boolean {
  const isFresh = nowMs - writtenAt < FRESH_MS;
  if (head.host !== hostName) return isFresh;
  if (!isThere(head.pid)) return false;
  if (head.thread !== 0) return isFresh;
  return isFresh || isSameProcess(head);
}

/** Another process may have been given the number since. Where nothing tells, it has not. */
function isSameProcess({ pid, processStartedAt }: HeadRecord): boolean {
  if (processStartedAt === undefined) return true;
  if (!starts.has(pid)) starts.set(pid, startOf(pid));
  const startedAt = starts.get(pid);
  return startedAt === undefined || Math.abs(startedAt - processStartedAt) < TOLERANCE_MS;
}

/** Epoch milliseconds at which a process began, where the system tells (Linux: proc(5)). */
function startOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const boot = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'));
    // Behind the name in brackets, which may itself hold blanks and brackets; field 22 of all.
    const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
    return boot === null || Number.isNaN(ticks) ? undefined : Number(boot[1]) * 1000 + ticks * TICK_MS;
  } catch {
    return undefined;
  }
}
