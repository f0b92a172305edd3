/** Steps of a time line, the same for all views: each tells the same of it. */
export const STEPS = 60;

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

// What is summed in each step.
const CALLS = 0;
/** Calls that the total stands for. */
const REPRESENTED = 1;
const TOTAL_NS = 2;
const SUMS = 3;

/** The sums of one function. */
export type Line = Float64Array;

/**
 * The time lines of functions, by name. The steps grow with what is added: where one more would be needed, each two become
 * one. So the end need not be known, every file is read once, and memory grows with the number of functions only.
 */
export class Timelines {
  /** Epoch milliseconds. */
  readonly startMs: number;
  readonly most: number;
  /** 0 until {@link cover} has told how long the first writer ran. */
  stepMs: number = 0;
  private endMs: number;
  private readonly lines = new Map<string, Line>();

  /**
   * @param startMs epoch milliseconds
   * @param endMs a moment that lies within, as late as is known
   * @param most steps, an even number: in the end there are more than half as many
   */
  constructor(startMs: number, endMs: number, most: number) {
    this.startMs = startMs;
    this.endMs = endMs;
    this.most = most;
  }

  /** Sees to it that the steps reach up to that moment. */
  cover(toMs: number): void {
    this.endMs = Math.max(this.endMs, toMs);
    const neededMs = Math.max(1, this.endMs - this.startMs) / this.most;
    if (this.stepMs === 0) this.stepMs = neededMs;
    while (this.stepMs < neededMs) {
      this.stepMs *= 2;
      for (const line of this.lines.values()) joinNeighbours(line);
    }
  }

  /** The step that an interval counts for, that of its middle; -1 where it is longer than a step. */
  stepOf(fromMs: number, toMs: number): number {
    if (toMs - fromMs > this.stepMs) return -1;
    return Math.min(this.most - 1, Math.floor(this.place((fromMs + toMs) / 2)));
  }

  /** The sums of a function, for {@link add}; they hold until more steps must be covered. */
  lineOf(name: string): Line {
    let line = this.lines.get(name);
    if (line === undefined) this.lines.set(name, (line = new Float64Array(SUMS * this.most)));
    return line;
  }

  /** Adds calls of an interval to a line; where it is longer than a step, to all that it touches, by how much of each. */
  add(line: Line, fromMs: number, toMs: number, calls: number, represented: number, totalNs: number): void {
    const only = this.stepOf(fromMs, toMs);
    if (only >= 0) return addToStep(line, only, calls, represented, totalNs);
    const from = this.place(fromMs);
    const to = this.place(toMs);
    const first = Math.min(this.most - 1, Math.floor(from));
    const last = Math.min(this.most - 1, Math.max(first, Math.ceil(to) - 1));
    for (let step = first; step <= last; step++) {
      const share = first === last ? 1 : (Math.min(to, step + 1) - Math.max(from, step)) / (to - from);
      addToStep(line, step, calls * share, represented * share, totalNs * share);
    }
  }

  /** Everything that was added. */
  result(): ReadonlyMap<string, Timeline> {
    const { startMs, stepMs, most } = this;
    const length = Math.min(most, Math.max(1, Math.ceil((this.endMs - startMs) / stepMs - 1e-6)));
    const all = new Map<string, Timeline>();
    for (const [name, line] of this.lines) {
      const at = (step: number, place: number): number => line[SUMS * step + place] ?? 0;
      const calls = Array.from({ length }, (_, step) => at(step, CALLS));
      const avgMs = calls.map((__, step) => {
        const represented = at(step, REPRESENTED);
        return represented > 0 ? at(step, TOTAL_NS) / represented / 1e6 : undefined;
      });
      all.set(name, { startMs, stepMs, calls, avgMs });
    }
    return all;
  }

  private place(atMs: number): number {
    return Math.min(this.most, Math.max(0, (atMs - this.startMs) / this.stepMs));
  }
}

/** Adds calls of an interval that counts for one step, as {@link Timelines.stepOf} tells it. */
export function addToStep(
  line: Line,
  step: number,
  calls: number,
  represented: number,
  totalNs: number,
): void {
  const place = SUMS * step;
  line[place] = (line[place] as number) + calls;
  line[place + REPRESENTED] = (line[place + REPRESENTED] as number) + represented;
  line[place + TOTAL_NS] = (line[place + TOTAL_NS] as number) + totalNs;
}

/** Each two steps become one. */
function joinNeighbours(sums: Line): void {
  const half = sums.length / 2;
  for (let place = 0; place < half; place++) {
    const i = 2 * place - (place % SUMS);
    sums[place] = (sums[i] as number) + (sums[i + SUMS] as number);
  }
  sums.fill(0, half);
}
