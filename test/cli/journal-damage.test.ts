/** Files that were cut, corrupted, or made by somebody who wants to do harm: a valid prefix, or a clean refusal. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseJournalName } from '../../cli/journal/journal-name.ts';
import { readJournalFile } from '../../cli/journal/read.ts';
import { callsOf } from '../../cli/journal/rows.ts';
import { readWriter } from '../../cli/journal/writer.ts';
import { FRAME_BYTES, MAGIC } from '../../runtime/format/layout.ts';
import { bundleChild, times } from '../support/bundle.ts';
import { killAfter } from '../support/kill.ts';
import { runDirOf } from '../support/journal.ts';

const SIZE = 100_000;

let home: string;
let whole: Buffer;
/** Ends of the records, and the calls that the records up to there tell of. */
let ends: number[];
let calls: number[];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'tka-perf-damage-'));
  const child = bundleChild(fileURLToPath(new URL('../runtime/children/killed.ts', import.meta.url)));
  await killAfter(child.path, join(home, 'journal'), 700, 0);
  child.remove();
  const dir = runDirOf(join(home, 'journal'));
  const all = readFileSync(join(dir, readdirSync(dir)[0] ?? ''));
  ends = endsOf(all).filter((end) => end <= SIZE);
  whole = all.subarray(0, ends.at(-1));
  calls = ends.map((end) => callsIn(whole.subarray(0, end)));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function endsOf(bytes: Buffer): number[] {
  const found: number[] = [];
  for (let at = MAGIC.length; at + FRAME_BYTES <= bytes.length;) {
    at += FRAME_BYTES + bytes.readUInt32LE(at + 4);
    if (at <= bytes.length) found.push(at);
  }
  return found;
}

function fileOf(bytes: Buffer): string {
  const path = join(home, 'a.tkap');
  writeFileSync(path, bytes);
  return path;
}

function callsIn(bytes: Buffer): number {
  return callsAt(fileOf(bytes));
}

function callsAt(path: string): number {
  const { state } = readWriter(path);
  return state?.sums.reduce((sum, one) => sum + (one === undefined ? 0 : callsOf(one.columns)), 0) ?? 0;
}

test('the journal that is damaged here is large and varied enough', () => {
  expect(whole.length).toBeGreaterThan(SIZE * 0.9);
  expect(ends.length).toBeGreaterThan(30);
  expect(new Set(calls).size).toBeGreaterThan(15);
});

test('cut at any byte, a file is its valid prefix, and the rest is told', { timeout: 240_000 }, () => {
  const path = fileOf(whole);
  const step = times(61, 1);
  for (let length = whole.length; length >= 0; length -= step) {
    truncateSync(path, length);
    const valid = ends.filter((end) => end <= length);
    const { records, dropped } = readJournalFile(path, () => true);
    const validBytes = valid.at(-1) ?? (length >= MAGIC.length ? MAGIC.length : 0);
    expect(records).toBe(valid.length);
    expect(dropped?.bytes ?? 0).toBe(length - validBytes);
    expect(dropped?.reason).toBe(length === validBytes ? undefined : 'incomplete');
    if (length % 16 === 0) expect(callsAt(path)).toBe(calls[valid.length - 1] ?? 0);
  }
});

/** Numbers that look random and are the same in each run (George Marsaglia, "Xorshift RNGs", 2003). */
function randomNumbers(): (below: number) => number {
  let state = 0x9e3779b9;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** One of the ways in which disks, copies and people damage files. */
function damaged(random: (below: number) => number): Buffer {
  const copy = Buffer.from(
    whole.subarray(0, whole.length - (random(3) === 0 ? random(whole.length - 1) : 0)),
  );
  const at = random(Math.max(1, copy.length));
  const length = 1 + random(40);
  switch (random(6)) {
    case 0:
      for (let i = 0; i <= random(8); i++) copy[random(copy.length)] = random(256);
      return copy;
    case 1:
      return copy.fill(random(2) * 255, at, Math.min(copy.length, at + 4096));
    case 2:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + length)]);
    case 3:
      return Buffer.concat([copy.subarray(0, at), Buffer.alloc(length, random(256)), copy.subarray(at)]);
    case 4:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(random(copy.length))]);
    default:
      copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
      return copy;
  }
}

