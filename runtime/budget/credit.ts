/** What may be spent of a thread's time: its share, with what of it was left or overdrawn before. */

/** Milliseconds over which too much or too little is made up for. */
const HORIZON_MS = 1000;
/**
 * What was overdrawn beyond that, as a program begins and all code is new to V8, is saved later: of the budget so much, and
 * no more than what is earned in so many milliseconds.
 */
const SAVED_PART = 0.5;
/** Of what is earned so much is to be spent however much is to be saved. */
const LEAST_SPENT_PART = 0.25;
const MOST_OWED_MS = 10_000;
/**
 * Of the most that is saved so much is spent as slowly as what is overdrawn is saved. What is there beyond is to be spent
 * within so many milliseconds, and all at once where that happens once: calls that come by the hundred, code that is new,
 * a garbage collection that falls into measuring are no reason to time fewer calls than the share allows.
 */
const RESERVE_PART = 0.2;
const SPENDING_MS = 100;

/** The account of one thread. */
export class Credit {
  /** Milliseconds that may be spent beyond the share, or must be saved. */
  private ms: number = 0;
  /** Milliseconds overdrawn beyond what is made up for at once: saved little by little. */
  private owedMs: number = 0;
  /** What was spent when it was last looked at, in parts of what was to be. */
  private lastSpent: number = 0.5;
  /** When it was first looked at. */
  private beganMs: number = Number.NaN;

  /** It is looked at, whether or not there is a share. */
  begin(atMs: number): void {
    if (Number.isNaN(this.beganMs)) this.beganMs = atMs;
  }

  /** Nothing is left, and nothing owed. */
  clear(): void {
    this.ms = this.owedMs = 0;
  }

  /** Of the share what is not being saved. */
  get allowedPart(): number {
    return this.owedMs > 0 ? 1 - SAVED_PART : 1;
  }

  /** Whether more was spent than is made up for in half of the time for that. */
  isOverdrawn(share: number): boolean {
    return this.ms < (-share * HORIZON_MS) / 2;
  }

  /**
   * Takes what was spent off what there is.
   *
   * @param usualMs - What the calls that were timed usually cost.
   * @returns It in parts of what was to be spent, 1 where that pays for it.
   */
  spend(share: number, atMs: number, elapsedMs: number, spentMs: number, usualMs: number): number {
    const savedMs = Math.min(this.owedMs, SAVED_PART * share * elapsedMs);
    const earnedMs = share * elapsedMs - savedMs;
    const most = share * HORIZON_MS;
    const reserve = RESERVE_PART * most;
    const spareMs = Math.max(0, this.ms - reserve);
    // A program that has just begun does not pay for its start by measuring next to nothing for a second.
    const mostDebt = share * Math.min(HORIZON_MS, atMs - this.beganMs);
    const balanceMs = this.ms + earnedMs - spentMs;
    this.ms = Math.max(-mostDebt, Math.min(most, balanceMs));
    const forgivenMs = Math.max(0, this.ms - balanceMs);
    this.owedMs = Math.min(share * MOST_OWED_MS, this.owedMs + forgivenMs - savedMs);
    const wantedMs =
      earnedMs +
      spareMs * Math.min(1, elapsedMs / SPENDING_MS) +
      (elapsedMs * Math.min(reserve, this.ms)) / HORIZON_MS;
    const spent = spentMs / Math.max(LEAST_SPENT_PART * earnedMs, wantedMs);
    // Once is a chance, twice is the program's way, and so are calls that are too many at what they usually cost.
    const isUsual = usualMs > wantedMs || this.lastSpent > 1;
    const isPaid = this.ms > reserve && !isUsual;
    this.lastSpent = spent;
    return isPaid ? Math.min(1, spent) : spent;
  }
}
