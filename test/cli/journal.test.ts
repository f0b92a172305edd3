import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findRun, listRuns } from '../../cli/journal/catalog.ts';
import { functionsOf } from '../../cli/profile/functions.ts';
import { visitCalls } from '../../cli/journal/metrics.ts';
import type { Profile } from '../../cli/profile/profile.ts';
import { readProfile } from '../../cli/profile/read-profile.ts';
import { readJournalFile } from '../../cli/journal/read.ts';
import {
  aggregate,
  DEAD_PID,
  head,
  line,
  PROJECT,
  site,
  START,
  writeJournal,
  writerRecords,
  writeTree,
} from './support.ts';

const profileOf = (dir: string, id?: string): Profile => readProfile(findRun(dir, id));

/** Calls of each function. */
function callsOf(profile: Profile): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Array.from(profile.functions, ([name, { aggregate }]) => [name, aggregate.calls]),
  );
}

describe('one writer', () => {
  test('the last aggregate of a site counts, not the sum', () => {
    const records = [
      head(),
      site(0, 'a'),
      { t: 'agg', at: START + 1, sites: [aggregate(0, 3, 1)], metrics: 3 },
      site(1, 'b'),
      { t: 'agg', at: START + 2, sites: [aggregate(1, 1, 1)], metrics: 4 },
      { t: 'agg', at: START + 3, sites: [aggregate(0, 5, 1)], metrics: 6 },
    ];
    const profile = profileOf(writeJournal({ r: { '1-0.0.tkap': records } }));
    expect(callsOf(profile)).toEqual({ a: 5, b: 1 });
    expect(profile.metrics).toBe(6);
    expect(profile.lastAt).toBe(START + 3);
  });

  test('a higher segment supersedes a lower one', () => {
    const dir = writeJournal({
      r: {
        '1-0.0.tkap': writerRecords([['a', (id) => aggregate(id, 3, 1)]]),
        '1-0.1.tkap': writerRecords([['a', (id) => aggregate(id, 7, 1)]]),
      },
    });
    expect(callsOf(profileOf(dir))).toEqual({ a: 7 });
    expect(profileOf(dir).writers).toHaveLength(1);
  });

  test.each([
    ['has only a head', line(head())],
    ['is empty', ''],
    ['is damaged from the start', 'garbage\n'],
    ['is cut before its aggregates', line(head()) + line(site(0, 'a')) + '12345678 {"t":"agg'],
  ])('a higher segment that %s supersedes nothing', (_, text) => {
    const dir = writeJournal({
      r: { '1-0.0.tkap': writerRecords([['a', (id) => aggregate(id, 3, 1)]]), '1-0.1.tkap': text },
    });
    expect(callsOf(profileOf(dir))).toEqual({ a: 3 });
  });

  test('a process id that was used again is another writer', () => {
    const records = (startedAt: number) => writerRecords([['a', (id) => aggregate(id, 3, 1)]], { startedAt });
    const dir = writeJournal({ r: { '1-0.0.tkap': records(START), '1-0.1.tkap': records(START + 5_000) } });
    expect(callsOf(profileOf(dir))).toEqual({ a: 6 });
    expect(profileOf(dir).writers).toHaveLength(2);
  });

  test('the state of a process: ended, running, lost', () => {
    const open = (pid: number): readonly unknown[] =>
      writerRecords([['a', (id) => aggregate(id, 1, 1)]], { pid }).filter(({ t }) => t !== 'end');
    const dir = writeJournal({
      ended: { 'a.tkap': writerRecords([['a', (id) => aggregate(id, 1, 1)]]) },
      running: { 'a.tkap': open(process.pid) },
      lost: { 'a.tkap': open(DEAD_PID) },
    });
    const stateOf = (id: string): unknown => profileOf(dir, id).writers.map(({ state }) => state);
    expect([stateOf('ended'), stateOf('running'), stateOf('lost')]).toEqual([
      ['ended'],
      ['running'],
      ['lost'],
    ]);
  });
});

