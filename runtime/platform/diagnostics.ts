/** What the runtime could not do, counted: it never throws into the program and never prints. */

/** Without a prototype, and no map: its methods are the program's to replace, and this is what is left where they throw. */
const counts: Record<string, number> = Object.create(null);

/** Counts one failure under a stable code. */
export function countFailure(code: string): void {
  counts[code] = (counts[code] ?? 0) + 1;
}

/** Codes and how often each happened. */
export function failureCounts(): Readonly<Record<string, number>> {
  return { ...counts };
}

/** The system's code of an error; `internal` where it has none. */
export function codeOf(error: unknown): string {
  const code: unknown = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === 'string' ? code : 'internal';
}

/** Runs `task`; counts a failure by its system code, or as `internal`, instead of throwing; after what it was `about`. */
export function guarded<T>(task: () => T, about: string = ''): T | undefined {
  try {
    return task();
  } catch (error) {
    try {
      countFailure(about + codeOf(error));
    } catch {
      // no stack left for it
    }
    return undefined;
  }
}

/** The same of the journal’s files. */
export function guardedJournal<T>(task: () => T): T | undefined {
  return guarded(task, 'journal-');
}
