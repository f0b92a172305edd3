/**
 * Memory and CPU of single calls, sampled: a read costs up to 8 µs, a hundred times what a call's timing costs. After
 * a sample that cost c the next is not taken before 400·c later, so that samples take a quarter of a percent of the time
 * at most; beside them the first call of the first hundred sites is sampled.
 */
import { NS_PER_MS, now } from './clock.ts';
import { hot } from './frames.ts';
import { builtin, nodeProcess } from './platform.ts';
import { Job } from './schedule.ts';

/** The counters as a call begins. */
export interface MemoryMark {
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly cpuNs: number;
  /** What reading them took, in milliseconds. */
  readonly costMs: number;
}

/** What a call changed. */
export interface MemorySample {
  readonly rssBytes: number;
  /** `undefined` where a garbage collection ran in between. */
  readonly heapBytes: number | undefined;
  readonly cpuNs: number;
}

/** Time between samples, in multiples of their cost: a quarter of the default budget. */
const GAP = 400;

const readRss = nodeProcess?.memoryUsage?.rss;
const readHeap = builtin('node:v8')?.getHeapStatistics;
const readCpu = threadCpuOf(nodeProcess);

let nextMs = 0;
let gapMs = 0;
let eagerSites = 0;
/** Sites whose first call is sampled whatever that costs. */
let firstsLeft = 100;

/** Where no site that asks for it has taken the sample, the next call of any does. */
const offerToAll = new Job(() => {
  hot.sample = 1;
});

/** A site that asks to be sampled at each opportunity has been made. */
export function countEagerSite(): void {
  eagerSites++;
}

/** Whether the first call of a site may be sampled: of some sites at any time, of thousands as of others. */
export function mayMarkFirst(nowMs: number): boolean {
  return firstsLeft-- > 0 || nowMs >= nextMs;
}

/** Whether a sample may be taken now. */
export function mayMarkMemory(nowMs: number): boolean {
  return nowMs >= nextMs;
}

/** Reads the counters before a call; `undefined` where the platform has none. */
export function markMemory(): MemoryMark | undefined {
  if (!readRss || !readHeap) return undefined;
  hot.sample = 0;
  const beginMs = now();
  const rssBytes = readRss();
  const cpuNs = readCpu();
  // The heap is read next to the call: the other reads allocate.
  const heapBytes = readHeap().used_heap_size;
  const endMs = now();
  const costMs = endMs - beginMs;
  gapMs = 2 * costMs * GAP;
  allowFrom(endMs + gapMs); // a first answer: the call may never end
  return { rssBytes, heapBytes, cpuNs, costMs };
}

/** Reads the counters after a call. */
export function sampleMemory(mark: MemoryMark): MemorySample | undefined {
  if (!readRss || !readHeap) return undefined;
  const beginMs = now();
  const heapBytes = readHeap().used_heap_size - mark.heapBytes;
  const cpuNs = readCpu() - mark.cpuNs;
  const rssBytes = readRss() - mark.rssBytes;
  const endMs = now();
  gapMs = (endMs - beginMs + mark.costMs) * GAP;
  allowFrom(endMs + gapMs);
  return { rssBytes, heapBytes: heapBytes < 0 ? undefined : heapBytes, cpuNs };
}

function allowFrom(atMs: number): void {
  nextMs = atMs;
  offerToAll.moveTo(atMs + (eagerSites > 0 ? gapMs : 0));
}

function threadCpuOf(source: typeof nodeProcess): () => number {
  if (!source) return () => 0;
  // Node 23.9 and later; before, the CPU time of all threads is all there is.
  const { threadCpuUsage } = source as { threadCpuUsage?: () => NodeJS.CpuUsage };
  const read = threadCpuUsage ?? source.cpuUsage;
  return () => {
    const { user, system } = read();
    return (user + system) * (NS_PER_MS / 1000);
  };
}
