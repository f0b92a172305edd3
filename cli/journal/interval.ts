import type { JournalSite } from '../../runtime/format/record.ts';
import type { RowSums } from './rows.ts';

/** What one site did in one interval; `sums` hold until the visitor returns, their buckets at 4 to a doubling. */
export interface Interval {
  readonly site: JournalSite;
  /** Epoch milliseconds by the writer's clock. */
  readonly startMs: number;
  readonly endMs: number;
  readonly sums: RowSums;
}

/** Called with one interval after the other. */
export type Visit = (interval: Interval) => void;
