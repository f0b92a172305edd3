import { Malformed } from '../journal/cursor.ts';
import type { RowsRecord } from '../journal/file-record.ts';
import { visitCalls } from '../journal/metrics.ts';
import type { WriterState } from '../journal/writer.ts';
import type { Line, Timelines } from './timeline.ts';

/** A call that was kept. */
interface SingleCall {
  readonly durationNs: number;
  /** Epoch milliseconds of its end, with a fraction. */
  readonly atMs: number;
}

/** What an interval tells of a function. */
export interface Piece {
  readonly name: string;
  /** Epoch milliseconds, rounded. */
  readonly startMs: number;
  readonly endMs: number;
  readonly calls: number;
  readonly represented: number;
  readonly totalNs: number;
}

/** The recent calls of one writer, which tell where in an interval its calls ended. Read when they are first asked for. */
export class SingleCalls {
  private readonly state: WriterState;
  private byName: ReadonlyMap<string /* reported name */, readonly SingleCall[]> | undefined;

  /** @param state holds as long as it is asked */
  constructor(state: WriterState) {
    this.state = state;
  }

  /** What the row of a site tells. */
  pieceOf(
    id: number,
    { sinceMs, atMs }: RowsRecord,
    calls: number,
    represented: number,
    totalNs: number,
  ): Piece {
    return { name: nameOf(this.state, id), startMs: sinceMs, endMs: atMs, calls, represented, totalNs };
  }

  /**
   * Adds the calls of an interval where each ended, the numbers being those of the interval, if all of them are known. Of
   * some only nothing is told: the newest of a busy time are no sample of it.
   */
  add(to: Timelines, line: Line, { name, startMs, endMs, calls, represented, totalNs }: Piece): boolean {
    this.byName ??= callsOf(this.state);
    // Any that can lie in it, before the moments were rounded.
    const inside = this.byName.get(name)?.filter(({ atMs }) => atMs >= startMs - 0.5 && atMs <= endMs + 0.5);
    if (inside === undefined || inside.length !== calls) return false;
    const ownNs = inside.reduce((sum, { durationNs }) => sum + durationNs, 0);
    for (const { durationNs, atMs } of inside) {
      const shareNs = ownNs > 0 ? (totalNs * durationNs) / ownNs : totalNs / calls;
      to.add(line, atMs, atMs, 1, represented / calls, shareNs);
    }
    return true;
  }
}

function nameOf(state: WriterState, id: number): string {
  return state.siteOf(id)?.name ?? '';
}

function callsOf(state: WriterState): Map<string, SingleCall[]> {
  const byName = new Map<string, SingleCall[]>();
  const add = (id: number, durationNs: number, atMs: number): void => {
    const name = nameOf(state, id);
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [{ durationNs, atMs }]);
    else known.push({ durationNs, atMs });
  };
  for (const record of state.recent) {
    try {
      visitCalls(record, add);
    } catch (error) {
      // The file's valid prefix ends there.
      if (!(error instanceof Malformed)) throw error;
    }
  }
  return byName;
}
