/**
 * Memory and CPU of single calls, sampled: a read costs up to 8 µs, a hundred times what a call's timing costs. Samples
 * take an eighth of the budget at most; beside them the first few, and the first calls of sites, a hundred of them and for
 * some milliseconds at most.
 */
import { budget } from '../budget/budget.ts';
import { NS_PER_MS, now } from '../platform/clock.ts';
import { raise, SAMPLE } from '../stack/frames.ts';
import { othersInFlightNow } from '../stack/in-flight.ts';
import { builtin, nodeProcess } from '../platform/platform.ts';
import { Job } from '../stack/schedule.ts';

/** The counters as a call begins. */
export interface MemoryMark {
  readonly rssBytes: number;
  readonly heap: HeapReading;
  /** Tells whether a garbage collection has run since. */
  readonly hasCollected: () => boolean;
  /** Other calls were in flight. */
  readonly overlaps: boolean;
  readonly cpuNs: number;
  /** When that was read, in monotonic milliseconds. */
  readonly cpuAtMs: number;
  /** What reading them took, in milliseconds. */
  readonly costMs: number;
}

/** What a call changed. */
export interface MemorySample {
  readonly rssBytes: number;
  /** Allocated on the heap; `undefined` where a garbage collection has run and the platform cannot tell all the same. */
  readonly heapBytes: number | undefined;
  readonly cpuNs: number;
  /** Between the two readings of that. The call's duration may be far less: what measuring took is not in it. */
  readonly wallNs: number;
  /** Other calls were in flight as it began or ended: what they did may be in here. */
  readonly overlaps: boolean;
  /** What reading them took, in milliseconds. */
  readonly costMs: number;
}

interface HeapReading {
  readonly used_heap_size: number;
  /** Node 26: exact over any garbage collection, but in steps of some 100 kB. */
  readonly total_allocated_bytes?: number;
}

/** Of shorter calls the share of CPU time is not told: reading it takes as long, and it moves in microseconds. */
export const LEAST_CPU_NS = 50_000;

/** Samples take so much of the budget. */
const MEMORY_PART = 1 / 8;
/**
 * After the first samples it is no longer than that: they take milliseconds, as their code is new to V8, which says nothing of
 * the next ones. With a second and more after each there would be three in a program of ten seconds.
 */
const FIRST_GAP_MS = 500;
const FIRST_SAMPLES = 8;

const readRss = nodeProcess?.memoryUsage?.rss;
/** Asked for with the first sample: Node loads its streams with it. */
let v8: ReturnType<typeof builtin<'node:v8'>>;
const readCpu = threadCpuOf(nodeProcess);

let nextMs = 0;
let gapMs = 0;
let eagerSites = 0;
/** Sites whose first call is sampled at any time, and milliseconds that this may take. */
let firstsLeft = 100;
let firstsLeftMs = 5;

/** Where no site that asks for it has taken the sample, the next call of any does. */
const offerToAll = new Job((nowMs) => {
  offeredMs = nowMs;
  raise(SAMPLE);
});
let offeredMs = 0;

/** A site that asks to be sampled at each opportunity has been made. */
export function countEagerSite(): void {
  eagerSites++;
}

/** Whether the first call of a site may be sampled: of some sites at any time, of thousands as of others. */
export function mayMarkFirst(nowMs: number): boolean {
  return (firstsLeftMs > 0 && firstsLeft-- > 0) || nowMs >= nextMs;
}

/** A site that asks to be sampled at each opportunity. */
export interface EagerSite {
  /** Samples taken of it. */
  memoryMarks: number;
}

/**
 * Of such sites called since the last sample the one with the fewest: it is its turn. Were it whoever is called first when
 * a sample may be taken again, of two functions called one after the other it would ever be the one behind the slower one.
 */
let next: EagerSite | undefined;
/** Calls of others that have waited for it. */
let passed = 0;
/** It may never come again: then so many have waited for it, and so many gaps are over. */
const MOST_PASSED = 20;
const MOST_GAPS = 8;

/** Whether the call that begins, of a site that asks for it, is to be sampled. */
export function isItsTurn(site: EagerSite, nowMs: number): boolean {
  if (!next || site.memoryMarks < next.memoryMarks) next = site;
  if (nowMs < nextMs) return false;
  return site === next || (++passed > MOST_PASSED && nowMs >= nextMs + MOST_GAPS * gapMs);
}

/** Calls that are looked at before a sample, for the site that has the fewest. */
const MOST_SEEN = 20;
let seen = 0;
let fewest: EagerSite | undefined;

/**
 * Whether the call that begins, of any site, is to be sampled, now that one may be. Not the first that comes: when a sample is
 * due is noticed as a call ends, and a function that is called within another is never the next to begin then.
 */
export function isChosen(site: EagerSite, nowMs: number): boolean {
  if (!Number.isNaN(leastBytes)) return true;
  if (!fewest || site.memoryMarks < fewest.memoryMarks) fewest = site;
  // Calls that are rare are not waited for.
  if (++seen <= MOST_SEEN && nowMs < offeredMs + gapMs) return false;
  return site === fewest || seen > MOST_SEEN + MOST_PASSED;
}

