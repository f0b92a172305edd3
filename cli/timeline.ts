import type { AggregateRecord, SiteAggregate } from '../runtime/record.ts';
import { STOOD_FOR, TIMED, TOTAL } from '../runtime/layout.ts';
import type { JournalFile } from './catalog.ts';
import { visitIntervals } from './intervals.ts';
import type { Profile } from './profile.ts';
import { readJournalFile } from './read.ts';
import { callsOfFile } from './recent.ts';
import { callsOf } from './rows.ts';
import { newestOf, writersOf, type WriterFiles } from './writer-files.ts';

/** How the calls of one function spread over the time of the run, in steps of equal length. */
export interface Timeline {
  /** Epoch milliseconds of the first step's begin. */
  readonly startMs: number;
  readonly stepMs: number;
  /** Calls that ended in each step; fractions where a journal's interval spans several steps. */
  readonly calls: readonly number[];
  /** Mean duration in each step, in milliseconds; undefined where no call was timed. */
  readonly avgMs: readonly (number | undefined)[];
}

/** Steps of a time line: finer than any view draws. */
const STEPS = 60;
/** With fewer states of a process than this the single calls tell more. */
const FEWEST_FLUSHES = 8;

/** What was added between two states of a function, or by a single call. */
interface Added {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly calls: number;
  /** Calls that `totalNs` stands for. */
  readonly timed: number;
  readonly totalNs: number;
}

/**
 * The time lines of a run's functions. What the journal holds of an interval is spread evenly over it. Where a process
 * has written few of them, its recent calls give the shape and the intervals the numbers. Memory grows with the number of functions, not with the length of the run.
 */
export function timelinesOf({ run, lastAt }: Profile): ReadonlyMap<string, Timeline> {
  const stepMs = Math.max(1, lastAt - run.startedAt) / STEPS;
  const newSums = (): SumsByName => new SumsByName(run.startedAt, stepMs);
  const all = newSums();
  for (const files of writersOf(run)) addWriter(all, files, newSums());
  return new Map(Array.from(all.entries(), ([name, sums]) => [name, sums.timeline()]));
}

class SumsByName {
  readonly startMs: number;
  readonly stepMs: number;
  readonly #sums: Map<string, TimelineSums> = new Map();

  constructor(startMs: number, stepMs: number) {
    this.startMs = startMs;
    this.stepMs = stepMs;
  }

  of(name: string): TimelineSums {
    let sums = this.#sums.get(name);
    if (sums === undefined) this.#sums.set(name, (sums = new TimelineSums(this.startMs, this.stepMs)));
    return sums;
  }

  entries(): IterableIterator<[string, TimelineSums]> {
    return this.#sums.entries();
  }
}

class TimelineSums {
  readonly startMs: number;
  readonly stepMs: number;
  readonly calls: number[] = Array.from({ length: STEPS }, () => 0);
  readonly timed: number[] = Array.from({ length: STEPS }, () => 0);
  readonly totalNs: number[] = Array.from({ length: STEPS }, () => 0);

  constructor(startMs: number, stepMs: number) {
    this.startMs = startMs;
    this.stepMs = stepMs;
  }

  /** Spreads an addition over the steps that its interval touches, by how much of each. */
  add({ fromMs, toMs, calls, timed, totalNs }: Added): void {
    const from = this.#step(fromMs);
    const to = Math.max(from, this.#step(toMs));
    const first = Math.min(STEPS - 1, Math.floor(from));
    const last = Math.min(STEPS - 1, Math.max(first, Math.ceil(to) - 1));
    for (let step = first; step <= last; step++) {
      const share = first === last ? 1 : (Math.min(to, step + 1) - Math.max(from, step)) / (to - from);
      this.calls[step] = (this.calls[step] ?? 0) + calls * share;
      this.timed[step] = (this.timed[step] ?? 0) + timed * share;
      this.totalNs[step] = (this.totalNs[step] ?? 0) + totalNs * share;
    }
  }

  /** Adds what another one of the same steps holds. */
  merge({ calls, timed, totalNs }: TimelineSums): void {
    for (let step = 0; step < STEPS; step++) {
      this.calls[step] = (this.calls[step] ?? 0) + (calls[step] ?? 0);
      this.timed[step] = (this.timed[step] ?? 0) + (timed[step] ?? 0);
      this.totalNs[step] = (this.totalNs[step] ?? 0) + (totalNs[step] ?? 0);
    }
  }

  #step(atMs: number): number {
    return Math.min(STEPS, Math.max(0, (atMs - this.startMs) / this.stepMs));
  }

