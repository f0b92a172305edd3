/** How long the thread has waited for something to do. */
import { globalOf } from './platform.ts';

let read: (() => number) | undefined;

/** Milliseconds that it has waited in its event loop so far; 0 where nobody tells, and while it has not come there yet. */
export function idleMs(): number {
  return (read ??= readerOf())();
}

/** Has another one tell it; none: the platform's own again. */
export function setIdle(reader?: () => number): void {
  read = reader;
}

/** Node's. Asked for late: of programs that have not, it makes `performance`, which takes a millisecond and more. */
function readerOf(): () => number {
  try {
    const clock = globalOf('performance') as
      | { eventLoopUtilization?: () => { readonly idle: number } }
      | undefined;
    const idle = clock?.eventLoopUtilization?.bind(clock);
    if (idle !== undefined && idle().idle >= 0) return () => idle().idle;
  } catch {
    // somebody's stand-in for it
  }
  return () => 0;
}