/** Its call is sampled. */
export function countTurn(site: EagerSite): void {
  site.memoryMarks++;
  next = fewest = undefined;
  passed = seen = 0;
}

let emptyCall: (() => void) | undefined;
/** What taking a sample allocates itself, and computes itself, between its own two readings. */
let ownBytes = 0;
let ownCpuNs = 0;
/** The least of the empty calls under way; NaN where none is. */
let leastBytes = Number.NaN;
let leastCpuNs = Number.NaN;
let samples = 0;
/** Samples from which on that is found out again: V8 optimises the code, which then allocates less. */
let calibrateAt = 0;

/** Sets what makes a call of nothing with a sample. */
export function setEmptySample(call: () => void): void {
  emptyCall = call;
}

function calibrate(call: () => void): void {
  calibrateAt = 8 * samples + 1;
  leastBytes = leastCpuNs = Infinity;
  try {
    for (let i = 0; i < 3; i++) call();
    if (leastBytes < Infinity) ownBytes = leastBytes;
    ownCpuNs = leastCpuNs;
  } finally {
    leastBytes = leastCpuNs = Number.NaN;
  }
}

/** Reads the counters before a call; `undefined` where the platform has none. */
export function markMemory(): MemoryMark | undefined {
  v8 ??= builtin('node:v8');
  if (!readRss || !v8) return undefined;
  const calledMs = now();
  if (Number.isNaN(leastBytes) && samples++ >= calibrateAt && emptyCall) calibrate(emptyCall);
  raise(SAMPLE, false);
  const beginMs = now();
  const overlaps = othersInFlightNow();
  const rssBytes = readRss();
  const cpuNs = readCpu();
  const cpuAtMs = now();
  const hasCollected = watchCollections();
  // The heap is read next to the call: the other reads allocate.
  const heap: HeapReading = v8.getHeapStatistics();
  const endMs = now();
  const costMs = endMs - beginMs;
  // With what calibration took, whose own empty calls are not counted once more.
  if (Number.isNaN(leastBytes)) firstsLeftMs -= endMs - calledMs + costMs;
  gapMs = gapFor(2 * costMs);
  allowFrom(endMs + gapMs); // a first answer: the call may never end
  return { rssBytes, heap, hasCollected, overlaps, cpuNs, cpuAtMs, costMs };
}

/** Reads the counters after a call, of which it may be known whether others were in flight as it ended. */
export function sampleMemory(mark: MemoryMark, overlapped?: boolean): MemorySample | undefined {
  if (!readRss || !v8) return undefined;
  const beginMs = now();
  const heap: HeapReading = v8.getHeapStatistics();
  const usedBytes = heap.used_heap_size - mark.heap.used_heap_size;
  const hasCollected = mark.hasCollected();
  if (!hasCollected && usedBytes >= 0) leastBytes = Math.min(leastBytes, usedBytes);
  const heapBytes = hasCollected
    ? difference(heap.total_allocated_bytes, mark.heap.total_allocated_bytes)
    : usedBytes - ownBytes;
  const cpuNs = readCpu() - mark.cpuNs;
  const wallNs = (now() - mark.cpuAtMs) * NS_PER_MS;
  leastCpuNs = Math.min(leastCpuNs, cpuNs);
  const rssBytes = readRss() - mark.rssBytes;
  const overlaps = mark.overlaps || (overlapped ?? othersInFlightNow());
  const endMs = now();
  gapMs = gapFor(endMs - beginMs + mark.costMs);
  allowFrom(endMs + gapMs);
  return {
    rssBytes,
    heapBytes: heapBytes === undefined ? undefined : Math.max(0, heapBytes),
    cpuNs: Math.max(0, cpuNs - ownCpuNs),
    wallNs,
    overlaps,
    costMs: endMs - beginMs,
  };
}

function difference(after: number | undefined, before: number | undefined): number | undefined {
  return after === undefined || before === undefined ? undefined : after - before;
}

/** Watches for garbage collections from here; some 2 µs, and exact, as V8 itself reports them. */
function watchCollections(): () => boolean {
  if (!v8?.GCProfiler) return () => false;
  const profiler = new v8.GCProfiler();
  profiler.start();
  return () => (profiler.stop()?.statistics.length ?? 0) > 0;
}

function gapFor(costMs: number): number {
  return budget.restMs(costMs, MEMORY_PART, 0, samples > FIRST_SAMPLES ? Infinity : FIRST_GAP_MS);
}

function allowFrom(atMs: number): void {
  nextMs = atMs;
  offerToAll.moveTo(atMs + (eagerSites > 0 ? gapMs : 0));
}

function threadCpuOf(source: typeof nodeProcess): () => number {
  if (!source) return () => 0;
  // Node 23.9 and later; before, the CPU time of all threads is all there is.
  const { threadCpuUsage } = source as { threadCpuUsage?: () => NodeJS.CpuUsage };
  const { cpuUsage } = source;
  const read = threadCpuUsage ?? cpuUsage;
  return () => {
    // Linux brings a thread's time up to date as its clock ticks, every few milliseconds, or where the process's is asked for.
    if (threadCpuUsage) cpuUsage();
    const { user, system } = read();
    return (user + system) * (NS_PER_MS / 1000);
  };
}
