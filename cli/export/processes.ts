import type { HeadRecord } from '../../runtime/format/record.ts';
import { isoTime } from '../report/document.ts';

/** A process as a time line tells it from the others. */
export interface ProcessTrack {
  /** The process's own number; where an earlier process has that too, one that none has. */
  readonly id: number;
  /** To be said behind its number: ` on <host>` where there are several, ` since <time>` where the number is not its alone. */
  readonly place: string;
}

/** What is added to a number that is taken: above those that systems give, and the number stays legible. */
const ID_STEP = 10_000_000;
/** By how much the threads of a process may differ on when it began. */
const TOLERANCE_MS = 1_000;

/** The process of each thread. Containers have the same few numbers, at once or one after the other. */
export function tracksOf(heads: readonly HeadRecord[]): Map<HeadRecord, ProcessTrack> {
  const hasHosts = new Set(heads.map(({ host }) => host)).size > 1;
  const taken = new Set(heads.map(({ pid }) => pid));
  const met = new Set<number>();
  return new Map(
    processesOf(heads).flatMap((threads) => {
      const [first] = threads;
      if (first === undefined) return [];
      const { pid, host, startedAt } = first;
      const isFirst = !met.has(pid);
      met.add(pid);
      const id = isFirst ? pid : nextFree(pid, taken);
      const place = `${hasHosts ? ` on ${host}` : ''}${isFirst ? '' : ` since ${isoTime(startedAt)}`}`;
      return threads.map((head): [HeadRecord, ProcessTrack] => [head, { id, place }]);
    }),
  );
}

/** Threads by process, in the order of their start. */
function processesOf(heads: readonly HeadRecord[]): HeadRecord[][] {
  const processes: HeadRecord[][] = [];
  for (const head of heads.toSorted((a, b) => a.startedAt - b.startedAt)) {
    const own = processes.find((threads) => threads.every((thread) => isOfOneProcess(head, thread)));
    if (own === undefined) processes.push([head]);
    else own.push(head);
  }
  return processes;
}

/** Whether two writers may be threads of one process; of a thread there is one. */
function isOfOneProcess(a: HeadRecord, b: HeadRecord): boolean {
  return (
    a.pid === b.pid &&
    a.host === b.host &&
    a.ppid === b.ppid &&
    a.run === b.run &&
    a.thread !== b.thread &&
    Math.abs((a.processStartedAt ?? 0) - (b.processStartedAt ?? 0)) < TOLERANCE_MS
  );
}

function nextFree(pid: number, taken: Set<number>): number {
  let id = pid;
  while (taken.has(id)) id += ID_STEP;
  taken.add(id);
  return id;
}