test(
  `corrupted at random (${times(1_000, 10_000)} times), a file is a valid prefix`,
  { timeout: 240_000 },
  () => {
    const random = randomNumbers();
    for (let i = 0; i < times(1_000, 10_000); i++) {
      const bytes = damaged(random);
      const path = fileOf(bytes);
      const { records, dropped } = readJournalFile(path, () => true);
      const same = ends.filter((end) => end <= bytes.length && bytes.compare(whole, 0, end, 0, end) === 0);
      const isWhole = same.at(-1) === bytes.length;
      // What lies behind the prefix may by chance be a whole record again: one that was moved there.
      expect(records).toBeGreaterThanOrEqual(same.length);
      if (records === same.length) {
        expect(dropped === undefined).toBe(isWhole || bytes.length === 0);
        expect(callsAt(path)).toBe(calls[same.length - 1] ?? 0);
      }
    }
  },
);

test(`with what records hold changed and checksums right (${times(1_000, 10_000)} times), nothing breaks`, () => {
  const random = randomNumbers();
  for (let i = 0; i < times(1_000, 10_000); i++) {
    const bytes = Buffer.from(whole);
    for (let changes = 0; changes <= random(3); changes++) {
      const record = random(ends.length);
      const begin = ends[record - 1] ?? MAGIC.length;
      const end = ends[record] ?? whole.length;
      const bodyAt = begin + FRAME_BYTES;
      for (let times = 0; times <= random(6); times++) bytes[bodyAt + random(end - bodyAt)] = random(256);
      bytes.writeUInt32LE(crc32(bytes.subarray(begin + 4, end)), begin);
    }
    const { state } = readWriter(fileOf(bytes));
    for (const sums of state?.sums ?? []) {
      expect((sums?.buckets.counts.length ?? 0) <= 2 * 64 * 32 + 16).toBe(true);
      expect(sums === undefined || Number.isFinite(callsOf(sums.columns))).toBe(true);
    }
  }
});

