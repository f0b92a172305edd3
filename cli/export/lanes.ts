import type { HeadRecord, SiteKind } from '../../runtime/format/record.ts';
import type { Profile } from '../profile/profile.ts';
import type { RecentCall } from '../profile/recent.ts';

/** A call on a time line. Places are nanoseconds since the run began: those since the epoch are no longer exact. */
export interface PlacedCall {
  readonly call: RecentCall;
  readonly startNs: number;
  readonly endNs: number;
  /** Calls within this one, in time order. {@link stepsOf} makes room for those that seem to begin before it. */
  readonly inner: readonly PlacedCall[];
}

/** One row of a time line: no two of its calls overlap. */
export interface Lane {
  /** `calls` of synchronous functions, one in the other as they ran; `async` ones beside each other. */
  readonly kind: 'calls' | 'async';
  readonly calls: readonly PlacedCall[];
}

const SUSPENDING: ReadonlySet<SiteKind> = new Set(['async', 'async-generator', 'generator']);

/**
 * Lays the calls of one thread out in rows. Synchronous calls nest by nature and share one row; calls that wait
 * overlap, and which was called by which is not known, so each stands alone.
 *
 * @param calls of one thread, in the order in which they ended
 */
export function lanesOf(calls: readonly RecentCall[], { functions, run }: Profile): Lane[] {
  const waits = ({ site: { name, kind } }: RecentCall): boolean =>
    SUSPENDING.has(kind) || functions.get(name)?.aggregate.waitNs !== undefined;
  const place = placing(run.startedAt);
  const nested = nest(calls.filter((call) => !waits(call)).map(place));
  return [
    ...(nested.length === 0 ? [] : [{ kind: 'calls' as const, calls: nested }]),
    ...beside(calls.filter(waits).map(place)).map((row) => ({ kind: 'async' as const, calls: row })),
  ];
}

/** Ends are told to the microsecond, durations finer. */
const RESOLUTION_NS = 1e3;

function placing(zeroMs: number): (call: RecentCall) => PlacedCall {
  const zeroUs = Math.round(zeroMs * 1e3);
  return (call) => {
    const endNs = (Math.round(call.at * 1e3) - zeroUs) * 1e3;
    return { call, startNs: endNs - call.durationNs, endNs, inner: [] };
  };
}

/**
 * Calls end after the calls within them. What measuring took was taken off their durations, so an outer call may seem
 * to begin after its first inner one: one belongs to another if the greater part of it lies in the other's span. Of calls
 * that ended in the same microsecond that says nothing: they must fit in as well.
 */
function nest(calls: readonly PlacedCall[]): PlacedCall[] {
  const roots: PlacedCall[] = [];
  for (const placed of calls) {
    const { startNs } = placed;
    const { durationNs } = placed.call;
    let room = durationNs < RESOLUTION_NS ? durationNs : Infinity;
    let first = roots.length;
    for (; first > 0; first--) {
      const before = roots[first - 1] as PlacedCall;
      room -= before.call.durationNs;
      if ((before.startNs + before.endNs) / 2 < startNs || room <= 0) break;
    }
    roots.push({ ...placed, inner: roots.splice(first) });
  }
  return roots;
}

/** The begin or the end of a call, in the order of a row. */
export interface Step {
  readonly kind: 'open' | 'close';
  readonly call: RecentCall;
  readonly startNs: number;
  readonly endNs: number;
}

/**
 * The begins and ends of a row's calls, each behind the one before and within its outer call's, where there is room for
 * its duration. Without recursion of its own: calls may nest as deep as there are calls.
 */
export function* stepsOf(calls: readonly PlacedCall[]): Generator<Step> {
  const rows: OpenRow[] = [rowOf(calls, -Infinity, Infinity)];
  for (let row = rows.at(-1); row !== undefined; row = rows.at(-1)) {
    const next = row.calls[row.at++];
    if (next === undefined) {
      rows.pop();
      if (row.outer !== undefined) yield row.outer;
      continue;
    }
    const { call, inner } = next;
    const latestNs = row.untilNs - row.restNs;
    row.restNs -= call.durationNs;
    const startNs = Math.max(row.freeNs, Math.min(next.startNs, latestNs));
    const endNs = Math.max(startNs, Math.min(startNs + call.durationNs, row.untilNs));
    row.freeNs = endNs;
    yield { kind: 'open', call, startNs, endNs };
    rows.push({ ...rowOf(inner, startNs, endNs), outer: { kind: 'close', call, startNs, endNs } });
  }
}

/** Calls beside each other, some of which were visited. */
interface OpenRow {
  readonly calls: readonly PlacedCall[];
  at: number;
  /** The end of the last visited one. */
  freeNs: number;
  /** Duration of those to be visited. */
  restNs: number;
  readonly untilNs: number;
  /** What comes behind the last of them. */
  readonly outer?: Step;
}

function rowOf(calls: readonly PlacedCall[], freeNs: number, untilNs: number): OpenRow {
  const restNs = calls.reduce((sum, { call }) => sum + call.durationNs, 0);
  return { calls, at: 0, freeNs, restNs, untilNs };
}

/** Each call in the first row that is free when it begins. */
function beside(calls: readonly PlacedCall[]): PlacedCall[][] {
  const rows: PlacedCall[][] = [];
  for (const next of calls.toSorted((a, b) => a.startNs - b.startNs)) {
    const free = rows.find((row) => (row.at(-1)?.endNs ?? 0) <= next.startNs);
    if (free === undefined) rows.push([next]);
    else free.push(next);
  }
  return rows;
}

/** The calls of one process or worker thread. */
export interface ThreadCalls {
  readonly head: HeadRecord;
  readonly calls: readonly RecentCall[];
}

/** The calls of each process and thread, in the order of their first call. */
export function callsByThread(calls: readonly RecentCall[]): ThreadCalls[] {
  const threads = new Map<string, { readonly head: HeadRecord; readonly calls: RecentCall[] }>();
  for (const call of calls) {
    const { head } = call;
    const { host, pid, thread, startedAt } = head;
    const key = JSON.stringify([host, pid, thread, startedAt]);
    const known = threads.get(key);
    if (known === undefined) threads.set(key, { head, calls: [call] });
    else known.calls.push(call);
  }
  return [...threads.values()];
}
