/** What samples of memory and CPU add to a site's sums. */
import { LEAST_CPU_NS, type MemorySample } from './memory.ts';
import {
  CPU_SAMPLES,
  CPU_SUM,
  CPU_WALL,
  HEAP_SAMPLES,
  HEAP_SUM,
  OVERLAPPING,
  RSS_SAMPLES,
  RSS_SUM,
} from './sums.ts';
import type { Tally } from './tally.ts';

/** Change of the resident set in one call. */
export function addRss(tally: Tally, bytes: number): void {
  tally.bump(RSS_SAMPLES, 1);
  tally.bump(RSS_SUM, bytes);
}

/** Memory and CPU of one sampled call. */
export function addMemory(
  tally: Tally,
  sample: MemorySample,
  durationNs: number,
  isOverlapping: boolean,
): void {
  addRss(tally, sample.rssBytes);
  if (sample.heapBytes !== undefined) {
    tally.bump(HEAP_SAMPLES, 1);
    tally.bump(HEAP_SUM, sample.heapBytes);
  }
  if (isOverlapping) tally.bump(OVERLAPPING, 1);
  if (durationNs >= LEAST_CPU_NS) addCpu(tally, sample.cpuNs, sample.wallNs);
}

/** Processor time in one call. */
export function addCpu(tally: Tally, cpuNs: number, wallNs: number): void {
  tally.bump(CPU_SAMPLES, 1);
  tally.bump(CPU_SUM, cpuNs);
  tally.bump(CPU_WALL, wallNs);
}
