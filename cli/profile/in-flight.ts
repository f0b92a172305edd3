import type { InFlightCalls, WriterSummary } from './profile.ts';

/** Of more functions with calls in flight than this only the oldest are kept, so that many writers need no more memory. */
const MOST = 1_000;

/** The calls in flight of all writers. */
export class InFlightList {
  private readonly nowMs: number;
  private calls: InFlightCalls[] = [];

  /** @param nowMs epoch milliseconds: ages are those of this moment */
  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  /**
   * Adds those of a function.
   *
   * @param begunAt epoch milliseconds at which the oldest began, by its writer; 0 where unknown
   * @returns when that would be, as old as it was when its writer was last heard of
   */
  add(name: string, calls: number, begunAt: number, writer: WriterSummary): number {
    const oldestAt = this.asOfNow(begunAt, writer);
    if (!(calls > 0)) return oldestAt;
    const age = oldestAt === 0 ? {} : { oldestMs: this.nowMs - oldestAt };
    this.calls.push({ name, calls, ...age, writer });
    if (this.calls.length >= 2 * MOST) this.calls = this.list().slice(0, MOST);
    return oldestAt;
  }

  /** The oldest first. */
  list(): InFlightCalls[] {
    return this.calls.toSorted((a, b) => (b.oldestMs ?? 0) - (a.oldestMs ?? 0));
  }

  private asOfNow(begunAt: number, { state, lastAt }: WriterSummary): number {
    if (begunAt === 0) return 0;
    const seenAt = state === 'running' ? this.nowMs : lastAt;
    return Math.min(this.nowMs, begunAt + this.nowMs - seenAt);
  }
}
