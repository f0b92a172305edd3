import { terminalOf, write } from './output.ts';

/** From so long on people wonder whether anything happens. */
const PATIENCE_MS = 500;
/** Between two changes of the line. */
const PAUSE_MS = 100;
const ERASE_LINE = '\r\u001b[2K';

/** The clock that a line of progress goes by, and the terminal that it is shown on. */
export interface Surroundings {
  readonly nowMs: () => number;
  readonly isTerminal: () => boolean;
  readonly write: (text: string) => void;
}

const OURS: Surroundings = {
  nowMs: Date.now,
  isTerminal: () => terminalOf('stderr') !== undefined,
  write: (text) => write(text, 'stderr'),
};

/** A line on stderr that says how far a long task is; nothing where it is short, or nobody looks. */
export class Progress {
  private readonly describe: () => string;
  private readonly surroundings: Surroundings;
  private nextAtMs: number;
  private isShown: boolean = false;

  /** @param describe how far the task is, as in "reading file 3 of 7"; asked for when it is shown */
  constructor(describe: () => string, surroundings: Surroundings = OURS) {
    this.describe = describe;
    this.surroundings = surroundings;
    this.nextAtMs = surroundings.nowMs() + PATIENCE_MS;
  }

  /** Something was done: the line is shown or changed where it is time. */
  step(): void {
    const { nowMs, isTerminal, write: show } = this.surroundings;
    const now = nowMs();
    if (now < this.nextAtMs) return;
    this.nextAtMs = isTerminal() ? now + PAUSE_MS : Infinity;
    if (this.nextAtMs === Infinity) return;
    this.isShown = true;
    show(`${ERASE_LINE}[tka-perf] ${this.describe()}`);
  }

  /** The line goes: all is done, or something else is to be said. */
  end(): void {
    if (this.isShown) this.surroundings.write(ERASE_LINE);
    this.isShown = false;
  }
}
