/** The beginning and the end of a call as the slow path records them: with arguments, memory, errors, or later. */
import { hashOf } from './args-hash.ts';
import { hot, SAMPLE_MEMORY } from './frames.ts';
import { markMemory, mayMarkMemory, type MemoryMark, sampleMemory } from './memory.ts';
import { forgetFailures } from './pending.ts';
import { type MetricExtra, recent } from './recent.ts';
import type { SiteOptions } from './record.ts';
import { BELOW_THRESHOLD, ERRORS, type Tally } from './tally.ts';

/** A site as far as recording goes. */
export interface RecordingSite {
  readonly index: number;
  readonly thresholdNs: number;
  readonly options: SiteOptions;
  readonly tally: Tally;
}

/** What a call carries beside its start. */
export interface CallExtra {
  readonly memory: MemoryMark | undefined;
  readonly argsHash: string | undefined;
}

/** A call that has ended. */
export interface EndedCall {
  readonly durationNs: number;
  readonly selfNs: number;
  /** Monotonic milliseconds. */
  readonly endMs: number;
  readonly ok: boolean;
  readonly extra: CallExtra | undefined;
  /** What the error says, where that is known. */
  readonly error: string | undefined;
}

/** What is unusual about a call that begins: the site's first, or sampled, or with arguments to hash. */
export function prepareCall(
  site: RecordingSite,
  args: ArrayLike<unknown> | undefined,
  nowMs: number,
): CallExtra | undefined {
  forgetFailures(); // the program goes on, so somebody has swallowed them
  const first = !site.tally.isOpen;
  if (first) site.tally.open();
  const asked = site.options.memory;
  const sampled =
    asked !== false &&
    (first || (hot.mode & SAMPLE_MEMORY) !== 0 || (asked === true && mayMarkMemory(nowMs)));
  const argsHash = args && hashOf(args);
  const memory = sampled ? markMemory() : undefined;
  return memory || argsHash ? { memory, argsHash } : undefined;
}

/**
 * Records a call.
 *
 * @returns What its metric carries, for an error that becomes known later; `undefined` for a call under the threshold.
 */
export function finishCall(site: RecordingSite, call: EndedCall): MetricExtra | undefined {
  const { durationNs, endMs, ok, extra, error } = call;
  const { tally } = site;
  const sample = extra?.memory && sampleMemory(extra.memory);
  if (durationNs < site.thresholdNs) {
    tally.bump(BELOW_THRESHOLD, 1);
    return undefined;
  }
  const metric: MetricExtra = {};
  if (sample) {
    tally.addMemory(sample, durationNs);
    metric.memoryBytes = sample.rssBytes;
    if (durationNs > 0) metric.cpuPercent = (100 * sample.cpuNs) / durationNs;
  }
  if (extra?.argsHash) metric.argsHash = extra.argsHash;
  if (!ok) tally.bump(ERRORS, 1);
  if (error !== undefined) {
    metric.error = error;
    tally.setError(error, endMs);
  }
  const { selfNs } = call;
  recent.add(site.index, {
    ok,
    durationNs,
    selfNs,
    endMs,
    extra: ok && !extra ? undefined : metric,
  });
  return metric;
}
