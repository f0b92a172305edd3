/**
 * The state of promises, as `util.inspect` prints it: the only account that leaves a promise alone. Looking takes 1 us for each of
 * a hundred, and 9 for one alone.
 */
import { errorText } from './error-text.ts';
import { builtin } from '../platform/platform.ts';

const { inspect } = builtin('node:util') ?? {};

/** Whether the platform has the means. */
export const canLook: boolean = inspect !== undefined;

/** All that matters is said: what is not, a program may have set for all (`inspect.defaultOptions`). */
const PEEK = {
  depth: 1,
  colors: false,
  compact: true,
  customInspect: false,
  getters: false,
  showHidden: false,
  showProxy: false,
  sorted: false,
  maxArrayLength: Infinity,
  maxStringLength: 200,
  breakLength: Infinity,
} as const;

/** What a promise may hold that is printed as it is, by the names that its style has. */
const PRIMITIVES: ReadonlySet<string> = new Set([
  'undefined',
  'null',
  'number',
  'bigint',
  'boolean',
  'symbol',
]);

/** What is found out of a promise. */
export interface Look {
  state: 'pending' | 'fulfilled' | 'rejected';
  /** The text of a rejected promise's reason: an error's message, or what is no object; nothing is told of other objects. */
  message: string | undefined;
}

/** What `inspect` works with, as far as it is used here: `stylize` is called as its method. */
interface Context {
  /** What it is printing: the list alone, or one of the promises too. */
  seen?: unknown[];
}

/**
 * Looks at promises, and not into them: to print what one holds would format an error's stack, of which what the program does
 * to the message later would be no part, and run the getters that `inspect` reads of any object. Told that it has printed
 * that already, it does neither. The `null` is what it tells its context by. What a promise holds comes before it is told to be
 * rejected, what is fastened to it behind.
 */
export function lookAt(promises: readonly Promise<unknown>[]): Look[] {
  const looks: Look[] = [];
  const list: unknown[] = [null];
  for (let i = 0; i < promises.length; i++) {
    looks[i] = { state: 'fulfilled', message: undefined };
    list[i + 1] = promises[i];
  }
  const reasons: unknown[] = [];
  let at = -1;
  const includes = function (this: unknown[], value: unknown): boolean {
    const isOfList = this.length === 1;
    if (isOfList) at++;
    else if (looks[at]?.state !== 'rejected') reasons[at] ??= value;
    return !isOfList;
  };
  const stylize = function (this: Context | undefined, printed: string, kind: string): string {
    const look = looks[at];
    if (!look) {
      if (kind === 'null' && this?.seen?.length === 1) this.seen.includes = includes;
    } else if (kind === 'special') {
      if (printed === '<pending>') look.state = 'pending';
      else if (printed === '<rejected>') look.state = 'rejected';
    } else if (look.state !== 'rejected') {
      if (kind === 'string') look.message ??= printed.slice(1, -1);
      else if (PRIMITIVES.has(kind)) look.message ??= printed;
    }
    return printed;
  };
  try {
    inspect?.(list, { ...PEEK, stylize } as object);
  } catch {
    // Of one that cannot be printed the others are to know nothing.
    if (promises.length > 1) return promises.flatMap((promise) => lookAt([promise]));
    at = -1;
  }
  const isKnown = at === promises.length - 1;
  for (let i = 0; i < looks.length; i++) {
    const look = looks[i] as Look;
    if (!isKnown) look.state = stateOf(promises[i] as Promise<unknown>);
    if (look.state !== 'rejected' || !isKnown) look.message = undefined;
    else if (reasons[i] !== undefined) look.message = errorText(reasons[i]);
  }
  return looks;
}

/** By another platform's `inspect`. */
function stateOf(promise: Promise<unknown>): Look['state'] {
  try {
    return (
      (/\{\s*<(pending|rejected)>/.exec(inspect?.(promise, PEEK) ?? '')?.[1] as Look['state']) ?? 'fulfilled'
    );
  } catch {
    return 'fulfilled'; // a pending promise has nothing in it to throw
  }
}
