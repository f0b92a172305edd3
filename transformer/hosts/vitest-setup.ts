/**
 * A setup file that `tka-perf/vite` adds to Vitest projects: Vitest ends its workers from outside, so that no exit of
 * theirs writes the journal. Written after each test file instead.
 */
import { afterAll } from 'vitest';

interface Registered {
  readonly monitor: { flush(): void };
}

afterAll(() => {
  const registry = (globalThis as { [key: symbol]: Registered | undefined })[Symbol.for('tka-perf')];
  registry?.monitor.flush();
});
