/** The calls of a site that have begun and not ended: how many, and since when the oldest. */

import { NS_PER_MS } from '../platform/clock.ts';
import { BOTTOM, stack, STRETCH, topPlace } from './frames.ts';
import { FIRST_SLOT, SLOTS, stampNs } from './stamps.ts';

/** Calls listed per site. What was begun and abandoned (a generator never finished) is held by this list for ever. */
const MAX_LISTED = 1000;

// A list for each site, linked by numbers: objects linked into what lives long cost V8's garbage collector a note each.
// Slot 0 is no call's. Beyond those there are, calls are counted, and their age is not known.
const olderThan = new Uint16Array(SLOTS);
const newerThan = new Uint16Array(SLOTS);
/** The first of the slots given back, linked by `olderThan`; those from `unused` on were never taken. */
let free = 0;
let unused = 1;

/** Calls of all sites that have begun and not ended. */
let open = 0;

/**
 * Whether calls are in flight in this thread that are not on the stack, so that they may go on while one that begins or
 * ends now is suspended. Callers that await it are among them where they were resumed by an event since.
 */
export function othersInFlight(): boolean {
  let others = open;
  const top = topPlace();
  for (let place = BOTTOM; place < top; place++) {
    if (((stack[place] as number) & STRETCH) !== 0) others--;
  }
  return others > 0;
}

/** Exact in number; exact in age as long as one of the calls listed is in flight, and those are the oldest. */
export class InFlight {
  count: number = 0;
  /** Calls ever begun. */
  begun: number = 0;
  private oldest: number = 0;
  private newest: number = 0;
  private listed: number = 0;

  /** Monotonic milliseconds at which the oldest call listed began; `undefined` where there is none. */
  get oldestMs(): number | undefined {
    return this.oldest === 0 ? undefined : stampNs(FIRST_SLOT + this.oldest) / NS_PER_MS;
  }

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

  /**
   * A call begins.
   *
   * @returns Its slot, which {@link remove} is to be given and whose stamp is to be set; 0 where there is none.
   */
  add(): number {
    this.begin();
    let slot = free;
    if (this.listed === MAX_LISTED || (slot === 0 && unused === SLOTS)) return 0;
    if (slot === 0) slot = unused++;
    else free = olderThan[slot] as number;
    this.listed++;
    const { newest } = this;
    olderThan[slot] = newest;
    newerThan[slot] = 0;
    if (newest === 0) this.oldest = slot;
    else newerThan[newest] = slot;
    this.newest = slot;
    return slot;
  }

  /** Such a call has ended. */
  remove(slot: number): void {
    this.end();
    if (slot === 0) return;
    this.listed--;
    const older = olderThan[slot] as number;
    const newer = newerThan[slot] as number;
    if (older === 0) this.oldest = newer;
    else newerThan[older] = newer;
    if (newer === 0) this.newest = older;
    else olderThan[newer] = older;
    olderThan[slot] = free;
    free = slot;
  }
}