  timeline(): Timeline {
    const { startMs, stepMs, calls } = this;
    const avgMs = this.totalNs.map((totalNs, step) => {
      const timed = this.timed[step] ?? 0;
      return timed > 0 ? totalNs / timed / 1e6 : undefined;
    });
    return { startMs, stepMs, calls, avgMs };
  }
}

/** Adds what one writer's files hold to `all`; `states` is empty, for what came in its intervals. */
function addWriter(all: SumsByName, files: WriterFiles, states: SumsByName): void {
  const newest = newestOf(files);
  if (newest === undefined) return;
  let flushes = addStates(states, newest);
  let lastMs = Number.NaN;
  visitIntervals(newest, files.buckets, ({ site: { name }, startMs, endMs, sums: { columns } }) => {
    if (endMs !== lastMs) flushes++;
    lastMs = endMs;
    const of = (place: number): number => columns[place] ?? 0;
    const timed = of(TIMED) + of(STOOD_FOR);
    const added = { calls: callsOf(columns), timed, totalNs: of(TOTAL) };
    states.of(name).add({ name, fromMs: startMs, toMs: endMs, ...added });
  });
  addShaped(all, states, flushes < FEWEST_FLUSHES ? singleCalls(newest) : []);
}

function singleCalls({ path }: JournalFile): Added[] {
  return callsOfFile(path).map(({ site: { name }, at, durationNs }) => {
    return { name, fromMs: at, toMs: at, calls: 1, timed: 1, totalNs: durationNs };
  });
}

/** Adds what came between the states of a journal of version 1. Returns how many there are. */
function addStates(states: SumsByName, { path, startedAt }: JournalFile): number {
  const names = new Map<number /* site id */, string>();
  const last = new Map<number /* site id */, SiteAggregate>();
  let flushes = 0;
  let fromMs = startedAt;
  const addState = ({ at, sites }: AggregateRecord): void => {
    flushes++;
    for (const site of sites) {
      const name = names.get(site.id);
      if (name === undefined) continue;
      states.of(name).add({ name, fromMs, toMs: at, ...difference(site, last.get(site.id)) });
      last.set(site.id, site);
    }
    fromMs = at;
  };
  readJournalFile(path, (record) => {
    if (record.t === 'rows') return false;
    if (record.t === 'site') names.set(record.id, record.name);
    if (record.t === 'agg') addState(record);
    return true;
  });
  return flushes;
}

/** Adds single calls, each counting for so many that the sum is that of the states; the states where there are none. */
function addShaped(all: SumsByName, states: SumsByName, single: readonly Added[]): void {
  const known = new Map<string, number>();
  for (const { name } of single) known.set(name, (known.get(name) ?? 0) + 1);
  const weights = new Map<string, number>();
  for (const [name, sums] of states.entries()) {
    const count = known.get(name);
    if (count === undefined) all.of(name).merge(sums);
    else weights.set(name, sums.calls.reduce((sum, calls) => sum + calls, 0) / count);
  }
  for (const call of single) all.of(call.name).add({ ...call, calls: weights.get(call.name) ?? 0 });
}

function difference(
  { calls, timed, represented = timed, totalNs }: SiteAggregate,
  before: SiteAggregate | undefined,
): Pick<Added, 'calls' | 'timed' | 'totalNs'> {
  const { calls: c = 0, timed: t = 0, represented: r = t, totalNs: n = 0 } = before ?? {};
  // A damaged or rewritten state must not take away what was there.
  return {
    calls: Math.max(0, calls - c),
    timed: Math.max(0, represented - r),
    totalNs: Math.max(0, totalNs - n),
  };
}
