/** The calls of a site that have begun and not ended: how many, and since when the oldest. */

/** A call as a member of the list; the list's own links live in it. */
export interface InFlightCall {
  readonly startMs: number;
  older: InFlightCall | undefined;
  newer: InFlightCall | undefined;
  listed: boolean;
}

/** Calls listed per site. What was begun and abandoned (a generator never finished) is held by this list for ever. */
const MAX_LISTED = 1000;

/** Exact in number; exact in age as long as one of the calls listed is in flight, and those are the oldest. */
export class InFlight {
  count: number = 0;
  /** Calls ever begun. */
  begun: number = 0;
  oldest: InFlightCall | undefined;
  #newest: InFlightCall | undefined;
  #listed: number = 0;

  /** A call has begun. */
  add(call: InFlightCall): void {
    this.count++;
    this.begun++;
    if (this.#listed === MAX_LISTED) return;
    this.#listed++;
    call.listed = true;
    call.older = this.#newest;
    if (this.#newest) this.#newest.newer = call;
    else this.oldest = call;
    this.#newest = call;
  }

  /** A call has ended. */
  remove(call: InFlightCall): void {
    this.count--;
    if (!call.listed) return;
    this.#listed--;
    call.listed = false;
    if (call.older) call.older.newer = call.newer;
    else this.oldest = call.newer;
    if (call.newer) call.newer.older = call.older;
    else this.#newest = call.older;
    call.older = call.newer = undefined;
  }
}
