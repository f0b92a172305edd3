/** A process killed at any moment: what it wrote is readable, true, and no older than one interval. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { globSync } from 'tinyglobby';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { findRun } from '../../cli/journal/catalog.ts';
import { readProfile } from '../../cli/profile/read-profile.ts';
import { bundleChild, times } from '../support/bundle.ts';
import { BATCH, killAfter, PER_INTERVAL } from '../support/kill.ts';

const AT_ONCE = 4;

let child: ReturnType<typeof bundleChild>;
let home: string;
beforeAll(() => {
  child = bundleChild(fileURLToPath(new URL('children/killed.ts', import.meta.url)));
});
afterAll(() => child.remove());
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tka-perf-kill-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test(`a process that is killed (${times(24, 200)} times)`, { timeout: 240_000 }, async () => {
  const lost: number[] = [];
  let left = times(24, 200);
  const killer = async (): Promise<void> => {
    while (left-- > 0) {
      const number = left;
      const dir = join(home, String(number));
      // From its first batch to a long run with several segments.
      const truth = await killAfter(child.path, dir, 1 + ((number * 37) % 400), Math.random() * 60);
      const files = globSync('r/*', { cwd: dir });
      if (files.every((file) => statSync(join(dir, file)).size === 0)) {
        // Killed before its first interval was over, or while that was written: behind the file's making, too.
        expect(truth).toBeLessThanOrEqual(PER_INTERVAL + BATCH);
        continue;
      }
      const profile = readProfile(findRun(dir, 'r'));
      const functions = [...profile.functions.values()];
      const calls = functions.reduce((sum, { aggregate }) => sum + aggregate.calls, 0);
      const errors = functions.reduce((sum, { aggregate }) => sum + aggregate.errors, 0);
      expect(calls).toBeLessThanOrEqual(truth);
      // The batch that was told of may not have begun, and one call may end while its interval's flush is written.
      expect(truth - calls).toBeLessThanOrEqual(PER_INTERVAL + BATCH + 1);
      expect(errors).toBe(Math.ceil(calls / 7));
      for (const { aggregate } of functions) {
        const { histogram, timed } = aggregate;
        expect(histogram.counts.reduce((sum, count) => sum + count, histogram.zeroCount)).toBe(timed);
      }
      expect(profile.inFlight).toMatchObject([
        { name: 'src/killed.waits', calls: 1, writer: { state: 'lost' } },
      ]);
      expect(profile.dropped.every(({ reason }) => reason === 'incomplete')).toBe(true);
      lost.push(truth - calls);
      rmSync(dir, { recursive: true });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, killer));
  expect(lost.length).toBeGreaterThan(0);
});
