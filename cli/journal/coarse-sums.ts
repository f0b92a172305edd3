import { BUCKET_SHIFT, COLUMNS } from '../../runtime/format/layout.ts';
import type { RowSums } from './rows.ts';
import { Window } from './window.ts';

/** The columns of sums, with the buckets of time buckets: these are added up when they are asked for, which time lines do not. */
class CoarseSums implements RowSums {
  columns: Float64Array = new Float64Array(COLUMNS);
  bits = 0;
  readonly trend: Float64Array = new Float64Array(6);
  hasTrend = false;
  error: undefined;
  hours: undefined;
  private readonly window: Window = new Window();
  private fine: RowSums | undefined;

  /** Those of `sums`, until the next call. */
  of(sums: RowSums): this {
    this.columns = sums.columns;
    this.bits = sums.bits;
    this.fine = sums;
    return this;
  }

  get buckets(): Window {
    const { fine, window } = this;
    if (fine === undefined) return window;
    this.fine = undefined;
    window.clear();
    const { counts, offset } = fine.buckets;
    for (let i = 0; i < counts.length; i++) {
      const times = counts[i] as number;
      if (times !== 0) window.add((offset + i) >> BUCKET_SHIFT, times);
    }
    return window;
  }
}

/** One for all: what it is of holds until the next row is read.*/
export const coarse: CoarseSums = new CoarseSums();
