/** Functions that become slower little by little over a run, whose last calls are all alike. */
import { describe, expect, test } from 'vitest';
import { driftOf } from '../../cli/profile/drift.ts';
import type { Timeline } from '../../cli/profile/timeline.ts';
import { aggregate, head, runCli, site, START, writeJournal } from './support.ts';
import { MS_STEP, NOISES, shareOf, timelineOf } from './timelines.ts';

describe('of 1,000 seeded runs', () => {
  const found = (growth: number, memory: number): number =>
    shareOf(driftOf, (part) => 1 + (growth - 1) * part, memory);

  test.each(NOISES)('%s: noise alone is told of 1 in 20 at most', (_, memory) =>
    expect(found(1, memory)).toBeLessThanOrEqual(0.05),
  );

  test('what becomes twice as slow is told', () => expect(found(2, 0)).toBeGreaterThanOrEqual(0.95));

  test('what becomes faster is not', () => expect(found(0.5, 0)).toBe(0));
});

const RISING = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

test.each<[what: string, timeline: Timeline, expected: object | undefined]>([
  ['first and last quarter', timelineOf(RISING), { fromMs: 2, toMs: 11 }],
  ['many steps', timelineOf(RISING.flatMap((ms) => Array<number>(5).fill(ms))), { toMs: expect.any(Number) }],
  ['pauses', timelineOf(RISING.flatMap((ms) => [ms, undefined])), { fromMs: expect.any(Number) }],
  ['too few steps', timelineOf([1, 2, 4, 8, 16, 32, 64]), undefined],
  [
    'two states of a journal, spread over its steps',
    timelineOf([...Array(8).fill(1), ...Array(8).fill(9)]),
    undefined,
  ],
  ['few calls', timelineOf(RISING, 4), undefined],
  ['a fifth', timelineOf(RISING.map((ms) => 100 + ms)), undefined],
  ['what takes no time', timelineOf(RISING.map((ms) => ms / 1e6)), undefined],
  ['nothing timed', timelineOf(Array(12).fill(undefined)), undefined],
  ['one step upwards and down again', timelineOf([1, 1.1, 1, 5, 5.1, 5, 1, 1.1, 1, 5, 5.1, 5]), undefined],
])('%s', (_, timeline, expected) => {
  if (expected === undefined) expect(driftOf(timeline)).toBeUndefined();
  else expect(driftOf(timeline)).toMatchObject(expected);
});

test('a report warns of it, as text, data and page', () => {
  let calls = 0;
  let totalMs = 0;
  const states = RISING.map((ms, i) => {
    calls += 10;
    totalMs += 10 * ms;
    const sites = [aggregate(0, calls, totalMs / calls), aggregate(1, calls, 5)];
    return { t: 'agg', at: START + (i + 1) * MS_STEP, sites, metrics: calls };
  });
  const sites = [site(0, 'src/a.grows', { file: 'src/a.ts', line: 3 }), site(1, 'src/a.steady')];
  const dir = writeJournal({ r: { 'a.tkap': [head(), ...sites, ...states] } });
  const run = (...args: readonly string[]): string => runCli(['report', '--dir', dir, ...args]).stdout;
  const warning =
    /^src\/a\.grows is getting slower: [12]\.\d\dms in the first quarter, 1[01]\.\d\dms in the last \(src\/a\.ts:3\)$/;
  expect(run()).toMatch(new RegExp(`^  • ${warning.source.slice(1)}`, 'm'));
  expect(JSON.parse(run('--json')).warnings).toEqual([expect.stringMatching(warning)]);
  expect(run('--html', '-')).toContain('src/a.grows is getting slower: ');
});
