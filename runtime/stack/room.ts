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

/** The rest of a call, and of a plain function that it calls, takes 4 kB at most, in V8's interpreter half as much again. */
const WORDS = 1024;

const { apply } = Reflect;
const promise = Promise;
const { reject } = promise;
const { then } = promise.prototype;
let words: undefined[] | undefined;
let isParsed = false;

/**
 * A call begins that outlives its stack, if there is room for the rest of it. Where telling of its `await` throws, for want of
 * stack, the promise that was to be awaited has no handler, and if it is rejected Node ends the program, which has caught
 * the error.
 *
 * @throws RangeError where there is none
 */
export function needRoom(): void {
  if (!isParsed && hasRoom()) {
    isParsed = true;
    // What Node does where a rejected promise has no handler, and where it gets one: if it cannot be told of the second for want
    // of stack, and could of the first, it ends the program.
    apply(then, apply(reject, promise, []), [nothing, nothing]);
  }
  // As arguments: V8 looks whether they fit before it puts them on the stack. 0.5 us.
  apply(nothing, undefined, (words ??= manyWords()));
}

function nothing(): void {}

function manyWords(): undefined[] {
  const made: undefined[] = [];
  for (let i = 0; i < WORDS; i++) made[i] = undefined;
  return made;
}
