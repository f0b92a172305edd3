import {
  METRIC_ARGS,
  METRIC_CPU,
  METRIC_ERROR,
  METRIC_MEMORY,
  METRIC_OK,
} from '../../runtime/format/layout.ts';
import type { MetricsRecord, MetricTuple } from '../../runtime/format/record.ts';
import { Cursor } from './cursor.ts';
import type { Rows } from './rows.ts';

type Writable<Data> = { -readonly [Key in keyof Data]: Data[Key] };

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
    if ((flags & METRIC_ARGS) !== 0) from.passText();
    if ((flags & METRIC_ERROR) !== 0) from.passText();
    visit(id, durationNs, at / 1000);
  }
}
