/** What loaders say, whatever else can be loaded. */
import { writeSync } from 'node:fs';

/** What an error says, without our name, which {@link tell} puts before it. */
export function reasonOf(error: unknown): string {
  // The parser's own advice is to install it anew.
  for (let cause = error; cause instanceof Error; { cause } = cause)
    if (/loading addons is disabled/.test(cause.message))
      return 'the parser is native code, and Node was told to load none (--no-addons, or --permission without --allow-addons)';
  return error instanceof Error ? error.message.replace(/^\[tka-perf\] /, '') : String(error);
}

/** A line on stderr; straight to the descriptor, since a loader may be on a thread of its own. */
export function tell(message: string): void {
  try {
    writeSync(2, `[tka-perf] ${message}\n`);
  } catch {
    // Nobody listens.
  }
}