test('stopped and started again is not ended', () => {
  const records = writerRecords([['a', (id) => aggregate(id, 1, 1)]], { pid: process.pid });
  const again = { t: 'agg', at: START + 9_000, sites: [aggregate(0, 2, 1)], metrics: 2 };
  const profile = profileOf(writeJournal({ r: { 'a.tkap': [...records, again] } }));
  expect(profile.writers).toMatchObject([{ state: 'running', lastAt: START + 9_000 }]);
});

test('a segment that was replaced after the listing is found again', () => {
  const dir = writeJournal({ r: { '1-0.0.tkap': writerRecords([['a', (id) => aggregate(id, 1, 1)]]) } });
  const run = findRun(dir, undefined);
  rmSync(join(dir, 'r', '1-0.0.tkap'));
  const next = writerRecords([['a', (id) => aggregate(id, 9, 1)]]);
  writeTree(dir, { 'r/1-0.1.tkap': next.map(line).join('') });
  const profile = readProfile(run);
  expect(callsOf(profile)).toEqual({ a: 9 });
  expect(profile.dropped).toEqual([]);
});

describe('many writers are one run', () => {
  const NAMES = ['src/a.one', 'src/a.two', '__proto__', 'constructor'] as const;
  const writer = fc.record({
    thread: fc.nat(3),
    startedAt: fc.integer({ min: START, max: START + 100 }),
    functions: fc.uniqueArray(
      fc.record({
        name: fc.constantFrom(...NAMES),
        calls: fc.nat(1_000),
        eachMs: fc.constantFrom(0.001, 1, 12.5, 3_000),
        errors: fc.nat(5),
      }),
      { selector: ({ name }) => name },
    ),
  });

  test('counts and sums are exact, and no order matters', () => {
    fc.assert(
      fc.property(
        fc.array(writer, { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(fc.nat()),
        (writers, random) => {
          const files = Object.fromEntries(
            writers.map(({ thread, startedAt, functions }, index) => [
              `${index}-${thread}.0.tkap`,
              writerRecords(
                functions.map(({ name, calls, eachMs, errors }) => [
                  name,
                  (id) => aggregate(id, calls, eachMs, { errors }),
                ]),
                { pid: DEAD_PID + index, thread, startedAt },
              ),
            ]),
          );
          const dir = writeJournal({ r: files });
          const profile = profileOf(dir);
          for (const name of NAMES) {
            const parts = writers.flatMap(({ functions }) => functions.filter((one) => one.name === name));
            const merged = profile.functions.get(name)?.aggregate;
            expect(merged?.calls).toBe(parts.length === 0 ? undefined : sum(parts, ({ calls }) => calls));
            expect(merged?.errors).toBe(parts.length === 0 ? undefined : sum(parts, ({ errors }) => errors));
          }
          const before = functionsOf(profile, START);
          // The same files under other names come in another order from the file system.
          for (const name of readdirSync(join(dir, 'r'))) {
            renameSync(join(dir, 'r', name), join(dir, 'r', `${random.next().value}-${name}`));
          }
          expect(functionsOf(profileOf(dir), START)).toEqual(before);
          rmSync(dir, { recursive: true });
        },
      ),
      { numRuns: 60 },
    );
  });

  function sum<T>(values: readonly T[], value: (one: T) => number): number {
    return values.reduce((total, one) => total + value(one), 0);
  }

  test('percentiles are those of all calls together', () => {
    const dir = writeJournal({
      r: {
        'a.tkap': writerRecords([['f', (id) => aggregate(id, 90, 1)]], { pid: DEAD_PID }),
        'b.tkap': writerRecords([['f', (id) => aggregate(id, 10, 100)]], { pid: DEAD_PID + 1 }),
      },
    });
    const [f] = functionsOf(profileOf(dir));
    expect(f).toMatchObject({ callCount: 100, minExecutionTimeMs: 1, maxExecutionTimeMs: 100 });
    expect(f?.avgExecutionTimeMs).toBeCloseTo(10.9, 9);
    expect(Math.abs((f?.p50ExecutionTimeMs ?? 0) - 1)).toBeLessThan(0.011);
    expect(Math.abs((f?.p95ExecutionTimeMs ?? 0) / 100 - 1)).toBeLessThan(0.011);
  });

  test('what the runtime counted is added up', () => {
    const withCounts = (pid: number, counts: object): readonly unknown[] => [
      ...writerRecords([['f', (id) => aggregate(id, 1, 1)]], { pid }),
      { t: 'diag', counts },
    ];
    const dir = writeJournal({
      r: { 'a.tkap': withCounts(1, { x: 1, y: 2 }), 'b.tkap': withCounts(2, { y: 3 }) },
    });
    expect(profileOf(dir).diagnostics).toEqual(
      new Map([
        ['x', 1],
        ['y', 5],
      ]),
    );
  });
});

describe('the catalog of runs', () => {
  const run = (startedAt: number): Readonly<Record<string, readonly unknown[]>> => ({
    'a.tkap': writerRecords([['f', (id) => aggregate(id, 1, 1)]], { startedAt }),
  });

  test('the latest is the one whose last process began last, whatever its name', () => {
    const dir = writeJournal({ zzz: run(START), aaa: run(START + 10), mmm: run(START - 10) });
    expect(listRuns(dir).map(({ id }) => id)).toEqual(['aaa', 'zzz', 'mmm']);
    expect(findRun(dir, undefined).id).toBe('aaa');
  });

  test('the latest is not one of which nothing can be read', () => {
    const dir = writeJournal({ good: run(START), bad: { 'a.tkap': 'garbage\n' } });
    expect(findRun(dir, undefined).id).toBe('good');
  });

  test('other files and folders, and what is no plain file, are passed over', () => {
    const dir = writeJournal({ r: run(START) });
    writeTree(dir, { 'notes.txt': 'x', 'empty/notes.txt': 'x', 'r/notes.txt': 'x' });
    mkdirSync(join(dir, 'r', 'folder.tkap'));
    // Opening a named pipe would wait for ever.
    expect(spawnSync('mkfifo', [join(dir, 'r', 'pipe.tkap')]).status).toBe(0);
    expect(listRuns(dir).map(({ files }) => files.length)).toEqual([1]);
  });

  test.skipIf(process.getuid?.() === 0)('a file without permission is told, and the others are read', () => {
    const dir = writeJournal({ r: run(START) });
    writeFileSync(join(dir, 'r', 'b.tkap'), line(head()));
    chmodSync(join(dir, 'r', 'b.tkap'), 0);
    expect(profileOf(dir).dropped).toMatchObject([{ reason: 'unreadable', detail: 'permission denied' }]);
  });
});

test('random corruption of a whole journal never crashes, and never adds to the counts', () => {
  const records = writerRecords([
    ['f', (id) => aggregate(id, 40, 1)],
    ['g', (id) => aggregate(id, 2, 5, { errors: 1, lastError: 'no' })],
  ]);
  const whole = Buffer.from(records.map(line).join(''));
  const dir = writeJournal({
    r: { 'a.tkap': records, 'b.tkap': writerRecords([['f', (id) => aggregate(id, 1, 1)]], { pid: 7 }) },
  });
  const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), fc.nat(whole.length), (changes, length) => {
      const damaged = Buffer.from(whole.subarray(0, length));
      for (const { at, byte } of changes) if (at < length) damaged[at] = byte;
      writeFileSync(join(dir, 'r', 'a.tkap'), damaged);
      const profile = profileOf(dir);
      expect(callsOf(profile)['f']).toBeOneOf([1, 41]);
      expect(callsOf(profile)['g']).toBeOneOf([undefined, 2]);
    }),
    { numRuns: 300 },
  );
});

