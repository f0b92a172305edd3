/** The beginning and the end of a call as the slow path records them: with arguments, memory, errors, or later. */
import { hashOf } from './args-hash.ts';
import { budget } from '../budget/budget.ts';
import { hidden, isRaised, SAMPLE } from '../stack/frames.ts';
import {
  countTurn,
  type EagerSite,
  isChosen,
  isItsTurn,
  LEAST_CPU_NS,
  markMemory,
  mayMarkFirst,
  type MemoryMark,
  sampleMemory,
} from '../tally/memory.ts';
import { addMemory } from '../tally/memory-sums.ts';
import { forgetFailures } from './pending.ts';
import { type MetricExtra, type NotedCall, recent } from '../tally/recent.ts';
import type { SiteOptions } from '../format/record.ts';
import { LOG_END } from '../stack/log.ts';
import { STRIDE } from '../stack/log-entry.ts';
import { thresholds } from '../stack/site-table.ts';
import { squareOf } from '../tally/run.ts';
import { addToCaller } from '../tally/callers.ts';
import type { Tally } from '../tally/tally.ts';

/** A site as far as recording goes. */
export interface RecordingSite extends EagerSite {
  readonly number: number;
  readonly options: SiteOptions;
  readonly tally: Tally;
}

/** What a call carries beside its start. */
export interface CallExtra {
  readonly memory: MemoryMark | undefined;
  readonly argsHash: string | undefined;
}

/** A call that has ended. */
export interface EndedCall extends Omit<NotedCall, 'extra'> {
  readonly extra: CallExtra | undefined;
  /** What the error says, where that is known. */
  readonly error: string | undefined;
  /** Other calls were in flight as it ended, where that was told then. */
  readonly overlaps?: boolean | undefined;
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
  const isDue = asked === true ? isItsTurn : isChosen;
  const sampled =
    asked !== false &&
    ((first && mayMarkFirst(nowMs)) || ((asked || isRaised(SAMPLE)) && isDue(site, nowMs)));
  const argsHash = args && hashOf(args);
  const memory = sampled ? markMemory() : undefined;
  if (memory) countTurn(site);
  return memory || argsHash ? { memory, argsHash } : undefined;
}

/**
 * Records a call.
 *
 * @returns What its metric carries, for an error that becomes known later; `undefined` for a call under the threshold.
 */
export function finishCall(site: RecordingSite, call: EndedCall): MetricExtra | undefined {
  return hidden(() => record(site, call));
}

function record(site: RecordingSite, call: EndedCall): MetricExtra | undefined {
  const { durationNs, endMs, ok, extra, error } = call;
  const { tally } = site;
  const sample = extra?.memory && sampleMemory(extra.memory, call.overlaps);
  if (sample) budget.setApart(sample.costMs);
  // An error is none of what is too fast to be of interest.
  if (ok && durationNs < (thresholds[site.number] as number)) {
    noteBelowThreshold(tally, call);
    return undefined;
  }
  const metric: MetricExtra = {};
  if (sample) {
    addMemory(tally, sample, durationNs, call.isOpen && sample.overlaps);
    metric.memoryBytes = sample.rssBytes;
    if (durationNs >= LEAST_CPU_NS) metric.cpuPercent = (100 * sample.cpuNs) / sample.wallNs;
  }
  if (extra?.argsHash) metric.argsHash = extra.argsHash;
  if (error !== undefined) {
    metric.error = error;
    tally.setError(error, endMs);
  }
  const { rawNs, caller, isInner, isOpen, isLong, weight } = call;
  recent.add(site.number, {
    ok,
    durationNs,
    rawNs,
    caller,
    isInner,
    isOpen,
    isLong,
    weight,
    endMs,
    extra: ok && !extra ? undefined : metric,
  });
  return metric;
}

/** So many calls under thresholds as others fill the log: they are not in it, and what measuring costs is looked at then. */
const LOOK_AFTER = LOG_END / STRIDE;
let unnoted = 0;

/** A call under its threshold is in no number but this; its caller's own time it is not, though. */
export function noteBelowThreshold(
  tally: Tally,
  { durationNs, caller, weight }: Pick<EndedCall, 'durationNs' | 'caller' | 'weight'>,
): void {
  tally.addBelow(durationNs, weight);
  addToCaller(caller, weight * durationNs, squareOf(durationNs, weight));
  if (++unnoted < LOOK_AFTER) return;
  unnoted = 0;
  recent.full();
}
