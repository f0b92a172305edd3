/**
 * The memory that the reading thread and the one that asks for files share. Each file is read by the one that claims it
 * first: the reading thread goes ahead as long as a slot is free, the other waits only for what is being read right now.
 */
export interface SharedReading {
  readonly paths: readonly string[];
  /** By number of the file: one of the states below, from {@link IN_SLOT} on with the number of the slot added. */
  readonly states: Int32Array;
  /** By slot: {@link FREE}, {@link TAKEN} or {@link OVER}. */
  readonly slots: Int32Array;
  /** By slot, {@link FACTS} numbers for each: what there is to know of the file in it. */
  readonly facts: Float64Array;
  /** By slot, {@link SLOT_BYTES} for each. */
  readonly bytes: Uint8Array;
}

/** Nobody has claimed it. */
export const UNREAD = 0;
/** Who asks for it has to read it. */
export const LEFT = 1;
/** The reading thread is at it. */
export const BUSY = 2;
export const IN_SLOT = 3;

export const FREE = 0;
export const TAKEN = 1;
/** Nothing will be asked for any more. */
export const OVER = 2;

/** Size, epoch milliseconds of the last write; of the last state: from, to, end. */
export const FACTS = 5;
/** Larger files are left. */
export const SLOT_BYTES: number = 2 ** 20;
const SLOTS = 8;

/** Nothing read yet. */
export function sharedReadingOf(paths: readonly string[]): SharedReading {
  return {
    paths,
    states: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * paths.length)),
    slots: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * SLOTS)),
    facts: new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT * FACTS * SLOTS)),
    bytes: new Uint8Array(new SharedArrayBuffer(SLOT_BYTES * SLOTS)),
  };
}

/** The bytes of a slot. */
export function bytesOf({ bytes }: SharedReading, slot: number): Buffer {
  return Buffer.from(bytes.buffer, SLOT_BYTES * slot, SLOT_BYTES);
}

/** The facts of a slot. */
export function factsOf({ facts }: SharedReading, slot: number): Float64Array {
  return facts.subarray(FACTS * slot, FACTS * (slot + 1));
}