/** As it will be read for ever: long after it was written, whatever the time of the checkout. */
function recorded(name: string): Profile {
  return readProfile(findRun(join(PROJECT, 'fixtures/journals', name), undefined), Date.UTC(2100));
}

test.each(['v1', 'v1-sampled', 'v2'])(
  'time lines of recorded journals of %s see the calls that there are',
  (name) => {
    let records = 0;
    for (const { path } of findRun(join(PROJECT, 'fixtures/journals', name), undefined).files) {
      const { dropped } = readJournalFile(path, (record) => {
        if (record.t !== 'metrics') return;
        records++;
        const seen: (readonly number[])[] = [];
        visitCalls(record, (...call) => seen.push(call));
        expect(seen).toEqual(record.metrics.map(({ id, durationNs, at }) => [id, durationNs, at]));
        expect(record.metrics.some(({ error }) => error !== undefined) || name !== 'v2').toBe(true);
      });
      expect(dropped).toBeUndefined();
    }
    expect(records).toBeGreaterThan(2);
  },
);

test('recorded journals of version 1 are read for ever', () => {
  const profile = recorded('v1');
  expect(profile.dropped).toEqual([]);
  expect(profile.writers.map(({ head, state }) => [head.thread, state])).toEqual([
    [0, 'ended'],
    [1, 'ended'],
    [0, 'ended'],
    [0, 'lost'],
  ]);
  expect(callsOf(profile)).toEqual({
    'src/shop.Cart.add': 200,
    'src/shop.Cart.get total': 4,
    'src/shop.Cart.each': 4,
    'src/shop.pay': 12,
    'src/shop.mostlyFast': 4,
    'src/shop.fib': 4 * 465,
    'src/shop.hang': 0,
  });
  expect(profile.functions.get('src/shop.pay')?.aggregate).toMatchObject({
    errors: 4,
    lastError: 'card declined\nfor 12 € 日本',
  });
  expect(profile.functions.get('src/shop.mostlyFast')?.aggregate.belowThreshold).toBe(4 * 49);
  expect(profile.inFlight).toMatchObject([{ name: 'src/shop.hang', calls: 1, oldestMs: 997 }]);
  expect(profile.metrics).toBe(2_084);
});

