/**
 * The cells that histograms count in: groups of eight, of all histograms together, in blocks that never move. Two arrays
 * for each histogram, made anew as it grows, were most of what V8 had to clear up after the first calls of functions.
 */

/** log2 of the cells in a group. Durations lie close together, and where something interrupted them far off. */
export const GROUP_SHIFT = 3;
/** Cells in a group. */
export const GROUP = 8;
/** log2 of the groups in a block. */
const BLOCK_SHIFT = 9;
/** The bits of a group's number that say where in its block it is. */
const IN_BLOCK = (1 << BLOCK_SHIFT) - 1;

const blocks: Int32Array[] = [];
/** Groups that were given back, of zeros. */
const free: number[] = [];
/** The number of the next new group: 0 is none's. */
let next = 1;
/** By group: for each cell what is to be added to its count, and to what was told of it; most never count so much. */
const highs = new Map<number, Float64Array>();

/** The number of a group of zeros that nobody has. */
export function takeGroup(): number {
  const returned = free.pop();
  if (returned !== undefined) return returned;
  if (next >> BLOCK_SHIFT === blocks.length) blocks.push(new Int32Array(GROUP << BLOCK_SHIFT));
  return next++;
}

/** It is somebody else's from now on. */
export function giveBack(group: number): void {
  const place = placeOf(group);
  blockOf(group).fill(0, place, place + GROUP);
  highs.delete(group);
  free.push(group);
}

/** Where the cells of a group are. */
export function blockOf(group: number): Int32Array {
  return blocks[group >> BLOCK_SHIFT] as Int32Array;
}

/** Place of the first of them in there. */
export function placeOf(group: number): number {
  return (group & IN_BLOCK) << GROUP_SHIFT;
}

/** What is above the cells of a group, if anything is: two numbers for each. */
export function highOf(group: number): Float64Array | undefined {
  return highs.get(group);
}

/** The same where something is about to be. */
export function makeHigh(group: number): Float64Array {
  const known = highs.get(group) ?? new Float64Array(2 * GROUP);
  highs.set(group, known);
  return known;
}
