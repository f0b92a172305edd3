/* A worker thread: reads and checks journal files before they are asked for. See read-ahead.ts. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { MAGIC } from '../../runtime/format/layout.ts';
import { Input } from './input.ts';
import { lastStateOf } from './last-state.ts';
import {
  BUSY,
  bytesOf,
  factsOf,
  FREE,
  IN_SLOT,
  LEFT,
  OVER,
  type SharedReading,
  SLOT_BYTES,
  TAKEN,
  UNREAD,
} from './shared-reading.ts';

const reading = workerData as SharedReading;
const { paths, states, slots } = reading;

/** Whether a file is in the slot now, and nothing is wrong with it. What is wrong, who asks for the file will find too. */
function readInto(slot: number, path: string): boolean {
  try {
    return readWhole(slot, path);
  } catch {
    return false;
  }
}

/** @throws where the file cannot be read */
function readWhole(slot: number, path: string): boolean {
  const descriptor = openSync(path, 'r');
  try {
    const { size, mtimeMs } = fstatSync(descriptor);
    if (size > SLOT_BYTES) return false;
    const input = new Input(descriptor, size, bytesOf(reading, slot));
    if (!input.has(size) || !input.has(MAGIC.length)) return false;
    if (!MAGIC.every((byte, i) => input.bytes[i] === byte)) return false;
    input.at = MAGIC.length;
    const { from, to, end, defect } = lastStateOf(input, size);
    if (defect !== 'end') return false;
    factsOf(reading, slot).set([size, mtimeMs, from, to, end]);
    return true;
  } finally {
    closeSync(descriptor);
  }
}

/** The next slot, as soon as it is free; -1 where nothing will be asked for any more. */
function freeSlot(turn: number): number {
  const slot = turn % slots.length;
  Atomics.wait(slots, slot, TAKEN);
  return Atomics.load(slots, slot) === OVER ? -1 : slot;
}

function readAll(): void {
  let turn = 0;
  for (const [file, path] of paths.entries()) {
    if (Atomics.load(states, file) !== UNREAD) continue;
    const slot = freeSlot(turn);
    if (slot < 0) return;
    if (Atomics.compareExchange(states, file, UNREAD, BUSY) !== UNREAD) continue;
    const isRead = readInto(slot, path);
    if (isRead) Atomics.compareExchange(slots, slot, FREE, TAKEN);
    const isWanted = Atomics.compareExchange(states, file, BUSY, isRead ? IN_SLOT + slot : LEFT) === BUSY;
    Atomics.notify(states, file);
    if (isRead && isWanted) turn++;
    else Atomics.compareExchange(slots, slot, TAKEN, FREE);
  }
}

readAll();
