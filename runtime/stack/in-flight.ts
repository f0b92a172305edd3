/** The calls of async functions, generators and promises that have begun and not ended: how many, and since when. */
import { BOTTOM, stack, STRETCH, topPlace } from './frames.ts';
import { needRoom } from './room.ts';
import { FIRST_SLOT, SLOTS, stampNs } from './stamps.ts';

/**
 * Once half of the slots are taken, a site takes no more than so many: what was begun and abandoned (a generator that is
 * never finished) keeps its slot for ever.
 */
const MOST_OF_A_SITE = 1000;

/** Of a slot that is taken the complement of its site's number, of one given back the next of those. 0 is no call's. */
const slots = new Int32Array(SLOTS);
/** The first of those given back; those from `unused` on were never taken. */
let free = 0;
let unused = 1;
let taken = 0;

/** With fewer calls in flight none is near the end of the stack. */
const MANY = 500;

/** Calls of all sites that have begun and not ended. */
let open = 0;
/** Of these, the ones whose promise has settled, as far as can be told before a later turn ends them. */
let settling = 0;

/**
 * A call is to begin that outlives its stack.
 *
 * @throws RangeError where the stack has no room for the rest of it
 */
export function admitCall(): void {
  if (open > MANY) needRoom();
}

/** Of the calls that wait for a promise, so many have ended if it has settled. */
export function noteSettling(promise: { settling: number }, calls: number): void {
  settling += calls - promise.settling;
  promise.settling = calls;
}

/**
 * Whether calls are in flight in this thread that are not on the stack, so that they may go on while one that begins or
 * ends now is suspended. Callers that await it are among them where they were resumed by an event since.
 */
export function othersInFlight(): boolean {
  let others = open - settling;
  const top = topPlace();
  for (let place = BOTTOM; place < top; place++) {
    if (((stack[place] as number) & STRETCH) !== 0) others--;
  }
  return others > 0;
}

let verify: (() => void) | undefined;

/** Sets what ends the calls whose promise has settled. */
export function setVerifier(task: () => void): void {
  verify = task;
}

/** {@link othersInFlight}, where it is worth a look at the promises that calls wait for. */
export function othersInFlightNow(): boolean {
  verify?.();
  return othersInFlight();
}

/** Tells of each call listed whose it is, and when it began, in monotonic nanoseconds. */
export function listInFlight(tell: (site: number, beganNs: number) => void): void {
  for (let slot = 1; slot < unused; slot++) {
    const owner = slots[slot] as number;
    if (owner < 0) tell(~owner, stampNs(FIRST_SLOT + slot));
  }
}

/** The calls of a site. Exact in number; of too many at a time not all are listed. */
export class InFlight {
  count: number = 0;
  /** Of these, the ones that are only counted and count when they end. */
  counted: number = 0;
  /** Calls ever begun. */
  begun: number = 0;
  /** Promises in a row that were pending as they were returned, or, below 0, had settled. */
  pendingInRow: number = 0;
  private listed: number = 0;
  private readonly site: number;

  constructor(site: number) {
    this.site = site;
  }

  /** Calls ever ended. */
  get ended(): number {
    return this.begun - this.count;
  }

  /**
   * A call has begun that is only counted.
   *
   * @param hasReturned - It goes on in a promise, and counted as it began.
   */
  begin(hasReturned: boolean): void {
    if (!hasReturned) this.counted++;
    this.note();
  }

  /** Such a call has ended. */
  end(hasReturned: boolean): void {
    if (!hasReturned) this.counted--;
    this.count--;
    open--;
  }

  private note(): void {
    this.begun++;
    this.count++;
    open++;
  }

  /**
   * A call begins.
   *
   * @returns Its slot, which {@link remove} is to be given and whose stamp is to be set; 0 where there is none.
   */
  add(): number {
    this.note();
    if (taken >= SLOTS / 2 && (this.listed >= MOST_OF_A_SITE || taken === SLOTS - 1)) return 0;
    taken++;
    this.listed++;
    let slot = free;
    if (slot === 0) slot = unused++;
    else free = slots[slot] as number;
    slots[slot] = ~this.site;
    return slot;
  }

  /** Such a call has ended. */
  remove(slot: number): void {
    this.count--;
    open--;
    if (slot === 0) return;
    taken--;
    this.listed--;
    slots[slot] = free;
    free = slot;
  }
}
