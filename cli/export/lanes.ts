import type { HeadRecord, SiteKind } from '../../runtime/format/record.ts';
import type { Profile } from '../profile/profile.ts';
import type { RecentCall } from '../profile/recent.ts';

/** A call on a time line. */
export interface PlacedCall {
  readonly call: RecentCall;
  /** Epoch milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  /** Calls within this one, in time order; the first may seem to begin before it, which {@link stepsOf} mends. */
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
export function lanesOf(calls: readonly RecentCall[], { functions }: Profile): Lane[] {
  const waits = ({ site: { name, kind } }: RecentCall): boolean =>
    SUSPENDING.has(kind) || functions.get(name)?.aggregate.waitNs !== undefined;
  const nested = nest(calls.filter((call) => !waits(call)));
  return [
    ...(nested.length === 0 ? [] : [{ kind: 'calls' as const, calls: nested }]),
    ...beside(calls.filter(waits)).map((row) => ({ kind: 'async' as const, calls: row })),
  ];
}

/**
 * Calls end after the calls within them. What measuring took was taken off their durations, so an outer call may seem
 * to begin after its first inner one: one belongs to another if the greater part of it lies in the other's span.
 */
function nest(calls: readonly RecentCall[]): PlacedCall[] {
  const roots: PlacedCall[] = [];
  for (const call of calls) {
    const endMs = call.at;
    const startMs = endMs - call.durationNs / 1e6;
    let first = roots.length;
    while (first > 0 && middleOf(roots[first - 1]) >= startMs) first--;
    const inner = roots.splice(first);
    const before = roots.at(-1)?.endMs ?? startMs;
    roots.push({ call, startMs: Math.max(startMs, before), endMs, inner });
  }
  return roots;
}

function middleOf(placed: PlacedCall | undefined): number {
  return placed === undefined ? -Infinity : (placed.startMs + placed.endMs) / 2;
}

/** The begin or the end of a call, in the order of a row. */
export interface Step {
  readonly kind: 'open' | 'close';
  readonly call: RecentCall;
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * The begins and ends of a row's calls, each within its outer call's. Without recursion of its own: calls may nest as
 * deep as there are calls.
 */
export function* stepsOf(calls: readonly PlacedCall[]): Generator<Step> {
  const todo: (Step | PlacedCall)[] = calls.toReversed();
  const open: Step[] = [];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if ('kind' in next) {
      open.pop();
      yield next;
      continue;
    }
    const startMs = Math.max(next.startMs, open.at(-1)?.startMs ?? -Infinity);
    const span = { call: next.call, startMs, endMs: Math.max(startMs, next.endMs) };
    const step: Step = { kind: 'open', ...span };
    open.push(step);
    yield step;
    todo.push({ kind: 'close', ...span });
    for (let index = next.inner.length - 1; index >= 0; index--) todo.push(next.inner[index] as PlacedCall);
  }
}

/** Each call in the first row that is free when it begins. */
function beside(calls: readonly RecentCall[]): PlacedCall[][] {
  const placed = calls.map((call) => ({
    call,
    startMs: call.at - call.durationNs / 1e6,
    endMs: call.at,
    inner: [],
  }));
  const rows: PlacedCall[][] = [];
  for (const next of placed.toSorted((a, b) => a.startMs - b.startMs)) {
    const free = rows.find((row) => (row.at(-1)?.endMs ?? 0) <= next.startMs);
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
