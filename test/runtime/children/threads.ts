/* oxlint-disable unicorn/require-post-message-target-origin -- threads have none */
/** A program with many threads, one after the other: some end by themselves, some are terminated, the first one goes on. */
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, threadId, Worker, workerData } from 'node:worker_threads';

const COUNT = 36;
const dir = join(process.env['TKA_PERF_DIR'] ?? '', process.env['TKA_PERF_RUN'] ?? '');

const filesWith = (text: string): string[] =>
  existsSync(dir) ? readdirSync(dir).filter((file) => file.includes(text)) : [];

/** Begins a thread; of those that do not end by themselves, when it has written what it did. */
async function begin(kind: 'ends' | 'waits'): Promise<Worker> {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: kind });
  await new Promise((resolve) => worker.once(kind === 'ends' ? 'exit' : 'message', resolve));
  return worker;
}

async function main(): Promise<void> {
  const first = await begin('waits');
  for (let i = 0; i < COUNT / 2; i++) {
    await begin('ends');
    await (await begin('waits')).terminate();
  }
  const hourAgo = Date.now() / 1000 - 3_600;
  for (const file of readdirSync(dir)) utimesSync(join(dir, file), hourAgo, hourAgo);
  // Only now: who writes for the first time looks what has ended.
  await measureAs('main');
  for (let i = 0; i < 400 && !filesWith('r1.').some((file) => file.endsWith('.0.tkap')); i++) await sleep(25);
  first.postMessage('end');
  await new Promise((resolve) => first.once('exit', resolve));
}

async function measureAs(name: string): Promise<void> {
  const { getPerformanceMonitor, measure } = await import('../../../runtime/index.ts');
  getPerformanceMonitor().configure({ flushIntervalMs: 10 });
  measure(name, () => 1);
}

async function work(): Promise<void> {
  await measureAs('job');
  if (workerData === 'ends') return;
  while (filesWith(`${process.pid}-${threadId}.`).length === 0) await sleep(5);
  const ended = new Promise((resolve) => parentPort?.once('message', resolve));
  parentPort?.postMessage('has written');
  await ended;
}

await (isMainThread ? main() : work());
