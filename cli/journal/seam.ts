import type { Interval, Visit } from './interval.ts';
import { SiteSums } from './site-sums.ts';

/**
 * A time bucket in the midst of which finer ones begin: those whose middle lies in it are in it too, and what it has beyond
 * them was measured before they begin. Where a clock was set back, there are several such buckets of the same time.
 */
export class Seam {
  /** Epoch milliseconds at which the finer ones begin. */
  readonly finerMs: number;
  private startMs = Infinity;
  private endMs = -Infinity;
  private readonly all = new SiteSums();
  private readonly finer = new SiteSums();

  constructor(finerMs: number) {
    this.finerMs = finerMs;
  }

  /** Adds what the bucket tells of a site. */
  readonly addCut: Visit = (interval) => {
    this.startMs = Math.min(this.startMs, interval.startMs);
    this.endMs = Math.max(this.endMs, interval.endMs);
    this.all.add(interval);
  };

  /** Notes what a finer interval tells, where it counts for the bucket. */
  addFiner(interval: Interval): void {
    const middleMs = (interval.startMs + interval.endMs) / 2;
    if (middleMs >= this.startMs && middleMs < this.endMs) this.finer.add(interval);
  }

  /** Visits what only the bucket tells. */
  visitRest(visit: Visit): void {
    const { startMs, finerMs } = this;
    this.all.visitBeyond(this.finer, (site, sums) => visit({ site, startMs, endMs: finerMs, sums }));
  }
}
