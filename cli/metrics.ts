import { METRIC_ARGS, METRIC_CPU, METRIC_ERROR, METRIC_MEMORY, METRIC_OK } from '../runtime/layout.ts';
import type { MetricsRecord, MetricTuple } from '../runtime/record.ts';
import { Cursor } from './cursor.ts';
import type { Rows } from './rows.ts';

const cursor = new Cursor();

/** Recent metrics in binary form, decoded where somebody asks: most views do not. */
export class LazyMetrics implements MetricsRecord {
  readonly t = 'metrics';
  readonly rows: Rows;

  constructor(rows: Rows) {
    this.rows = rows;
  }

  /** The metrics in the order in which calls ended. @throws Malformed */
  get metrics(): MetricTuple[] {
    const { bytes, begin, end } = this.rows;
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
}

/** Visits the calls of a record by site, duration and end in epoch milliseconds, without making objects. @throws Malformed */
export function visitCalls(
  record: MetricsRecord,
  visit: (id: number, durationNs: number, atMs: number) => void,
): void {
  if (!(record instanceof LazyMetrics)) {
    for (const { id, durationNs, at } of record.metrics) visit(id, durationNs, at);
    return;
  }
  const { bytes, begin, end } = record.rows;
  const from = cursor.moveTo(bytes, begin, end);
  let at = 0;
  while (!from.isAtEnd) {
    const id = from.uint();
    const flags = from.byte();
    const durationNs = from.uint();
    at += from.int();
    if ((flags & METRIC_MEMORY) !== 0) from.int();
    if ((flags & METRIC_CPU) !== 0) from.at += 4;
    if ((flags & METRIC_ARGS) !== 0) from.at += from.uint();
    if ((flags & METRIC_ERROR) !== 0) from.at += from.uint();
    visit(id, durationNs, at / 1000);
  }
}
