/** Journal files as tests look at them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FunctionFold } from '../../cli/profile/fold.ts';
import { readJournalFile } from '../../cli/journal/read.ts';
import { readWriter } from '../../cli/journal/writer.ts';
import type {
  EndRecord,
  HeadRecord,
  JournalSite,
  MetricTuple,
  SiteAggregate,
} from '../../runtime/format/record.ts';

/** What one file holds. */
export interface JournalContent {
  readonly head: HeadRecord;
  readonly end: EndRecord | undefined;
  readonly sites: readonly JournalSite[];
  /** Records of rows: one for each flush that had any. */
  readonly flushes: number;
  readonly metrics: readonly MetricTuple[];
  readonly diagnostics: ReadonlyMap<string, number>;
  /** By reported name. */
  readonly functions: ReadonlyMap<string, SiteAggregate>;
}

/** Reads a file; throws where anything of it is not valid. */
export function contentOf(path: string): JournalContent {
  const sites: JournalSite[] = [];
  const metrics: MetricTuple[] = [];
  let flushes = 0;
  const { dropped } = readJournalFile(path, (record) => {
    if (record.t === 'sites') sites.push(...record.sites);
    if (record.t === 'metrics') metrics.push(...record.metrics);
    if (record.t === 'rows') flushes++;
  });
  const { state } = readWriter(path);
  if (state === undefined || dropped !== undefined)
    throw new Error(`${path}: ${dropped?.reason ?? 'no head'}`);
  const functions = new Map<string, SiteAggregate>();
  state.sums.forEach((sums, id) => {
    const site = state.siteOf(id);
    if (sums === undefined || site === undefined) return;
    const fold = new FunctionFold(site, 0);
    fold.addSums(sums, undefined, 0);
    fold.endRun();
    functions.set(site.name, fold.result());
  });
  const { head, end, diagnostics } = state;
  return { head, end, sites, flushes, metrics, diagnostics, functions };
}

/** The files of the one run that a directory holds, by name. */
export function contentsOf(root: string): Record<string, JournalContent> {
  const dir = runDirOf(root);
  // A file of a minute that is over there is wherever a test runs over the end of one.
  const segments = readdirSync(dir).filter((file) => /\.\d+\.tkap$/.test(file));
  return Object.fromEntries(segments.map((file) => [file, contentOf(join(dir, file))]));
}

/** The directory of the one run that there is. */
export function runDirOf(root: string): string {
  const [name, ...more] = readdirSync(root).filter((entry) => !entry.startsWith('.'));
  if (name === undefined || more.length > 0) throw new Error(`runs: ${[name, ...more].join()}`);
  return join(root, name);
}
