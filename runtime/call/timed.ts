/** A synchronous call that is measured around a function, at run time. */
import { enter, exit, failWith } from './entry.ts';
import { live, type Probe } from './on-off.ts';
import { Site } from './site.ts';

/**
 * Makes a call and measures it; while nothing is measured, only makes it. Returns and throws what `run` does.
 *
 * @param args - The arguments, where they are to be hashed.
 */
export function timed<T>(probe: Probe, args: ArrayLike<unknown> | undefined, run: () => T): T {
  const site = live(probe);
  if (!(site instanceof Site)) return run();
  const token = enter(site.number, 0, args);
  let value: T;
  try {
    value = run();
  } catch (error) {
    failWith(token, error);
    throw error;
  }
  exit(~token, value);
  return value;
}
