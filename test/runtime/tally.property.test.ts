/** What the log holds comes into the sums, whatever runs its entries make. */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { recent } from '../../runtime/tally/recent.ts';
import {
  CHILDREN,
  ERRORS,
  MAX,
  MIN,
  OPEN_TOTAL,
  OUTERMOST,
  RAW,
  TIMED,
  TOTAL,
  WEIGHT,
} from '../../runtime/tally/sums.ts';
import type { Site } from '../../runtime/call/site.ts';
import { makeSite } from './support.ts';

const entry = fc.record({
  durationNs: fc.integer({ min: -5, max: 1e6 }),
  weight: fc.constantFrom(1, 1, 3, 1000),
  isInner: fc.boolean(),
  isOpen: fc.boolean(),
  isCalled: fc.boolean(),
  /** So many of the same, one behind the other. */
  times: fc.constantFrom(1, 2, 63, 64, 65, 300),
});

test('all sums are those of the single entries', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 12 }), (entries) => {
      const site = makeSite('f');
      const caller = makeSite('caller');
      const { tally } = site;
      tally.open();
      caller.tally.open();
      const all = entries.flatMap((each) => Array.from({ length: each.times }, () => each));
      for (const { durationNs, weight, isInner, isOpen, isCalled } of all)
        recent.add(site.number, {
          ok: true,
          durationNs,
          rawNs: durationNs + 40,
          caller: isCalled ? caller.number : -1,
          isInner,
          isOpen,
          weight,
          endMs: 1,
          extra: undefined,
        });
      recent.drain();
      const sum = (of: (each: (typeof all)[number]) => number): number =>
        all.reduce((total, each) => total + of(each), 0);
      expect(tally.at(TIMED)).toBe(all.length);
      expect(tally.at(WEIGHT)).toBe(sum(({ weight }) => weight));
      expect(tally.at(TOTAL)).toBe(sum(({ weight, durationNs }) => weight * durationNs));
      expect(tally.at(RAW)).toBe(sum(({ weight, durationNs }) => weight * (durationNs + 40)));
      expect(tally.at(OUTERMOST)).toBe(
        sum(({ weight, durationNs, isInner }) => (isInner ? 0 : weight * durationNs)),
      );
      expect(tally.at(OPEN_TOTAL)).toBe(
        sum(({ weight, durationNs, isOpen }) => (isOpen ? weight * durationNs : 0)),
      );
      expect(caller.tally.at(CHILDREN)).toBe(
        sum(({ weight, durationNs, isCalled }) => (isCalled ? weight * durationNs : 0)),
      );
      const durations = all.map(({ durationNs }) => durationNs);
      expect(tally.at(MIN)).toBe(Math.min(...durations, Infinity));
      expect(tally.at(MAX)).toBe(Math.max(...durations, 0));
      const { counts, zeroCount } = tally.histogram.toRecord();
      expect(zeroCount).toBe(sum(({ weight, durationNs }) => (durationNs > 0 ? 0 : weight)));
      expect(counts.reduce((total, count) => total + count, zeroCount)).toBe(tally.at(WEIGHT));
      expect([...tally.lastDurations()]).toEqual(durations.slice(-100).map(Math.fround));
    }),
    { numRuns: 150 },
  );
});

test('a bucket that is full for 32 bits goes on in 64', () => {
  const { tally, number } = makeSite('f');
  tally.open();
  const call = {
    ok: true,
    durationNs: 1000,
    rawNs: 1000,
    caller: -1,
    isInner: false,
    isOpen: false,
    endMs: 1,
  };
  recent.add(number, { ...call, weight: 2 ** 31 - 3, extra: undefined });
  for (let i = 0; i < 200; i++) recent.add(number, { ...call, weight: 1, extra: undefined });
  recent.drain();
  expect(tally.histogram.toRecord().counts).toEqual([2 ** 31 + 197]);
});

test('where adding up is broken off, what was noted is added later, and to no other function', () => {
  const calls = { ok: true, rawNs: 1000, caller: -1, isInner: false, isOpen: false, weight: 1, endMs: 1 };
  const [first, broken, other] = [makeSite('first'), makeSite('broken'), makeSite('other')];
  for (const { tally } of [first, broken, other]) tally.open();
  const note = ({ number }: Site, durationNs: number): void => {
    for (let i = 0; i < 20; i++)
      recent.add(number, { ...calls, durationNs: durationNs * 1.5 ** i, extra: undefined });
  };
  note(first, 100);
  note(broken, 1000);
  const { histogram } = broken.tally;
  let left = 5;
  const add = histogram.addAt.bind(histogram);
  histogram.addAt = (index, times) => {
    if (left-- === 0) throw new RangeError('no stack left');
    add(index, times);
  };
  expect(() => recent.drain()).toThrow(RangeError);
  note(other, 10);
  recent.drain();
  for (const { tally } of [first, other]) {
    const { counts } = tally.histogram.toRecord();
    expect(counts.reduce((total, count) => total + count)).toBe(20);
    expect(tally.at(WEIGHT)).toBe(20);
  }
  expect(broken.tally.at(WEIGHT)).toBe(20);
});

test('where the last durations are broken off, calls and errors are counted once all the same', () => {
  const { tally, number } = makeSite('f');
  tally.open();
  const failed = { ok: false, durationNs: 50, rawNs: 90, caller: -1, isInner: false, isOpen: false };
  for (let i = 0; i < 90; i++) recent.add(number, { ...failed, weight: 1, endMs: 1, extra: undefined });
  Object.defineProperty(tally, 'ring', {
    configurable: true,
    get: () => {
      Reflect.deleteProperty(tally, 'ring'); // only the first time
      throw new RangeError('no stack left');
    },
  });
  expect(() => recent.drain()).toThrow(RangeError);
  recent.drain();
  expect([tally.calls, tally.at(ERRORS), tally.lastDurations().length]).toEqual([90, 90, 90]);
  expect(tally.histogram.toRecord().counts).toEqual([90]);
});

test('what a call carries may be lost, and not the call', () => {
  const { tally, number } = makeSite('f');
  tally.open();
  recent.resize(100);
  const call = { durationNs: 50, rawNs: 90, caller: -1, isInner: false, isOpen: false, weight: 1, endMs: 1 };
  const set = vi.spyOn(Map.prototype, 'set').mockImplementation(() => {
    throw new RangeError('no stack left');
  });
  let thrown: unknown;
  try {
    recent.add(number, { ...call, ok: false, extra: { error: 'e' } });
  } catch (error) {
    thrown = error;
  } finally {
    set.mockRestore();
  }
  expect(thrown).toBeInstanceOf(RangeError);
  recent.drain();
  expect([tally.calls, tally.at(ERRORS)]).toEqual([1, 1]);
});
