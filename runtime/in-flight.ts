/** The calls of a site that have begun and not ended: how many, and since when the oldest. */

import { frameTag, hot, STRETCH } from './frames.ts';

/** A call as a member of the list; the list's own links live in it. */
export interface InFlightCall {
  readonly startMs: number;
  older: InFlightCall | undefined;
  newer: InFlightCall | undefined;
  listed: boolean;
}

/** Calls listed per site. What was begun and abandoned (a generator never finished) is held by this list for ever. */
const MAX_LISTED = 1000;

/** Calls of all sites that have begun and not ended. */
let open = 0;

/**
 * Whether calls are in flight in this thread that are not on the stack, so that they may go on while one that begins or
 * ends now is suspended. Callers that await it are among them where they were resumed by an event since.
 */
export function othersInFlight(): boolean {
  let others = open;
  for (let depth = 0; depth < hot.depth; depth++) {
    if (((frameTag[depth] as number) & STRETCH) !== 0) others--;
  }
  return others > 0;
}

/** Exact in number; exact in age as long as one of the calls listed is in flight, and those are the oldest. */
export class InFlight {
  count: number = 0;
  /** Calls ever begun. */
  begun: number = 0;
  oldest: InFlightCall | undefined;
  #newest: InFlightCall | undefined;
  #listed: number = 0;

  /** A call has begun that is not listed. */
  begin(): void {
    this.begun++;
    this.hold();
  }

  /** A call that was counted goes on beyond its return. */
  hold(): void {
    this.count++;
    open++;
  }

  /** Such a call has ended. */
  end(): void {
    this.count--;
    open--;
  }

  /** A call has begun. */
  add(call: InFlightCall): void {
    this.begin();
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
    this.end();
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