test('so are those of version 1 with sampled calls', () => {
  const profile = recorded('v1-sampled');
  expect(profile.dropped).toEqual([]);
  expect(profile.writers.map(({ state }) => state)).toEqual(['ended', 'lost']);
  expect(callsOf(profile)).toMatchObject({
    'src/stock.count': 6_000_000,
    'src/stock.tree': 254,
    'src/stock.reject 日本': 10,
    ['__proto__']: 2,
  });
  expect(profile.functions.get('src/stock.count')?.aggregate).toMatchObject({ timed: 8_213 });
  expect(profile.inFlight).toMatchObject([{ name: 'src/stock.wait', calls: 1 }]);
});

test('and those of version 2', () => {
  const profile = recorded('v2');
  expect(profile.dropped).toEqual([]);
  expect(
    profile.writers.map(({ head, state, endReason, endDetail }) => [
      head.thread,
      state,
      endReason,
      endDetail,
    ]),
  ).toEqual([
    [0, 'ended', 'exit', undefined],
    [1, 'ended', 'exit', undefined],
    [0, 'ended', 'error', 'nobody catches this'],
    [0, 'lost', undefined, undefined],
  ]);
  expect(callsOf(profile)).toEqual({
    'src/stock.count': 4 * 300_000,
    'src/stock.tree': 4 * 127,
    'src/stock.reject 日本': 4 * 5,
    'src/stock.rarely': 0,
    'src/stock.wait': 0,
    ['__proto__']: 4,
  });
  expect(profile.functions.get('src/stock.rarely')?.aggregate.belowThreshold).toBe(4 * 20);
  expect(profile.functions.get('__proto__')?.aggregate).toMatchObject({ errors: 4, lastError: 'outside' });
  expect(profile.inFlight).toMatchObject([{ name: 'src/stock.wait', calls: 1, writer: { state: 'lost' } }]);
  expect(profile.metrics).toBe(15_569);
});
