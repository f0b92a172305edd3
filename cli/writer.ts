import type {
  EndRecord,
  HeadRecord,
  JournalRecord,
  OverheadRecord,
  SiteAggregate,
  SiteRecord,
} from '../runtime/record.ts';
import { readJournalFile, type ReadOutcome } from './read.ts';

/** What one process or thread has written: the last state of each of its sites. */
export interface WriterState {
  readonly head: HeadRecord;
  readonly sites: ReadonlyMap<number /* site id */, SiteRecord>;
  readonly aggregates: ReadonlyMap<number /* site id */, SiteAggregate>;
  /** Metrics recorded. */
  readonly metrics: number;
  /** What the runtime could not do: code to number of times. */
  readonly diagnostics: ReadonlyMap<string, number>;
  /** Epoch milliseconds of the last record that carries a time. */
  readonly lastAt: number;
  /** What measuring may take and has taken; undefined where an older runtime wrote. */
  readonly overhead: OverheadRecord | undefined;
  readonly end: EndRecord | undefined;
  /** Whether any aggregates were read; a segment without them supersedes nothing. */
  readonly hasAggregates: boolean;
}

/** The state under construction; one object for all records of a file. */
class WriterFold {
  readonly head: HeadRecord;
  readonly sites: Map<number, SiteRecord> = new Map();
  readonly aggregates: Map<number, SiteAggregate> = new Map();
  diagnostics: ReadonlyMap<string, number> = new Map();
  metrics = 0;
  hasAggregates = false;
  lastAt: number;
  overhead: OverheadRecord | undefined = undefined;
  end: EndRecord | undefined = undefined;

  constructor(head: HeadRecord) {
    this.head = head;
    this.lastAt = head.startedAt;
  }

  add(record: JournalRecord): void {
    switch (record.t) {
      case 'site':
        this.sites.set(record.id, record);
        break;
      case 'agg':
        this.hasAggregates = true;
        // Cumulative: the last one of a site says all.
        for (const aggregate of record.sites) this.aggregates.set(aggregate.id, aggregate);
        // Stopped, and started again.
        this.end = undefined;
        this.metrics = record.metrics;
        this.overhead = record.overhead;
        this.lastAt = Math.max(this.lastAt, record.at);
        break;
      case 'diag':
        this.diagnostics = new Map(Object.entries(record.counts));
        break;
      case 'end':
        this.end = record;
        this.lastAt = Math.max(this.lastAt, record.at);
        break;
      case 'metrics':
        // Single calls are of no use to a profile; exporters of them read the records themselves.
        break;
      case 'head':
        break;
    }
  }
}

/**
 * Reads the state of a file's writer.
 *
 * @returns no state where the file has no head; `outcome.dropped` tells what was not read
 */
export function readWriter(path: string): { readonly state?: WriterState; readonly outcome: ReadOutcome } {
  let fold: WriterFold | undefined;
  const outcome = readJournalFile(path, (record) => {
    if (fold !== undefined) fold.add(record);
    else if (record.t === 'head') fold = new WriterFold(record);
  });
  return fold === undefined ? { outcome } : { state: fold, outcome };
}
