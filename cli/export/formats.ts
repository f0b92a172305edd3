import type { Profile } from '../profile/profile.ts';
import { wrapWords } from '../text/wrap-words.ts';

/** What the module of an export format has. */
export interface ExportFormat {
  /**
   * The whole document, its last line end included.
   * @throws UserError where the run holds nothing that the format could show
   */
  readonly render: (profile: Profile) => string;
}

/** What `--format` takes. */
export type FormatName =
  | 'json'
  | 'ndjson'
  | 'csv'
  | 'prometheus'
  | 'otlp-json'
  | 'chrome-trace'
  | 'speedscope';

interface FormatEntry {
  readonly load: () => Promise<ExportFormat>;
  /** How a file of this format is called; the longest that fits decides. */
  readonly extensions: readonly string[];
  /** What our own files of this format begin with: such a file may be replaced. */
  readonly beginning: RegExp;
  /** For help: what opens it. */
  readonly meaning: string;
}

/** Every format by the name that `--format` takes; a new one is an entry here and a file beside this one. */
const FORMATS: Readonly<Record<FormatName, FormatEntry>> = {
  json: {
    load: () => import('./json.ts'),
    extensions: ['.json'],
    beginning: /^\{\s*"export_timestamp":/,
    meaning: 'the aggregates of every function',
  },
  ndjson: {
    load: () => import('./ndjson.ts'),
    extensions: ['.ndjson', '.jsonl'],
    beginning: /^\{"functionName":/,
    meaning: 'the recent calls, one a line',
  },
  csv: {
    load: () => import('./csv.ts'),
    extensions: ['.csv'],
    beginning: /^functionName,callCount,/,
    meaning: 'the aggregates, one function a line, for spreadsheets',
  },
  prometheus: {
    load: () => import('./prometheus.ts'),
    extensions: ['.prom'],
    beginning: /^# HELP tka_perf_/,
    meaning: "the aggregates, for Prometheus and node_exporter's textfile collector",
  },
  'otlp-json': {
    load: () => import('./otlp-json.ts'),
    extensions: ['.otlp.json'],
    beginning: /^\{"resourceMetrics":\[\{"resource":\{"attributes":\[\{"key":"tka_perf\.run\.id"/,
    meaning: 'the aggregates with their histograms, for OpenTelemetry collectors',
  },
  'chrome-trace': {
    load: () => import('./chrome-trace.ts'),
    extensions: ['.trace.json'],
    beginning: /^\{"otherData":\{"exporter":"tka-perf"/,
    meaning: 'the recent calls on a time line, for Perfetto and chrome://tracing',
  },
  speedscope: {
    load: () => import('./speedscope.ts'),
    extensions: ['.speedscope.json'],
    beginning: /^\{"exporter":"tka-perf /,
    meaning: 'self times and the recent calls as flame charts, for speedscope.app',
  },
};

const ENTRIES = Object.entries(FORMATS) as readonly (readonly [FormatName, FormatEntry])[];

/** Every {@link FormatName}, in the order in which help lists them. */
export const FORMAT_NAMES: readonly string[] = Object.keys(FORMATS);

/** Whether `word` names a format. */
export function isFormatName(word: string): word is FormatName {
  return Object.hasOwn(FORMATS, word);
}

/** Loads the module of a format. */
export function loadFormat(name: FormatName): Promise<ExportFormat> {
  return FORMATS[name].load();
}

/** The format that a file's name asks for; undefined where its extension is none of ours. */
export function formatOfFile(path: string): FormatName | undefined {
  const lower = path.toLowerCase();
  const fits = ENTRIES.flatMap(([name, { extensions }]) =>
    extensions.filter((extension) => lower.endsWith(extension)).map((extension) => ({ name, extension })),
  );
  return fits.toSorted((a, b) => b.extension.length - a.extension.length)[0]?.name;
}

/** Whether a file that begins like this was written by `export`, in whatever format. */
export function isOwnExport(beginning: string): boolean {
  return ENTRIES.some(([, entry]) => entry.beginning.test(beginning));
}

/** For help: each format, its file extensions and what it is for, in lines of at most `width` columns. */
export function formatHelp(width: number): string {
  const lines = ENTRIES.flatMap(([name, { extensions, meaning }]) => {
    const columns = `  ${name.padEnd(13)} ${extensions.join(' ').padEnd(17)} `;
    return wrapWords(meaning, width - columns.length).map(
      (line, index) => (index === 0 ? columns : ' '.repeat(columns.length)) + line,
    );
  });
  return `\nFormats, with the extensions that ask for them:\n${lines.join('\n')}`;
}
