import { METRIC_ARGS, METRIC_CPU, METRIC_ERROR, METRIC_MEMORY, METRIC_OK } from '../runtime/layout.ts';
import type { MetricTuple } from '../runtime/record.ts';
import { Cursor } from './cursor.ts';
import type { Rows } from './rows.ts';

type Writable<Data> = { -readonly [Key in keyof Data]: Data[Key] };

/** The recent metrics of a record, in the order in which calls ended. @throws Malformed */
export function readMetrics({ bytes, begin, end }: Rows): MetricTuple[] {
  const from = new Cursor().moveTo(bytes, begin, end);
  const metrics: MetricTuple[] = [];
  let at = 0;
  while (!from.isAtEnd) {
    const id = from.uint();
    const flags = from.byte();
    const durationNs = from.uint();
    at += from.int();
    // Filled in one by one, as most have none of them: there are thousands, and code that has just begun to run is slow.
    const metric: Writable<MetricTuple> = { id, durationNs, at: at / 1000, ok: (flags & METRIC_OK) !== 0 };
    if ((flags & METRIC_MEMORY) !== 0) metric.memoryBytes = from.int();
    if ((flags & METRIC_CPU) !== 0) metric.cpuPercent = from.float();
    if ((flags & METRIC_ARGS) !== 0) metric.argsHash = from.text();
    if ((flags & METRIC_ERROR) !== 0) metric.error = from.text();
    metrics.push(metric);
  }
  return metrics;
}