describe('a file made to do harm', () => {
  const record = (payload: Buffer, length: number = payload.length): Buffer => {
    const frame = Buffer.alloc(FRAME_BYTES);
    frame.writeUInt32LE(length, 4);
    const bytes = Buffer.concat([frame, payload]);
    bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
    return bytes;
  };
  const json = (value: unknown): Buffer =>
    record(
      Buffer.concat([Buffer.of(1), Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))]),
    );
  const head = {
    t: 'head',
    v: 2,
    run: 'r',
    pid: 1,
    ppid: 0,
    thread: 0,
    host: 'h',
    startedAt: 1,
    node: 'v20',
    platform: 'linux',
    command: [],
    cwd: '/',
  };
  const read = (...records: readonly Buffer[]): ReturnType<typeof readWriter> =>
    readWriter(fileOf(Buffer.concat([Buffer.from(MAGIC), ...records])));
  const one = { name: 'f', kind: 'function', file: '', line: 0, column: 0, options: {} };
  const rows = (...bytes: readonly number[]): Buffer => record(Buffer.from([2, 1, 0, 0, 0, 0, ...bytes]));

  test.each<readonly [string, readonly Buffer[], string | undefined]>([
    ['a length of 4 GB', [json(head), record(Buffer.of(1), 0xffff_ffff)], 'checksum'],
    ['a length beyond the file', [json(head), record(Buffer.of(1), 1_000_000)], 'incomplete'],
    ['a length of 0', [json(head), record(Buffer.alloc(0))], 'checksum'],
    ['no head', [json({ t: 'sites', sites: [one] })], 'no-head'],
    [
      'deep nesting',
      [json(head), json(`{"t":"sites","sites":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)],
      'not-a-record',
    ],
    ['a row of a site without a name', [json(head), rows(0, 0)], 'not-a-record'],
    ['a number without end', [json(head), rows(...Array.from({ length: 40 }, () => 255))], 'not-a-record'],
    [
      'a histogram without end',
      [json(head), json({ t: 'sites', sites: [one] }), rows(0, 1, 255, 255, 255, 255, 15, 0, 2)],
      'not-a-record',
    ],
    [
      'a bucket beyond any duration',
      [json(head), json({ t: 'sites', sites: [one] }), rows(0, 1, 1, 255, 255, 255, 255, 15, 2)],
      'not-a-record',
    ],
    [
      'a text longer than its record',
      [json(head), json({ t: 'sites', sites: [one] }), rows(0, 4, 200, 1, 65)],
      'not-a-record',
    ],
    ['a record of a type that is not known yet', [json(head), record(Buffer.of(99, 1, 2, 3))], undefined],
  ])('%s', (_, records, reason) => {
    const { outcome, state } = read(...records);
    expect(outcome.dropped?.reason).toBe(reason);
    expect(state === undefined).toBe(reason === 'no-head');
  });

  const sites = json({ t: 'sites', sites: [one] });
  const usage = { t: 'usage', elapsedMs: 1, overheadMs: 1, noiseNs: 1 };
  const metric = { id: 0, durationNs: 1, at: 1, ok: true };
  const far = [255, 255, 255, 255, 255, 255, 255, 255, 127];

  test.each<readonly [string, Buffer]>([
    ['a head', json({ ...head, startedAt: 1e308 })],
    ['a head of a time before all', json({ ...head, startedAt: -1 })],
    ['a start of the process', json({ ...head, processStartedAt: 8.64e15 })],
    ['an end', json({ t: 'end', at: 1e300, reason: 'exit' })],
    ['an exit code', json({ t: 'end', at: 1, reason: 'exit', exitCode: 1e300 })],
    ['what measuring took', json({ ...usage, overheadMs: -1e308 })],
    ['a budget', json({ ...usage, budget: 1e308 })],
    ['a noise', json({ ...usage, noiseNs: -1 })],
    ['a clock', json({ t: 'clock', aheadMs: 1e30 })],
    ['a call', json({ t: 'metrics', metrics: [{ ...metric, at: 1e308 }] })],
    ['a duration', json({ t: 'metrics', metrics: [{ ...metric, durationNs: 1e308 }] })],
    ['a negative duration', json({ t: 'metrics', metrics: [{ ...metric, durationNs: -1 }] })],
    ['memory', json({ t: 'metrics', metrics: [{ ...metric, memoryBytes: 1e308 }] })],
    ['an interval', record(Buffer.from([2, 1, 0, ...far, 0, 0]))],
    ['a time bucket', record(Buffer.from([3, 0, ...far]))],
    // Columns 0 and 25: calls timed, and the spread of their durations.
    ['a number of calls', rows(0, 16, 1)],
    ['a spread', rows(0, 0x80, 0x80, 0x80, 0x80, 0x02, 1)],
  ])('with a number that cannot be, %s is no record', (_, forged) => {
    const { outcome, state } = read(...(forged.includes('"head"') ? [] : [json(head), sites]), forged);
    expect(outcome.dropped?.reason).toBe('not-a-record');
    expect(state?.lastAt ?? 1).toBe(1);
  });

  test('a file whose name tells a time that no clock shows is one that tells none', () => {
    const begun = (name: string): number | undefined => parseJournalName(`1-0.${name}.0.tkap`).startedAt;
    expect([begun('mwtu0000'), begun('zzzzzzzzzz')]).toEqual([expect.any(Number), undefined]);
  });

  test('a state that was not written to its end takes nothing from the one before', () => {
    const more = record(Buffer.from([2, 3, 0, 0, 0, 0, 0, 16, 14]));
    const { state } = read(json(head), sites, rows(0, 16, 10), more);
    expect([state?.isWhole, state?.sums[0]?.columns[0]]).toEqual([true, 5]);
  });

  test('columns of a later version are passed over', () => {
    const { state } = read(
      json(head),
      json({ t: 'sites', sites: [one] }),
      rows(0, 0x90, 0x80, 0x80, 0x80, 0x02, 14, 6),
    );
    expect(state?.sums[0]?.columns[0]).toBe(7);
  });

  test('names like those of an object’s own members are names', () => {
    const names = ['__proto__', 'constructor', 'toString', 'src/\u001b[2Ja'];
    const sites = names.map((name) => ({ ...one, name }));
    const { state } = read(
      json(head),
      json({ t: 'sites', sites }),
      rows(0, 16, 2, 0, 16, 4, 0, 16, 6, 0, 16, 8),
    );
    expect(names.map((_, id) => [state?.siteOf(id)?.name, state?.sums[id]?.columns[0]])).toEqual(
      names.map((name, id) => [name, id + 1]),
    );
  });
});
