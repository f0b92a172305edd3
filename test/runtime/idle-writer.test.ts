/** What is known of a writer that nothing is called in: a process that is killed was there until it was last heard of. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { epochNow, setClock } from '../../runtime/platform/clock.ts';
import { findRun } from '../../cli/journal/catalog.ts';
import { readProfile } from '../../cli/profile/read-profile.ts';
import { LongRun, sizeOf } from '../support/history.ts';

const home = mkdtempSync(join(tmpdir(), 'tka-perf-idle-'));
afterAll(() => {
  setClock();
  rmSync(home, { recursive: true, force: true });
});

test.each([3, 20, 300, 40_000])('it idles for %i s and is killed', (seconds) => {
  const dir = mkdtempSync(join(home, 'j-'));
  const run = new LongRun(dir, 1);
  run.callAll(1);
  run.flushAfter(1000);
  const [folder = ''] = readdirSync(dir).filter((name) => name === 'long');
  const before = sizeOf(join(dir, folder));
  const activeMs = run.clock.ms;
  for (let i = 0; i < seconds; i++) run.flushAfter(1000);
  const [writer] = readProfile(findRun(dir, 'long')).writers;
  const idleMs = run.clock.ms - activeMs;
  const unheardMs = epochNow() - (writer?.lastAt ?? 0);
  expect(unheardMs).toBeLessThanOrEqual(Math.max(1000, Math.min(30_000, idleMs / 16) + 1000));
  // As little as there is to say.
  expect(sizeOf(join(dir, folder)) - before).toBeLessThan(24 * 90 + 0.9 * seconds);
});
