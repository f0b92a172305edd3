/**
 * The stack of synchronous calls being timed, and the few words of state that the fast path tests.
 *
 * A frame is three numbers at the same index of three typed arrays, so that a call allocates nothing. The arrays are
 * constants, which V8 compiles to fixed addresses; of their size only the pages in use take memory.
 */

/** Bits of `hot.mode`; 0 is the fast path. */
export const STOPPED = 1;
/** The next call to begin takes a memory sample. */
export const SAMPLE_MEMORY = 2;
/** Failures wait for their error to become known. */
export const PENDING = 4;

/** Tested at every entry. */
export const hot = {
  mode: 0,
  /** Frames in use. */
  depth: 0,
};

/** Frames there is room for; V8's default stack ends at some 11,000 calls. Calls below that are not measured. */
export const FRAMES: number = 1 << 16;

/** Number of the frame's site; complemented (`~site`) where the frame carries more than its start. */
export const frameSite: Int32Array = new Int32Array(FRAMES);
/** Monotonic milliseconds at which the call began. */
export const frameStartMs: Float64Array = new Float64Array(FRAMES);
/** Nanoseconds spent in timed calls below this one. */
export const frameChildNs: Float64Array = new Float64Array(FRAMES);

/** `due[0]`: monotonic milliseconds from which on an exit leaves the fast path to do what has become due. */
export const due: Float64Array = new Float64Array([Infinity]);

/** Where {@link excludeTime} last moved a frame's start to, and by how much that frame's has been moved in all. */
const movedToMs: Float64Array = new Float64Array(FRAMES);
const movedMs: Float64Array = new Float64Array(FRAMES);

/** Takes time that the runtime spent on itself off every call on the stack, by beginning them that much later. */
export function excludeTime(durationMs: number): void {
  for (let i = 0; i < hot.depth; i++) {
    const startMs = frameStartMs[i] ?? 0;
    movedMs[i] = (startMs === movedToMs[i] ? (movedMs[i] ?? 0) : 0) + durationMs;
    frameStartMs[i] = movedToMs[i] = startMs + durationMs;
  }
}

/** Monotonic milliseconds at which the call of a frame really began. */
export function frameBeganMs(depth: number): number {
  const startMs = frameStartMs[depth] ?? 0;
  return startMs === movedToMs[depth] ? startMs - (movedMs[depth] ?? 0) : startMs;
}

/**
 * Drops frames whose exit never came (a `RangeError` for want of stack can strike inside `enter` or `exit`). Called
 * where no synchronous call can be alive: from a timer.
 */
export function dropLostFrames(): void {
  hot.depth = 0;
}
