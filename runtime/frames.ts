/**
 * The shadow stack of instrumented synchronous code, and the few words of state that the fast path tests.
 *
 * A frame is some numbers at the same index of typed arrays, so that a call allocates nothing. The arrays are
 * constants, which V8 compiles to fixed addresses; of their size only the pages in use take memory. A call that is only
 * counted has a frame too, without times: a timed call below it must know whose child it is.
 */

/** Small integers in one array of a fixed address, so that a test of them is one load and one comparison. */
export const hot: Int32Array = new Int32Array(16);
/** Frames in use. */
export const DEPTH = 0;
/** Not 0 while failures wait for their error to become known: the next entry or exit must be told. */
export const PENDING = 1;
/** Not 0 asks the next timed call to take a memory sample. */
export const SAMPLE = 2;

/** Frames there is room for; V8's default stack ends at some 11,000 calls. Calls below that are not measured. */
export const FRAMES: number = 1 << 16;

/** Number of the frame's site in the lower bits, and flags. */
export const frameTag: Int32Array = new Int32Array(FRAMES);
/** The bits of a tag, and of a log entry, that are a site's number. */
export const SITE_MASK = 0xff_ffff;
/** Flag of a call that is counted and not timed. */
export const COUNTED: number = 1 << 24;
/** Flag of a call whose end leaves the fast path: it carries more than its start. */
export const LADEN: number = 1 << 25;
/** Flag of a stretch of an async function or a generator. */
export const STRETCH: number = 1 << 26;

/** Flag of a timed call that stands for others too. */
export const WEIGHED: number = 1 << 27;
/** For how many calls it stands; negative inside of a call of the same function. */
export const frameWeight: Float64Array = new Float64Array(FRAMES);

/** Monotonic milliseconds at which the call began. */
export const frameStartMs: Float64Array = new Float64Array(FRAMES);
/** What `pace[OVERHEAD]` was then. */
export const frameOverheadMs: Float64Array = new Float64Array(FRAMES);

/** Times that the fast path reads, in one array. */
export const pace: Float64Array = new Float64Array([Infinity, 0, 0, 0, 0]);
/** Monotonic milliseconds from which on an exit leaves the fast path to do what has become due. */
export const DUE = 0;
/** Milliseconds that measuring has taken in this thread so far: no call's own time. */
export const OVERHEAD = 1;
/** What a timed call adds to that, in milliseconds. */
export const COST = 2;
/** The part of it that lies between the call's own two readings of the clock, in nanoseconds. */
export const INNER_NS = 3;
/** The same of a call that is timed among others that are not: V8 and the processor are slower at what they seldom do. */
export const SAMPLED_INNER_NS = 4;

/** Takes time that the runtime spent on itself off every call that is going on. */
export function excludeTime(durationMs: number): void {
  pace[OVERHEAD] = (pace[OVERHEAD] as number) + durationMs;
}

/**
 * The same of a stretch that is over, in which other stretches may have been taken off already.
 *
 * @param overheadMs - What `pace[OVERHEAD]` was as it began.
 */
export function excludeStretch(overheadMs: number, durationMs: number): void {
  pace[OVERHEAD] = overheadMs + durationMs;
}

/** Pushes a frame that began at `atMs`. */
export function pushFrame(tag: number, atMs: number): void {
  const depth = hot[DEPTH] as number;
  frameTag[depth] = tag;
  frameOverheadMs[depth] = pace[OVERHEAD] as number;
  frameStartMs[depth] = atMs;
  hot[DEPTH] = depth + 1;
}

/** Pushes a frame of which no time is asked. */
export function pushCounted(tag: number): void {
  frameTag[(hot[DEPTH] as number)++] = tag;
}

/**
 * Pops down to the topmost frame of a site: frames above it have lost their exit.
 *
 * @param flags - Flags that the frame must have.
 * @returns The frame's place, -1 where there is none.
 */
export function popFrame(site: number, flags: number): number {
  let depth = (hot[DEPTH] as number) - 1;
  while (depth >= 0 && !isFrameOf(depth, site, flags)) depth--;
  if (depth >= 0) hot[DEPTH] = depth;
  return depth;
}

/** Whether the frame at that place is one of the site, with these flags. */
export function isFrameOf(depth: number, site: number, flags: number): boolean {
  const tag = frameTag[depth] as number;
  return (tag & SITE_MASK) === site && (tag & flags) === flags;
}

/** Nanoseconds of program time since the frame's beginning. */
export function elapsedNs(depth: number, atMs: number): number {
  const overheadMs = (pace[OVERHEAD] as number) - (frameOverheadMs[depth] as number);
  return (atMs - (frameStartMs[depth] as number) - overheadMs) * 1e6;
}

/** Number of the site below a frame, -1 at the bottom: it is the caller. */
export function callerOf(depth: number): number {
  return depth > 0 ? (frameTag[depth - 1] as number) & SITE_MASK : -1;
}

/**
 * Drops frames whose exit never came (a `RangeError` for want of stack can strike inside `enter` or `exit`). Called
 * where no synchronous call can be alive: from a timer.
 */
export function dropLostFrames(): void {
  hot[DEPTH] = 0;
}
