import type { Command } from 'commander';
import { addExamples } from '../command.ts';
import { usageError } from '../errors.ts';
import { printable } from '../escape.ts';
import { EXPORT_FORMATS, type ExportFormat } from '../export/formats.ts';
import { addJournalOption } from '../journal-option.ts';
import { addHistoryOptions, loadProfile, type RunFlags } from '../load.ts';
import { printData, say, writeFileAtomically } from '../output.ts';

interface ExportFlags extends RunFlags {
  readonly format: string;
}

/** `tka-perf export [FILE]`. */
export function define(command: Command): void {
  addHistoryOptions(addJournalOption(command))
    .argument('[file]', 'where to write it; stdout where none is named, or "-"')
    .option('--format <name>', `one of: ${Object.keys(EXPORT_FORMATS).join(', ')}`, 'json')
    .option('--run <id>', 'the run, or the beginning of its id (default: the latest)')
    .action(exportRun);
  addExamples(command, [
    ['tka-perf export metrics.json', 'the latest run'],
    ['tka-perf export --run 20261123 -', 'another one, to stdout'],
    ["tka-perf export | jq '.aggregates | keys'", 'the names of its functions'],
  ]);
}

async function exportRun(file: string | undefined, flags: ExportFlags): Promise<void> {
  const { render } = await loadFormat(flags.format);
  const document = render(loadProfile(flags));
  if (file === undefined || file === '-') return printData(document);
  writeFileAtomically(file, `${document}\n`);
  say(`✅ Metrics exported to ${printable(file)}`);
}

async function loadFormat(name: string): Promise<ExportFormat> {
  const names = Object.keys(EXPORT_FORMATS);
  const load = Object.hasOwn(EXPORT_FORMATS, name) ? EXPORT_FORMATS[name] : undefined;
  if (load === undefined) {
    throw usageError(`unknown format "${name}"; known are: ${names.join(', ')}`);
  }
  return load();
}
