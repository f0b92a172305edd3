import { extname } from 'node:path';
import type { Command } from 'commander';
import { addExamples } from '../command.ts';
import { usageError, type UserError } from '../text/errors.ts';
import { printable } from '../text/escape.ts';
import {
  FORMAT_NAMES,
  formatHelp,
  formatOfFile,
  isFormatName,
  isOwnExport,
  loadFormat,
  type FormatName,
} from '../export/formats.ts';
import { addJournalOption } from '../journal-option.ts';
import { addHistoryOptions, loadProfile, type RunFlags } from '../load.ts';
import { refuseForeignFile, say, tell, widthOf, write, writeFileAtomically } from '../text/output.ts';
import { naming } from '../option-values.ts';
import { withReadingProgress } from '../reading-progress.ts';
import { didYouMean } from '../text/suggest.ts';

interface ExportFlags extends RunFlags {
  readonly format?: FormatName;
  readonly force?: boolean;
}

/** `tka-perf export [FILE]`. */
export function define(command: Command): void {
  addHistoryOptions(addJournalOption(command))
    .argument(
      '[file]',
      'where to write it; stdout where none is named, or "-"',
      naming('the argument', 'a file'),
    )
    .option('--format <name>', "what to write (default: by the file's extension, else json)", parseFormat)
    .option(
      '--run <id>',
      'the run, or the beginning of its id (default: the latest)',
      naming('--run', 'a run'),
    )
    .option('--force', 'replace a file also where tka-perf has not written it')
    .action(exportRun);
  command.addHelpText('after', () => formatHelp(widthOf('stdout')));
  addExamples(command, [
    ['tka-perf export metrics.json', 'the latest run'],
    ['tka-perf export calls.ndjson', 'its recent calls, one a line'],
    ['tka-perf export trace.speedscope.json', 'a flame chart for speedscope.app'],
    ['tka-perf export --format prometheus --run 20261123 -', 'another run, to stdout'],
    ["tka-perf export | jq '.aggregates | keys'", 'the names of its functions'],
  ]);
}

/** The value of `--format`. @throws UserError on another word */
function parseFormat(word: string): FormatName {
  if (isFormatName(word)) return word;
  if (/^html?$/i.test(word)) throw pageIsReport('FILE');
  const hint = didYouMean(word, FORMAT_NAMES) || `; known are: ${FORMAT_NAMES.join(', ')}`;
  throw usageError(`unknown format "${word}"${hint}`);
}

function pageIsReport(file: string): UserError {
  return usageError(`a page is a report; write "tka-perf report --html ${file}"`);
}

async function exportRun(file: string | undefined, flags: ExportFlags): Promise<void> {
  const toStdout = file === undefined || file === '-';
  if (!toStdout) refuseMistakes(file, flags);
  const asked = flags.format ?? (toStdout ? undefined : formatOfFile(file));
  const format = asked ?? 'json';
  const { render } = await loadFormat(format);
  const profile = loadProfile(flags);
  const document = withReadingProgress('writing the document', [profile.run], () => render(profile));
  if (format === 'prometheus' && flags.since !== undefined)
    tell(
      'with --since counters go down as the window moves, which Prometheus takes for a restart; without it they only grow',
    );
  if (toStdout) return write(document);
  writeFileAtomically(file, document);
  say(`✅ Metrics exported to ${printable(file)}`);
  const extension = extname(file);
  if (asked === undefined && extension !== '')
    tell(`the extension "${extension}" is not known: JSON was written; --format chooses another format`);
}

/** Before any work: a page is no export, and other people's files stay. */
function refuseMistakes(file: string, { format, force = false }: ExportFlags): void {
  if (format === undefined && /\.html?$/i.test(file)) {
    throw pageIsReport(file);
  }
  if (!force) refuseForeignFile(file, isOwnExport);
}
