import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { droppedSentence } from '../../cli/journal/dropped.ts';
import type { FileRecord, ReadOutcome } from '../../cli/journal/file-record.ts';
import { readJournalFile } from '../../cli/journal/read.ts';

import { aggregate, head, line, site, temporaryFolder, writerRecords } from './support.ts';

function read(content: string | Buffer): ReadOutcome & { readonly read: readonly FileRecord[] } {
  const path = join(temporaryFolder(), 'a.tkap');
  writeFileSync(path, content);
  const records: FileRecord[] = [];
  return { ...readJournalFile(path, (record) => void records.push(record)), read: records };
}

const RECORDS = writerRecords([
  ['src/a.one', (id) => aggregate(id, 3, 1.5)],
  ['src/日本.😀', (id) => aggregate(id, 1, 0.25, { errors: 1, lastError: 'näh' })],
]);
const WHOLE = Buffer.from(RECORDS.map(line).join(''));

test('a whole file gives its records', () => {
  const outcome = read(WHOLE);
  expect(outcome.read).toEqual(RECORDS);
  expect(outcome.dropped).toBeUndefined();
  expect(outcome.sizeBytes).toBe(WHOLE.length);
});

test('what is dropped behind a damaged line is counted from its beginning', () => {
  expect(read(`${line(head())}${line(site(0, 'a'))}garbage\n`).dropped).toMatchObject({
    reason: 'checksum',
    bytes: 8,
  });
});

test('a file cut at any byte gives a prefix of its records, and tells of the rest', () => {
  const ends = RECORDS.map((_, index) =>
    Buffer.byteLength(
      RECORDS.slice(0, index + 1)
        .map(line)
        .join(''),
    ),
  );
  for (let length = 0; length <= WHOLE.length; length++) {
    const outcome = read(WHOLE.subarray(0, length));
    const whole = ends.filter((end) => end <= length).length;
    expect(outcome.read).toEqual(RECORDS.slice(0, whole));
    const left = length - (ends[whole - 1] ?? 0);
    expect(outcome.dropped?.bytes ?? 0).toBe(left);
    expect(outcome.dropped?.reason).toBe(left === 0 ? undefined : 'incomplete');
  }
});

test('a corrupted file gives a prefix of its records', () => {
  const change = fc.record({
    at: fc.nat(WHOLE.length - 1),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const damaged = Buffer.from(WHOLE);
      for (const { at, bytes } of changes) Buffer.from(bytes).copy(damaged, at);
      const outcome = read(damaged);
      expect(outcome.read).toEqual(RECORDS.slice(0, outcome.records));
      expect(outcome.dropped === undefined).toBe(damaged.equals(WHOLE));
    }),
    { numRuns: 500 },
  );
});

test('a line that spans many chunks is read', () => {
  const long = site(0, 'x'.repeat(1_000_000));
  expect(read(line(head()) + line(long)).read).toEqual([head(), long]);
});

describe('what is not a record ends the prefix', () => {
  const malformed: Readonly<Record<string, unknown>> = {
    'a list': [],
    null: null,
    'a number': 7,
    'no type': { v: 1 },
    'a site without a name': { ...site(0, 'a'), name: undefined },
    'a name that is no text': { ...site(0, 'a'), name: ['a'] },
    'an unknown kind': { ...site(0, 'a'), kind: 'coroutine' },
    'a negative count': { t: 'agg', at: 0, metrics: 0, sites: [aggregate(0, -1, 1)] },
    'a count beyond exact integers': { t: 'agg', at: 0, metrics: 2 ** 60, sites: [] },
    'a sum that is Infinity': '{"t":"agg","at":1e999,"metrics":0,"sites":[]}',
    'buckets without end': withHistogram({ counts: Array.from({ length: 100_000 }, () => 1) }),
    'a bucket far away': withHistogram({ offset: -(2 ** 40) }),
    'another scale': withHistogram({ scale: 0 }),
    'hours without end': {
      t: 'agg',
      at: 0,
      metrics: 0,
      sites: [aggregate(0, 1, 1, { hours: Array.from({ length: 1_000 }, () => [1, 1] as const) })],
    },
    'inherited fields':
      '{"t":"site","__proto__":{"id":0,"name":"a","kind":"arrow","file":"","line":0,"column":0}}',
  };

  function withHistogram(changes: object): unknown {
    const one = aggregate(0, 1, 1);
    return { t: 'agg', at: 0, metrics: 0, sites: [{ ...one, histogram: { ...one.histogram, ...changes } }] };
  }

  test.each(Object.entries(malformed))('%s', (_, record) => {
    const outcome = read(line(head()) + line(record) + line(site(1, 'behind')));
    expect(outcome.read).toEqual([head()]);
    expect(outcome.dropped?.reason).toBe('not-a-record');
  });

  test('deep nesting', () => {
    const deep = `{"t":"site","options":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    expect(read(line(head()) + line(deep)).read).toEqual([head()]);
  });
});

test('a record of a type that is not known yet is passed over', () => {
  const records = [head(), { t: 'weather', wind: 3 }, site(0, 'a')];
  expect(read(records.map(line).join('')).read).toEqual([head(), site(0, 'a')]);
});

test('a journal of a newer version is refused, whatever its head looks like', () => {
  const outcome = read(line({ t: 'head', v: 2, who: 'later' }) + line(site(0, 'a')));
  expect(outcome.read).toEqual([]);
  expect(outcome.dropped?.reason).toBe('newer-version');
});

test('a file that does not begin with a head is refused', () => {
  expect(read(line(site(0, 'a'))).dropped?.reason).toBe('no-head');
});

test('a line without an end is refused once it is too long', () => {
  const outcome = read(Buffer.concat([Buffer.from(line(head())), Buffer.alloc(40 * 1024 * 1024, 0x61)]));
  expect(outcome.read).toEqual([head()]);
  expect(outcome.dropped?.reason).toBe('line-too-long');
});

test('each reason has its sentence', () => {
  const of = (reason: Parameters<typeof droppedSentence>[0]['reason'], detail?: string): string =>
    droppedSentence({ path: 'a.tkap', reason, bytes: 2_048, ...(detail === undefined ? {} : { detail }) });
  expect([
    of('incomplete'),
    of('checksum'),
    of('not-a-record'),
    of('no-head'),
    of('empty'),
    of('no-file'),
    of('line-too-long'),
    of('newer-version', '3'),
    of('gone'),
    of('unreadable', 'permission denied'),
  ]).toEqual([
    '2.00kB of a.tkap not read: its last record is incomplete; the process was killed in the middle of a write, or is writing now',
    '2.00kB of a.tkap not read: a checksum is wrong from there on; the file was damaged',
    '2.00kB of a.tkap not read: there is no valid record there; the file was damaged or not written by tka-perf',
    'a.tkap not read: it is no journal of tka-perf',
    'a.tkap not read: it is empty; its process was killed as it began, or could not write',
    'a.tkap not read: it is no regular file',
    '2.00kB of a.tkap not read: a line is longer than 32 MB; the file was damaged or not written by tka-perf',
    'a.tkap not read: it was written by a newer tka-perf (journal version 3, this one reads up to 2); update tka-perf',
    'a.tkap not read: it was removed meanwhile',
    'a.tkap not read: permission denied',
  ]);
});
