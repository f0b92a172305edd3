/** Totals and means of one function by several writers, each told its own way (runtime/journal/total-estimates.ts). */
import { expect, test } from 'vitest';
import { FunctionFold } from '../../cli/profile/fold.ts';
import { metricsOf } from '../../runtime/report/aggregates.ts';
import { emptySums } from '../../cli/journal/rows.ts';
import {
  LONG,
  LONG_TOTAL,
  MAX,
  MIN,
  NESTED,
  NOT_SELF,
  OUTERMOST_SPREAD,
  SPREAD,
  STOOD_FOR,
  SUM_BITS,
  TIMED,
  TOTAL,
  UNFOLLOWED,
  UNREPRESENTED,
} from '../../runtime/format/layout.ts';
import { studentOf, Z } from '../../runtime/tally/student.ts';
import type { JournalSite, SiteAggregate } from '../../runtime/format/record.ts';

const SITE: JournalSite = { name: 'f', kind: 'function', file: '', line: 1, column: 0, options: {} };

/** Of 100 calls, 10 of them timed. */
const CALLS = { [TIMED]: 10, [STOOD_FOR]: 90, [MIN]: 1, [MAX]: 30 };
/** Draws tell 9,000 ns, bursts 1,000, of which 400 are the function's own. */
const BY_BURSTS = {
  ...CALLS,
  [TOTAL]: 9000,
  [NESTED]: 8000,
  [NOT_SELF]: 8600,
  [SPREAD]: 500,
  [OUTERMOST_SPREAD]: 7,
};
const MEAN_TOO = { ...BY_BURSTS, [UNFOLLOWED]: 1 };
const BY_DRAWS = { ...CALLS, [TOTAL]: 2000, [NOT_SELF]: 500, [SPREAD]: 40 };

function fold(...writers: readonly Readonly<Record<number, number>>[]): SiteAggregate {
  const all = new FunctionFold(SITE, 0);
  for (const columns of writers) {
    const sums = emptySums();
    sums.bits = SUM_BITS;
    for (const [place, value] of Object.entries(columns)) sums.columns[Number(place)] = value;
    all.addSums(sums, undefined, 1);
  }
  return all.result();
}

/** A variance by the normal distribution's quantile, as readers take it for so many timed calls. */
const told = (spread: number, timed: number): number => Math.ceil(spread * (Z / studentOf(timed - 1)) ** 2);

test.each([
  [
    'one writer',
    [MEAN_TOO],
    { calls: 100, totalNs: 1000, rawTotalNs: 1000, selfNs: 400, spread: told(7, 10), histogramNs: 9000 },
  ],
  ['two', [MEAN_TOO, MEAN_TOO], { calls: 200, totalNs: 2000, selfNs: 800, spread: told(14, 20) }],
  [
    'and one by draws',
    [MEAN_TOO, BY_DRAWS],
    { calls: 200, totalNs: 3000, selfNs: 1900, spread: 40 + told(7, 20), histogramNs: 11_000 },
  ],
])('bursts tell the mean, too: %s', (_, writers, expected) => {
  for (const list of [writers, writers.toReversed()]) {
    const aggregate = fold(...list);
    expect(aggregate).toMatchObject(expected);
    expect(aggregate).not.toHaveProperty('outermostNs');
    expect(aggregate).not.toHaveProperty('outermostSpread');
  }
});

test('no less than the slowest call, and no less than the long ones', () => {
  const slow = { ...MEAN_TOO, [MAX]: 3000 };
  expect(fold(slow)).toMatchObject({ totalNs: 3000, spread: told(7, 10) });
  expect(fold({ ...slow, [LONG]: 1, [LONG_TOTAL]: 2500 })).toMatchObject({ totalNs: 3000, longNs: 2500 });
  expect(fold({ ...MEAN_TOO, [LONG]: 1, [LONG_TOTAL]: 2500 })).toMatchObject({ totalNs: 1000, longNs: 1000 });
});

test('it is that of all calls, of each writer however many of its calls the timed ones stand for', () => {
  const few = { ...MEAN_TOO, [TIMED]: 10, [STOOD_FOR]: 0, [UNREPRESENTED]: 90 };
  expect(fold(few)).toMatchObject({ calls: 100, represented: 100, totalNs: 1000 });
  expect(fold(few, MEAN_TOO)).toMatchObject({ calls: 200, represented: 200, totalNs: 2000 });
});

test('where nothing was timed, nothing is told but the total', () => {
  const none = { ...MEAN_TOO, [TIMED]: 0, [STOOD_FOR]: 0, [TOTAL]: 0, [NESTED]: 0, [NOT_SELF]: 0 };
  expect(fold({ ...none, [UNREPRESENTED]: 5 })).toMatchObject({ calls: 5, timed: 0, totalNs: 0, selfNs: 0 });
  expect(fold(none)).toMatchObject({ calls: 0, totalNs: 0 });
});

test('of a function that calls itself the mean is that of its outermost calls at least', () => {
  const site = { ...SITE, file: 'src/f.ts' };
  const avgNs = (columns: Readonly<Record<number, number>>): number =>
    metricsOf(site, fold(columns), 0).avgExecutionTimeMs * 1e6;
  expect(avgNs(BY_BURSTS)).toBeCloseTo(90, 6);
  // Draws have missed what takes most of the time.
  const missed = { ...BY_BURSTS, [NESTED]: -3000, [OUTERMOST_SPREAD]: 40_000 };
  expect(avgNs(missed)).toBeCloseTo(120, 6);
  // As far off as the total is.
  const { avgExecutionTimeMarginMs, totalExecutionTimeMarginMs = 0 } = metricsOf(site, fold(missed), 0);
  expect(avgExecutionTimeMarginMs).toBeCloseTo(totalExecutionTimeMarginMs / 100, 9);
});

test('where some are told by outermost calls, the variance of the others is in that of these', () => {
  for (const others of [BY_DRAWS, { ...MEAN_TOO, [OUTERMOST_SPREAD]: 40 }])
    for (const list of [
      [BY_BURSTS, others],
      [others, BY_BURSTS],
    ])
      expect(fold(...list)).toMatchObject({ outermostSpread: 47 });
  expect(fold(BY_BURSTS, BY_DRAWS)).toMatchObject({ totalNs: 11_000, outermostNs: 3000, spread: 540 });
});
