import { formatCount } from './format.ts';

/** From so long on people wonder whether anything happens. */
const PATIENCE_MS = 500;
/** Between two changes of the line. */
const PAUSE_MS = 100;
const ERASE_LINE = '\r\u001b[2K';

/** A line on stderr that says how far a long task is; nothing where it is short, or nobody looks. */
export class Progress {
  private readonly what: string;
  private readonly total: number;
  private done: number = 0;
  private nextAtMs: number = Date.now() + PATIENCE_MS;
  private isShown: boolean = false;

  /**
   * @param what as in "reading file", before "3 of 7"
   * @param total number of steps
   */
  constructor(what: string, total: number) {
    this.what = what;
    this.total = total;
  }

  /** A step begins. */
  step(): void {
    this.done++;
    const now = Date.now();
    if (now < this.nextAtMs || process.stderr.isTTY !== true) return;
    this.nextAtMs = now + PAUSE_MS;
    this.isShown = true;
    process.stderr.write(
      `${ERASE_LINE}[tka-perf] ${this.what} ${formatCount(this.done)} of ${formatCount(this.total)}`,
    );
  }

  /** All is done: the line goes. */
  end(): void {
    if (this.isShown) process.stderr.write(ERASE_LINE);
  }
}
