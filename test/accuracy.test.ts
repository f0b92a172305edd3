import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';

/** As `bench/accuracy.ts` prints it. */
interface Row {
  readonly name: string;
  readonly ownNs: number;
  readonly measuredNs: number;
  readonly timedCalls: number;
}

const BENCH = fileURLToPath(new URL('../bench/index.ts', import.meta.url));

/** Durations against each other in one run, never against a number: both meet the same machine. */
describe('durations by the real clock are those that the functions see themselves', () => {
  const rows = new Map<string, Row>();

  beforeAll(() => {
    const args = ['--import', 'tsx', BENCH, 'accuracy', '--json'];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (!stdout) throw new Error(stderr);
    const { exact, budget } = JSON.parse(stdout) as Record<
      'exact' | 'budget',
      { readonly rows: readonly Row[] }
    >;
    exact.rows.forEach((row) => rows.set(`exact, ${row.name}`, row));
    budget.rows.forEach((row) => rows.set(`budget, ${row.name}`, row));
  }, 120_000);

  const loops = ['1 us', '10 us', '1000 us'].flatMap((loop) => [0, 1, 20].map((n) => `${loop} below ${n}`));

  // Medians, told to 1 %: twice what a quiet machine shows.
  test.each(loops)('%s, every call timed', (name) => {
    const { ownNs, measuredNs } = rows.get(`exact, ${name}`) as Row;
    expect(Math.abs(measuredNs - ownNs)).toBeLessThan(Math.max(0.1 * ownNs, 60));
  });

  // A call timed among thousands that are not meets cold caches, on a busy machine all the more: that is up to some
  // microseconds, and never less than nothing. How many calls the budget has room for depends on the machine.
  test('within the budget, where enough calls are timed for a median, and where most are', () => {
    const judged = loops.slice(0, 6).flatMap((name) => rows.get(`budget, ${name}`) ?? []);
    const most = Math.max(...judged.map(({ timedCalls }) => timedCalls));
    expect(most).toBeGreaterThan(0);
    const known = judged.filter(({ timedCalls }) => timedCalls >= Math.min(100, most));
    for (const { ownNs, measuredNs } of known) {
      expect(measuredNs).toBeGreaterThan(0.75 * ownNs);
      expect(measuredNs).toBeLessThan(1.25 * ownNs + 3000);
    }
  });

  // 200 calls inside: some 20 us of measuring are taken off where each is timed.
  test.each(['exact', 'budget'])('a caller of many functions, %s', (way) => {
    const { ownNs, measuredNs } = rows.get(`${way}, a caller of 200 functions`) as Row;
    expect(measuredNs).toBeGreaterThan(0.5 * ownNs);
    expect(measuredNs).toBeLessThan(3 * ownNs);
  });
});
