import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { profileByArgs } from '../profile/by-args.ts';
import { addExamples } from '../command.ts';
import { documentOf } from '../report/document.ts';
import { usageError } from '../text/errors.ts';
import { printable, printableJson } from '../text/escape.ts';
import {
  filterProfile,
  functionsOf,
  noMatch,
  parseSortKey,
  selectFunctions,
  SORT_KEYS,
  type SortKey,
} from '../profile/functions.ts';
import { groupProfile, parseGroupKey, type GroupKey } from '../profile/groups.ts';
import { plural } from '../text/format.ts';
import { addJournalOption } from '../journal-option.ts';
import { addHistoryOptions, loadProfile, type RunFlags } from '../load.ts';
import { isOwnPage } from '../html/own-page.ts';
import {
  hasColor,
  printData,
  refuseForeignFile,
  say,
  tell,
  widthOf,
  write,
  writeFileAtomically,
} from '../text/output.ts';
import type { Profile } from '../profile/profile.ts';
import { naming, parseLimit } from '../option-values.ts';
import { DEFAULT_LIMIT, renderProfile } from '../report/report.ts';
import { withTransform } from '../instrument/with-transform.ts';
import { STEPS } from '../profile/timeline.ts';

interface ReportFlags extends RunFlags {
  readonly sort?: SortKey;
  readonly limit?: number;
  readonly filter?: string;
  readonly json?: boolean;
  readonly html?: string;
  readonly group?: GroupKey;
  readonly byArgs?: boolean;
  readonly force?: boolean;
}

/** `tka-perf report`. */
export function define(command: Command): void {
  addHistoryOptions(addJournalOption(command))
    .option(
      '--run <id>',
      'the run, or the beginning of its id (default: the latest)',
      naming('--run', 'a run'),
    )
    .option('--sort <key>', `one of: ${SORT_KEYS.join(', ')} (default: total)`, parseSortKey)
    .option(
      '--limit <n>',
      `rows of the table, 0 for all (default: ${DEFAULT_LIMIT}; all with --json)`,
      parseLimit,
    )
    .option('--filter <glob>', 'only functions whose name matches', naming('--filter', 'functions'))
    .option('--group <key>', 'a row for each "file" or "class" (sorted by self unless --sort)', parseGroupKey)
    .option('--by-args', 'a row for each hash of arguments, of the recent calls marked with args')
    .option('--json', 'print a document for other programs')
    .option(
      '--html <file>',
      'write one self-contained page with a sortable table and plots',
      naming('--html', 'a file'),
    )
    .option('--force', 'replace a file also where tka-perf has not written it')
    .action(report);
  addExamples(command, [
    ['tka-perf report', 'the latest run, also while it is running'],
    ['tka-perf report --since 24h', 'what was measured in the last day, all runs added up'],
    ['tka-perf report --sort p95 --limit 5', 'the five with the highest 95th percentile'],
    ['tka-perf report --filter "Cart.*"', 'the methods of one class'],
    [
      'tka-perf report --filter "*/checkout/*" --sort errors',
      'a folder, failing functions first, with what their errors say',
    ],
    ['tka-perf report --group file', 'where the time goes, by file'],
    ['tka-perf report --html report.html', 'a page with plots, for the browser'],
    ["tka-perf report --json | jq '.functions[0]'", 'numbers for other programs'],
  ]);
}

/** Writes the page; what it needs is loaded only here. */
async function writePage(
  file: string,
  profile: Profile,
  functions: readonly AggregateMetrics[],
): Promise<void> {
  const { renderPage } = await import('../html/page.ts');
  const page = renderPage(profile, functions);
  if (file === '-') {
    return write(page);
  }
  writeFileAtomically(file, page);
  say(`✅ Report written to ${printable(file)}`);
}

async function report(flags: ReportFlags): Promise<void> {
  const { filter, limit, group, byArgs = false } = flags;
  const sort = flags.sort ?? (group === undefined ? 'total' : 'self');
  if (group !== undefined && byArgs) throw usageError('--group and --by-args exclude each other');
  if (flags.json === true && flags.html !== undefined)
    throw usageError('--json and --html exclude each other');
  if (flags.html !== undefined && flags.html !== '-' && flags.force !== true) {
    refuseForeignFile(flags.html, isOwnPage);
  }
  const loaded = loadProfile(flags, STEPS);
  const profile = rowsOf(loaded, flags);
  const isFiltered = profile !== loaded || filter === undefined;
  const functions = selectFunctions(functionsOf(profile), isFiltered ? { sort } : { sort, filter });
  if (functions.length === 0 && filter !== undefined) throw noMatch(filter);
  if (flags.json === true) return printData(printableJson(documentOf(profile, functions, limit)));
  if (flags.html !== undefined) return writePage(flags.html, profile, functions);
  const view = {
    sort,
    limit: limit ?? DEFAULT_LIMIT,
    width: widthOf('stdout'),
    color: hasColor('stdout'),
    row: group ?? 'function',
    functionCount: profile === loaded ? functions.length : loaded.functions.size,
  } as const;
  // The parser is loaded only where a build has left a manifest.
  const journal = dirname(profile.run.path);
  const hasManifest = existsSync(join(journal, 'manifest'));
  const { findStaleMarks } = hasManifest
    ? await withTransform(() => import('../instrument/stale-marks.ts'))
    : { findStaleMarks: () => [] };
  printData(renderProfile(profile, functions, view, findStaleMarks(journal)));
}

/** The profile by what is to have a row: functions, or what those that are asked for are summed up to. */
function rowsOf(loaded: Profile, { filter, group, byArgs = false }: ReportFlags): Profile {
  if (group === undefined && !byArgs) return loaded;
  const wanted = filter === undefined ? loaded : filterProfile(loaded, filter);
  if (group !== undefined) return groupProfile(wanted, group);
  const { profile, others } = profileByArgs(wanted);
  if (others > 0) {
    const are = others === 1 ? 'is' : 'are';
    tell(
      `${plural(others, 'call')} of these functions ${are} in no row: with their arguments’ hash a process keeps those that it timed last, 10,000 where nothing else is configured`,
    );
  }
  return profile;
}
