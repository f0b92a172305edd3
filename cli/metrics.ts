import { METRIC_ARGS, METRIC_CPU, METRIC_ERROR, METRIC_MEMORY, METRIC_OK } from '../runtime/layout.ts';
import type { MetricTuple } from '../runtime/record.ts';
import { Cursor } from './cursor.ts';
import type { Rows } from './rows.ts';

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
    metrics.push({
      id,
      durationNs,
      at: at / 1000,
      ok: (flags & METRIC_OK) !== 0,
      ...((flags & METRIC_MEMORY) === 0 ? {} : { memoryBytes: from.int() }),
      ...((flags & METRIC_CPU) === 0 ? {} : { cpuPercent: from.float() }),
      ...((flags & METRIC_ARGS) === 0 ? {} : { argsHash: from.text() }),
      ...((flags & METRIC_ERROR) === 0 ? {} : { error: from.text() }),
    });
  }
  return metrics;
}
