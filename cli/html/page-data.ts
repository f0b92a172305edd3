import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import type { Bars } from './bars.ts';
import type { Timeline } from '../profile/timeline.ts';

/** What a page shows of one function. */
export interface PageFunction extends AggregateMetrics {
  readonly bars: Bars;
  readonly timeline?: Timeline;
}

/** All that a page holds: written into it as JSON, read by its script. Names and messages as they are. */
export interface PageData {
  readonly functions: readonly PageFunction[];
}
