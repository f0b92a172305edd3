/** Functions that become slower at once and stay so, whose last calls are all alike. */
import { describe, expect, test } from 'vitest';
import { driftOf } from '../../cli/profile/drift.ts';
import { shiftOf } from '../../cli/profile/shift.ts';
import type { Timeline } from '../../cli/profile/timeline.ts';
import { aggregate, head, runCli, site, START, writeJournal } from './support.ts';
import { MS_STEP, NOISES, shareOf, timelineOf } from './timelines.ts';

describe('of 1,000 seeded runs', () => {
  const steady = (): number => 1;
  const found = (growth: number, at: number): number =>
    shareOf(shiftOf, (part) => (part < at ? 1 : growth), 0);

  test.each(NOISES)(
    '%s: noise alone is told of 1 in 50 at most, and no more often than a drift',
    (_, memory) => {
      const share = shareOf(shiftOf, steady, memory);
      expect(share).toBeLessThanOrEqual(0.02);
      expect(share).toBeLessThanOrEqual(shareOf(driftOf, steady, memory));
    },
  );

  test.each([0.3, 0.5, 0.7])('what becomes three times as slow is told, at %d of the run', (at) =>
    expect(found(3, at)).toBeGreaterThanOrEqual(0.75),
  );

  test('what becomes faster is not', () => expect(found(1 / 3, 0.5)).toBe(0));
});

/** Around a level, no two alike. */
const around = (ms: number, steps: number): number[] =>
  Array.from({ length: steps }, (_, i) => ms * (1 + 0.02 * Math.sin(5 * i)));
const SHIFTED = [...around(1, 8), ...around(3, 8)];

test.each<[what: string, timeline: Timeline, since: number | undefined]>([
  ['at half of the run', timelineOf(SHIFTED), 8],
  ['at a quarter', timelineOf([...around(1, 4), ...around(3, 12)]), 4],
  ['at three quarters', timelineOf([...around(1, 12), ...around(3, 4)]), 12],
  ['within a step', timelineOf([...around(1, 8), 1.5, ...around(3, 7)]), 9],
  ['many steps', timelineOf(SHIFTED.flatMap((ms) => [ms, ms, ms])), 24],
  ['pauses', timelineOf(SHIFTED.flatMap((ms) => [ms, undefined])), 16],
  ['one slow step before', timelineOf([...around(1, 5), 1.4, ...around(1, 2), ...around(3, 8)]), 8],
  ['too near to the end', timelineOf([...around(1, 14), ...around(3, 2)]), undefined],
  ['too few steps', timelineOf([...around(1, 4), ...around(3, 4)]), undefined],
  ['upwards and down again', timelineOf([...around(1, 5), ...around(3, 6), ...around(1, 5)]), undefined],
  [
    'two states of a journal, spread over its steps',
    timelineOf([...Array(8).fill(1), ...Array(8).fill(9)]),
    undefined,
  ],
  ['slow first calls', timelineOf([...around(3, 4), ...around(1, 12)]), undefined],
  ['few calls', timelineOf(SHIFTED, 3), undefined],
  ['a fifth', timelineOf([...around(1, 8), ...around(1.2, 8)]), undefined],
  ['what takes no time', timelineOf(SHIFTED.map((ms) => ms / 1e6)), undefined],
  ['little by little', timelineOf(Array.from({ length: 16 }, (_, i) => 1 + i)), undefined],
  ['nothing timed', timelineOf(Array(12).fill(undefined)), undefined],
])('%s', (_, timeline, since) => {
  if (since === undefined) expect(shiftOf(timeline)).toBeUndefined();
  else {
    expect(shiftOf(timeline)).toEqual({
      fromMs: expect.closeTo(1, 1),
      toMs: expect.closeTo(3, 1),
      sinceMs: START + since * MS_STEP,
    });
  }
});

/** The warnings of a report of a function that becomes slower in the middle of the run. */
function warningsOf(
  changes: (calls: number) => Parameters<typeof aggregate>[3],
  callsPerStep: number = 10,
): string[] {
  let calls = 0;
  let totalMs = 0;
  const states = SHIFTED.map((ms, i) => {
    calls += callsPerStep;
    totalMs += callsPerStep * ms;
    return {
      t: 'agg',
      at: START + (i + 1) * MS_STEP,
      sites: [aggregate(0, calls, totalMs / calls, changes(calls))],
      metrics: calls,
    };
  });
  const sites = [site(0, 'src/a.shifts', { file: 'src/a.ts', line: 3 })];
  const dir = writeJournal({ r: { 'a.tkap': [head(), ...sites, ...states] } });
  const report = (...args: readonly string[]): string => runCli(['report', ...args, '--dir', dir]).stdout;
  const { warnings } = JSON.parse(report('--json')) as { warnings: string[] };
  // All views tell the same, though the page draws time lines large.
  const page = report('--html', '-');
  for (const warning of warnings) expect(page).toContain(warning);
  return warnings;
}

test('a report warns of it, and of no drift beside', () =>
  expect(warningsOf(() => ({}))).toEqual([
    expect.stringMatching(
      /^src\/a\.shifts has become slower: (?:1\.0\dms|9\d\d\.\d\dµs) before, [23]\.\d\dms since 2026-11-23 12:00:0[789] \(src\/a\.ts:3\)$/,
    ),
  ]));

test('where calls were drawn the report warns if these tell it, and not if the mean may be off by more than half', () => {
  const drawn = (marginMs: number) => (calls: number) => ({
    timed: calls / 2,
    represented: calls,
    spread: (calls * marginMs * 1e3) ** 2 / 4,
  });
  expect(warningsOf(drawn(0.5))).toHaveLength(1);
  expect(warningsOf(drawn(5))).toEqual([]);
  // What they tell is longer than the run, and so is not what is told in the end.
  expect(warningsOf(drawn(0.1), 1000)).toEqual([]);
});
