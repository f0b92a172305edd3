/** Room on the stack. */

/** Function calls that must fit where V8 parses what is called for the first time: some 80 kB. */
const ROOM = 800;

/** Whether there is so much. */
export function hasRoom(calls: number = ROOM): boolean {
  try {
    return calls === 0 || hasRoom(calls - 1);
  } catch {
    return false;
  }
}

/** The rest of a call takes 2 kB at most, and in V8's interpreter, whose frames are larger, not twice as much. */
const WORDS = 512;

const { apply } = Reflect;
let words: undefined[] | undefined;

/**
 * A call begins that outlives its stack, if there is room for the rest of it. Where telling of its `await` throws, for want of
 * stack, the promise that was to be awaited has no handler, and if it is rejected Node ends the program, which has caught
 * the error.
 *
 * @throws RangeError where there is none
 */
export function needRoom(): void {
  // As arguments: V8 looks whether they fit before it puts them on the stack. 0.3 us.
  apply(nothing, undefined, (words ??= manyWords()));
}

function nothing(): void {}

function manyWords(): undefined[] {
  const made: undefined[] = [];
  for (let i = 0; i < WORDS; i++) made[i] = undefined;
  return made;
}
