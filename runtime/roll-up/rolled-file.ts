/** A file that holds what several writers have measured, in place of theirs. */
import type { EndedWriter } from './ended-writer.ts';
import type { Encoder } from '../journal/encoder.ts';
import { MAGIC } from '../format/layout.ts';
import type { EndRecord, HeadRecord, Rolled, UsageRecord } from '../format/record.ts';
import type { RolledSums } from './rolled-sums.ts';

/** Its bytes, until something else is encoded. @param sums - Of all of these. */
export function encodeRolled(
  out: Encoder,
  names: readonly string[],
  ended: readonly EndedWriter[],
  sums: RolledSums,
): Uint8Array {
  const startedAt = Math.min(...ended.map(({ head }) => head.startedAt));
  const at = Math.max(...ended.map(({ lastAt }) => lastAt));
  out.at = 0;
  out.copy(MAGIC);
  out.json({
    ...(ended[0] as EndedWriter).head,
    startedAt,
    rolled: rolledOf(names, ended),
  } satisfies HeadRecord);
  sums.write(out, startedAt, at);
  out.json({ t: 'diag', counts: addedUp(ended.map(({ failures }) => failures)) });
  const usage = usageOf(ended);
  if (usage) out.json(usage);
  out.json({ t: 'end', at, reason: 'exit' } satisfies EndRecord);
  return out.bytes.subarray(0, out.at);
}

function rolledOf(names: readonly string[], ended: readonly EndedWriter[]): Rolled {
  let writers = 0;
  let processes = 0;
  for (const { head } of ended) {
    writers += head.rolled?.writers ?? 1;
    processes += head.rolled?.processes ?? (head.thread === 0 ? 1 : 0);
  }
  return { names, writers, processes, failures: addedUp(ended.map(failuresOf)) };
}

/** How it ended, unless it did so by itself. */
function failuresOf({ head, end }: EndedWriter): Readonly<Record<string, number>> {
  if (head.rolled) return head.rolled.failures;
  if (!end) return { killed: 1 };
  if (end.reason === 'error') return { error: 1 };
  return end.reason === 'signal' ? { [end.detail ?? 'signal']: 1 } : {};
}

function usageOf(ended: readonly EndedWriter[]): UsageRecord | undefined {
  let sum: UsageRecord | undefined;
  for (const { usage } of ended) sum = sum && usage ? addUsage(sum, usage) : (sum ?? usage);
  return sum;
}

function addUsage(a: UsageRecord, b: UsageRecord): UsageRecord {
  const noiseNs = Math.max(a.noiseNs, b.noiseNs);
  return {
    ...a,
    ...b,
    elapsedMs: a.elapsedMs + b.elapsedMs,
    overheadMs: a.overheadMs + b.overheadMs,
    journalMs: (a.journalMs ?? 0) + (b.journalMs ?? 0),
    watchMs: (a.watchMs ?? 0) + (b.watchMs ?? 0),
    noiseNs,
    avgNoiseNs: Math.max(a.avgNoiseNs ?? a.noiseNs, b.avgNoiseNs ?? b.noiseNs),
  };
}

function addedUp(all: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = Object.create(null);
  for (const counts of all) for (const key in counts) sums[key] = (sums[key] ?? 0) + (counts[key] ?? 0);
  return sums;
}
