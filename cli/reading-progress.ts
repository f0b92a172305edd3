import { statSync } from 'node:fs';
import type { Run } from './journal/catalog.ts';
import { formatBytes } from './text/format.ts';
import { Progress, type Surroundings } from './text/progress.ts';
import { hearReading } from './journal/read.ts';

/** What is done before any view. */
export const READING = 'reading the journal';

/**
 * Does what reads files of these runs, and shows how many of their bytes are read, also of one large file, if it takes
 * long.
 *
 * @param what as {@link READING}, before ", 42 % of 187MB"
 */
export function withReadingProgress<Result>(
  what: string,
  runs: readonly Run[],
  read: () => Result,
  surroundings?: Surroundings,
): Result {
  const bytes = new BytesRead(runs.flatMap(({ files }) => files.map(({ path }) => path)));
  const progress = new Progress(() => `${what}, ${bytes.describe()}`, surroundings);
  try {
    return hearReading((path, position) => {
      bytes.isAt(path, position);
      progress.step();
    }, read);
  } finally {
    progress.end();
  }
}

/** How much of some files is read. A file that is read again counts once. */
class BytesRead {
  private readonly paths: readonly string[];
  private sizes: ReadonlyMap<string, number> | undefined;
  private readonly done = new Set<string>();
  private current: string | undefined;
  private position = 0;

  constructor(paths: readonly string[]) {
    this.paths = paths;
  }

  isAt(path: string, position: number): void {
    if (path !== this.current) {
      if (this.current !== undefined) this.done.add(this.current);
      this.current = path;
      this.position = 0;
    }
    this.position = Math.max(this.position, position);
  }

  /** `42 % of 187MB`. */
  describe(): string {
    // Asked for the first time when it is to be shown: most journals are read by then.
    this.sizes ??= new Map(this.paths.map((path) => [path, sizeOf(path)]));
    const { sizes, current, position, done } = this;
    let total = 0;
    let read = 0;
    for (const [path, size] of sizes) {
      total += size;
      if (done.has(path)) read += size;
      else if (path === current) read += Math.min(size, position);
    }
    return `${total === 0 ? 100 : Math.floor((100 * read) / total)} % of ${formatBytes(total)}`;
  }
}

/** 0 for a file that has gone meanwhile. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
