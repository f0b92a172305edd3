/** Many files are read ahead by a thread: what a report says is the same without it, whatever it finds and does. */
import { once } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ReadAhead } from '../../cli/journal/read-ahead.ts';
import {
  BUSY,
  bytesOf,
  factsOf,
  FREE,
  IN_SLOT,
  LEFT,
  OVER,
  type SharedReading,
  sharedReadingOf,
  SLOT_BYTES,
  TAKEN,
  UNREAD,
} from '../../cli/journal/shared-reading.ts';
import { FRAME_BYTES } from '../../runtime/format/layout.ts';
import { bundleChild } from '../support/bundle.ts';
import { type CliResult, PROJECT, runCli, temporaryFolder } from './support.ts';

const FILES = 300;
const V2 = join(PROJECT, 'fixtures/journals/v2/20261123-223500-2b1e77');
const V1 = join(PROJECT, 'fixtures/journals/v1/20261123-155826-e06de3');

/** A run of many writers; some of their files are damaged, old, or large. Returns the paths in the order of the writers. */
function makeRun(dir: string): string[] {
  const run = join(dir, 'run');
  mkdirSync(run, { recursive: true });
  const made = readdirSync(V2).toSorted();
  const paths = Array.from({ length: FILES }, (_, i) => {
    const name = made[i % made.length] ?? '';
    const path = join(run, name.replace(/^\d+/, String(100_000 + i)));
    copyFileSync(join(V2, name), path);
    return path;
  });
  const [, , cut = '', broken = '', , empty = '', foreign = '', large = '', , newer = ''] = paths;
  truncateSync(cut, statSync(cut).size - 100);
  const bytes = readFileSync(broken);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  writeFileSync(broken, bytes);
  truncateSync(empty, 0);
  writeFileSync(foreign, 'no journal at all');
  appendFileSync(large, unknownRecord(SLOT_BYTES));
  const head = readFileSync(newer);
  head[5] = 99;
  writeFileSync(newer, head);
  for (const name of readdirSync(V1)) copyFileSync(join(V1, name), join(run, name));
  for (const name of readdirSync(run)) utimesSync(join(run, name), 1_764_000_000, 1_764_000_000);
  return paths;
}

/** A record of a type that is not known, of so many bytes: readers pass over it. */
function unknownRecord(payloadBytes: number): Buffer {
  const record = Buffer.alloc(FRAME_BYTES + payloadBytes, 99);
  record.writeUInt32LE(payloadBytes, 4);
  record.writeUInt32LE(crc32(record.subarray(4)), 0);
  return record;
}

let script: ReturnType<typeof bundleChild>;
beforeAll(() => {
  script = bundleChild(fileURLToPath(new URL('../../cli/journal/read-thread.ts', import.meta.url)));
});
afterAll(() => script.remove());

test('a report is the same with a thread that reads ahead and without', () => {
  const dir = temporaryFolder();
  makeRun(dir);
  const reportWith = (preload: string): CliResult =>
    runCli(['report', '--json', '--dir', dir], {
      env: {
        NODE_OPTIONS: `--require ${JSON.stringify(join(PROJECT, 'test/cli/children', preload))}`,
        READ_THREAD: script.path,
      },
    });
  const ahead = reportWith('thread-first.cjs');
  const alone = reportWith('no-threads.cjs');
  expect(ahead).toMatchObject({ code: 0, stdout: alone.stdout });
  expect(alone.code).toBe(0);
  const [, taken] = /^taken: (\d+)\n/m.exec(ahead.stderr) ?? [];
  expect(Number(taken)).toBeGreaterThan(7);
  expect(ahead.stderr.replace(/^taken.*\n/m, '')).toBe(alone.stderr);
  // All that is wrong with the files is said.
  expect(alone.stderr.match(/not read/g)).toHaveLength(5);
});

describe('the thread', () => {
  const start = (reading: SharedReading): Promise<unknown> => {
    const thread = new Worker(script.path, { workerData: reading });
    return once(thread, 'exit');
  };

  test('reads what is whole and small enough, in order, and leaves the rest', async () => {
    const paths = makeRun(temporaryFolder()).slice(0, 12);
    const reading = sharedReadingOf([...paths, join(PROJECT, 'is-not-there')]);
    await start(reading);
    const left = [2, 3, 5, 6, 7, 9, 12];
    expect(Array.from(reading.states, (state) => state >= IN_SLOT)).toEqual(
      reading.paths.map((_, i) => !left.includes(i)),
    );
    paths.forEach((path, i) => {
      const slot = Atomics.load(reading.states, i) - IN_SLOT;
      if (slot < 0) return;
      const bytes = readFileSync(path);
      expect(bytesOf(reading, slot).subarray(0, bytes.length)).toEqual(bytes);
      expect(factsOf(reading, slot)[0]).toBe(bytes.length);
    });
  });

  test('waits for a slot to be free, and ends when nothing is asked for any more', async () => {
    const paths = makeRun(temporaryFolder());
    const reading = sharedReadingOf(paths);
    const ended = start(reading);
    const last = reading.slots.length - 1;
    while (Atomics.load(reading.slots, last) === FREE) await setTimeout(1);
    const ahead = new ReadAhead(reading);
    const taken = paths.slice(0, 50).map((path) => ahead.take(path)?.stat.size);
    ahead.end();
    await ended;
    paths
      .slice(0, 50)
      .forEach((path, i) => expect(taken[i] ?? statSync(path).size).toBe(statSync(path).size));
    expect(taken.filter((size) => size !== undefined).length).toBeGreaterThanOrEqual(reading.slots.length);
    expect(Array.from(reading.states).filter((state) => state === UNREAD).length).toBeGreaterThan(0);
  });
});

describe('a file is taken', () => {
  const PATHS = ['a', 'b', 'c'];

  test('once, and its slot is free again when the next one is asked for', () => {
    const reading = sharedReadingOf(PATHS);
    const ahead = new ReadAhead(reading);
    factsOf(reading, 4).set([300, 7, 10, 290, 300]);
    bytesOf(reading, 4)[299] = 42;
    reading.slots[4] = TAKEN;
    reading.states[0] = IN_SLOT + 4;
    const held = ahead.take('a');
    expect(held).toMatchObject({
      stat: { size: 300, mtimeMs: 7 },
      lastState: { from: 10, to: 290, end: 300, defect: 'end' },
    });
    expect(held?.bytes[299]).toBe(42);
    expect(reading.slots[4]).toBe(TAKEN);
    expect(ahead.take('a')).toBeUndefined();
    expect(reading.slots[4]).toBe(FREE);
  });

  test('not where nobody has begun to read it; then the thread does not read it any more', () => {
    const reading = sharedReadingOf(PATHS);
    expect(new ReadAhead(reading).take('b')).toBeUndefined();
    expect(reading.states[1]).toBe(LEFT);
  });

  test('not where the thread has left it, or does not know it', () => {
    const reading = sharedReadingOf(PATHS);
    reading.states[2] = LEFT;
    const ahead = new ReadAhead(reading);
    expect(ahead.take('c')).toBeUndefined();
    expect(ahead.take('d')).toBeUndefined();
  });

  test('not where the thread does not come to an end with it', () => {
    const reading = sharedReadingOf(PATHS);
    reading.states[0] = BUSY;
    expect(new ReadAhead(reading).take('a')).toBeUndefined();
    expect(reading.states[0]).toBe(LEFT);
  });

  test('no more after the end, which the thread is told', () => {
    const reading = sharedReadingOf(PATHS);
    new ReadAhead(reading).end();
    expect(reading.slots.every((slot) => slot === OVER)).toBe(true);
  });
});
