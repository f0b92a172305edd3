/** What the events of a burst come to, told by hand (runtime/tally/bursts.ts). */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { EventCosts } from '../../runtime/budget/event-costs.ts';
import { setClock } from '../../runtime/platform/clock.ts';
import {
  BEGAN,
  ENDED,
  EVENT_WORDS,
  events,
  MOST_EVENTS,
  PLACE,
  TAG,
  TAG_BELOW,
} from '../../runtime/stack/burst-events.ts';
import { BOTTOM, stack, TOP } from '../../runtime/stack/frames.ts';
import { BURST_NS, isToldByBursts, noteBurst } from '../../runtime/tally/burst-estimates.ts';
import { addBurst, noteBeforeBursts, noteStack } from '../../runtime/tally/bursts.ts';
import { BURST_ALL, BURST_SELF } from '../../runtime/tally/sums.ts';
import type { Site } from '../../runtime/call/site.ts';
import { PerformanceMonitor } from '../../runtime/monitor.ts';
import { callSync, FakeClock, makeSite, statsOf } from './support.ts';

const clock = new FakeClock();
beforeAll(() => {
  clock.install();
  noteBeforeBursts();
});
afterAll(() => setClock());

let a: Site;
let b: Site;
let c: Site;
beforeEach(() => {
  [a, b, c] = ['a', 'b', 'c'].map((name) => {
    const site = makeSite(name, 'function', { memory: false });
    callSync(site, () => {});
    return site;
  }) as [Site, Site, Site];
});

/** The functions on the stack as the burst begins. */
function begin(...sites: readonly Site[]): void {
  sites.forEach(({ number }, i) => (stack[BOTTOM + i] = number));
  stack[TOP] = BOTTOM + sites.length;
  noteStack();
  stack[TOP] = BOTTOM;
}

/** So long after the last event a function is called, or ends, that is the `depth`th on the stack, above another one. */
type Told = readonly [afterNs: number, kind: 'enter' | 'exit', depth: number, site: Site, below?: Site];

/** What the functions are told to have taken, in nanoseconds: each event takes 50 itself. The burst stands for as long as it counts. */
function told(list: readonly Told[], fromNs: number = 0): readonly (readonly [self: number, all: number])[] {
  let ns = 1000;
  events[ENDED] = ns;
  list.forEach(([afterNs, kind, depth, { number }, below], i) => {
    const at = (i + 1) * EVENT_WORDS;
    const place = BOTTOM + depth - 1;
    ns += afterNs;
    events[at + BEGAN] = ns;
    ns += 50;
    events[at + ENDED] = ns;
    events[at + PLACE] = kind === 'enter' ? ~place : place;
    events[at + TAG] = number;
    events[at + TAG_BELOW] = below?.number ?? 0;
  });
  addBurst(list.length + 1, fromNs, BURST_NS / 1e6, new EventCosts());
  return [a, b, c].map(({ tally }) => [tally.at(BURST_SELF), tally.at(BURST_ALL)]);
}

test('what runs from one event to the next is its own time, and that of all on the stack', () => {
  begin(a);
  expect(
    told([
      [1000, 'enter', 2, b, a],
      [300, 'enter', 3, c, b],
      [500, 'exit', 3, c, b],
      [200, 'exit', 2, b, a],
      [30_000, 'exit', 1, a],
    ]),
  ).toEqual([
    [BURST_NS - 1000, BURST_NS],
    [500, 1000],
    [500, 500],
  ]);
});

test('of a recursive function the time counts once', () => {
  begin();
  expect(
    told([
      [0, 'enter', 1, a],
      [100, 'enter', 2, b, a],
      [200, 'enter', 3, a, b],
      [400, 'exit', 3, a, b],
      [800, 'exit', 2, b, a],
      [1600, 'exit', 1, a],
      [40_000, 'enter', 1, c],
    ]),
  ).toEqual([
    [2100, 3100],
    [1000, 1400],
    [0, 0],
  ]);
});

test('what is shared by calls of before the burst that have ended in between is shared out among them', () => {
  begin(a, b, c);
  expect(
    told([
      [900, 'enter', 2, c, a],
      [100, 'exit', 2, c, a],
      [30_000, 'exit', 1, a],
    ]),
  ).toEqual([
    [300 + BURST_NS - 1000, BURST_NS],
    [300, 600],
    [400, 400],
  ]);
});

test('a frame that nobody told of is known by the call above it', () => {
  begin();
  expect(
    told([
      [1000, 'enter', 2, b, a],
      [200, 'exit', 2, b, a],
      [30_000, 'exit', 1, a],
    ]),
  ).toEqual([
    [500 + BURST_NS - 1200, BURST_NS - 500],
    [200, 200],
    [0, 0],
  ]);
});

test('it counts from a moment on, and no longer than a burst', () => {
  begin(a);
  expect(
    told(
      [
        [1000, 'enter', 2, b, a],
        [1000, 'exit', 2, b, a],
        [50_000, 'exit', 1, a],
      ],
      1600,
    ),
  ).toEqual([
    [BURST_NS - 400, BURST_NS],
    [400, 400],
    [0, 0],
  ]);
});

test('one that has had too many events stands for what it has counted', () => {
  begin(a);
  const pair: readonly Told[] = [
    [1, 'enter', 2, b, a],
    [1, 'exit', 2, b, a],
  ];
  const list = Array.from({ length: MOST_EVENTS - 1 }, (_, i) => pair[i % 2] as Told);
  const [ofA, ofB] = told(list);
  expect(ofA?.[1]).toBeCloseTo(BURST_NS, 3);
  expect((ofA?.[0] ?? 0) / BURST_NS).toBeCloseTo(0.5, 3);
  expect((ofB?.[0] ?? 0) / BURST_NS).toBeCloseTo(0.5, 3);
});

test('of what takes longer than a burst they tell no less than the slower half of its calls', () => {
  for (let i = 0; i < 100; i++) callSync(a, () => clock.advance(0.05));
  statsOf(new PerformanceMonitor(false), a);
  for (let i = 0; i < 20; i++) noteBurst(5);
  const isTold = (): readonly boolean[] =>
    ([BURST_SELF, BURST_ALL] as const).map((sum) => isToldByBursts(a.tally, sum, 1, 5e6, 1e7 ** 2));
  a.tally.addBurst(1e5, 1e5);
  expect(isTold()).toEqual([false, false]);
  a.tally.addBurst(4e6, 4e6);
  expect(isTold()).toEqual([true, true]);
});

test('what is short is told by them also where one call was kept waiting, though drawn calls take longer than others', () => {
  for (let i = 0; i < 100; i++) callSync(a, () => clock.advance(0.003));
  callSync(a, () => clock.advance(200));
  statsOf(new PerformanceMonitor(false), a);
  expect(a.tally.meanNs).toBeGreaterThan(BURST_NS);
  for (let i = 0; i < 20; i++) noteBurst(5);
  for (let i = 0; i < 10; i++) a.tally.addBurst(1e4, 1e4);
  expect(isToldByBursts(a.tally, BURST_ALL, 1, 2e8, 4e8 ** 2)).toBe(true);
});
