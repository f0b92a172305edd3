/** What the runtime could not do, counted: it never throws into the program and never prints. */

const counts = new Map<string, number>();

/** Counts one failure under a stable code. */
export function countFailure(code: string): void {
  counts.set(code, (counts.get(code) ?? 0) + 1);
}

/** Codes and how often each happened. */
export function failureCounts(): Readonly<Record<string, number>> {
  return Object.fromEntries(counts);
}

/** The system's code of an error; `internal` where it has none. */
export function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException | undefined)?.code ?? 'internal');
}

/** Runs `task`; counts a failure by its system code, or as `internal`, instead of throwing. */
export function guarded<T>(task: () => T): T | undefined {
  try {
    return task();
  } catch (error) {
    countFailure(codeOf(error));
    return undefined;
  }
}
