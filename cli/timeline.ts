import type { AggregateRecord, SiteAggregate } from '../runtime/record.ts';
import type { JournalFile, Run } from './catalog.ts';
import type { Profile } from './profile.ts';
import { readJournalFile } from './read.ts';

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
 * The time lines of a run's functions. The journal holds a state of every changed function for each flush; what came
 * between two of them is spread evenly. Where a process has written few states, its recent calls give the shape and
 * its last state the numbers.
 */
export function timelinesOf({ run, lastAt }: Profile): ReadonlyMap<string, Timeline> {
  const spanMs = Math.max(1, lastAt - run.startedAt);
  const stepMs = spanMs / STEPS;
  const lines = new Map<string, TimelineSums>();
  for (const added of newestSegments(run).flatMap(additionsOf)) {
    let sums = lines.get(added.name);
    if (sums === undefined) lines.set(added.name, (sums = new TimelineSums(run.startedAt, stepMs)));
    sums.add(added);
  }
  return new Map(Array.from(lines, ([name, sums]) => [name, sums.timeline()]));
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

/** Of each writer the newest segment: it goes on where the one before ended. */
function newestSegments({ files }: Run): JournalFile[] {
  const seen = new Set<string>();
  return files.filter(({ head: { startedAt, host, pid, thread } }) => {
    const writer = JSON.stringify([startedAt, host, pid, thread]);
    if (seen.has(writer)) return false;
    seen.add(writer);
    return true;
  });
}

function additionsOf({ path, head }: JournalFile): Added[] {
  const names = new Map<number /* site id */, string>();
  const states = new Map<number /* site id */, SiteAggregate>();
  const added: Added[] = [];
  const single: Added[] = [];
  let flushes = 0;
  let fromMs = head.startedAt;
  const addState = ({ at, sites }: AggregateRecord): void => {
    flushes++;
    for (const site of sites) {
      const name = names.get(site.id);
      if (name === undefined) continue;
      added.push({ name, fromMs, toMs: at, ...difference(site, states.get(site.id)) });
      states.set(site.id, site);
    }
    fromMs = at;
  };
  readJournalFile(path, (record) => {
    if (record.t === 'site') names.set(record.id, record.name);
    if (record.t === 'agg') addState(record);
    if (record.t !== 'metrics' || flushes >= FEWEST_FLUSHES) return;
    for (const { id, at, durationNs } of record.metrics) {
      const name = names.get(id);
      if (name !== undefined) {
        single.push({ name, fromMs: at, toMs: at, calls: 1, timed: 1, totalNs: durationNs });
      }
    }
  });
  return flushes >= FEWEST_FLUSHES ? added : withShapeOf(single, added);
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

/** Single calls, each counting for so many that the sum is that of the states; the states where there are none. */
function withShapeOf(single: readonly Added[], states: readonly Added[]): Added[] {
  const sumOf = (list: readonly Added[]): Map<string, number> => {
    const sums = new Map<string, number>();
    for (const { name, calls } of list) sums.set(name, (sums.get(name) ?? 0) + calls);
    return sums;
  };
  const [known, all] = [sumOf(single), sumOf(states)];
  const weight = (name: string): number => (all.get(name) ?? 0) / (known.get(name) ?? 1);
  return [
    ...single.map((call) => ({ ...call, calls: weight(call.name) })),
    ...states.filter(({ name }) => !known.has(name)),
  ];
}
