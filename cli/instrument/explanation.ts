import {
  type Explanation,
  formatDiagnostic,
  type MarkOptions,
  type SelectionReason,
  type Verdict,
} from '../../transformer/index.ts';
import { printable } from '../text/escape.ts';
import { formatCount, plural } from '../text/format.ts';
import { styled } from '../text/output.ts';

const REASONS: Readonly<Record<SelectionReason, string>> = {
  mark: 'a comment marks it',
  decorator: 'a decorator marks it',
  'class-mark': 'its class is marked',
  'class-decorator': 'a decorator marks its class',
  'file-mark': '@monitor-file marks the file',
  match: 'match selects it',
  exported: 'functions: exported selects it',
  all: 'functions: all selects it',
};

const PASSED_OVER = {
  excluded: 'include and exclude leave the file out',
  disabled: 'enabled: false instruments nothing',
  'instrumented before': 'the file has been instrumented before; explain its source instead',
} as const;

/** What is done in a file, function by function, each with its source line. */
export function renderExplanation(
  { file, source, passedOver, verdicts, diagnostics }: Explanation,
  color: boolean,
): string {
  const title = styled('bold', printable(source === undefined ? file : `${file}, of ${source}`), color);
  if (passedOver) return `${title}\n  ${PASSED_OVER[passedOver]}`;
  const instrumented = verdicts.filter(({ verdict }) => verdict === 'instrumented').length;
  const others = diagnostics.filter(({ code }) => !code.startsWith('TKA2'));
  return [
    `${title}: ${formatCount(instrumented)} of ${plural(verdicts.length, 'function')} instrumented`,
    ...verdicts.flatMap((verdict) => linesOf(verdict, color)),
    ...others.map((diagnostic) => `  ${printable(formatDiagnostic(diagnostic))}`),
  ].join('\n');
}

function linesOf({ name, line, column, source, ...verdict }: Verdict, color: boolean): string[] {
  return [
    '',
    `  ${printable(name)}  ${styled('dim', `${line}:${column + 1}`, color)}`,
    `    ${styled('dim', printable(source), color)}`,
    `    ${whyOf(verdict)}`,
  ];
}

function whyOf({
  verdict,
  reason,
  options = {},
  because,
  code,
}: Pick<Verdict, 'verdict' | 'reason' | 'options' | 'because' | 'code'>): string {
  switch (verdict) {
    case 'instrumented':
      return `instrumented: ${reason ? REASONS[reason] : ''}${optionsText(options)}`;
    case 'left alone':
      return printable(`${code}: ${because}`);
    case 'ignored':
      return 'not instrumented: @monitor-ignore';
    case 'not selected':
      return 'not instrumented: no mark and no option selects it';
  }
}

function optionsText({ threshold, args, name, memory, exact }: MarkOptions): string {
  const words = [
    threshold === undefined ? '' : `threshold ${threshold} ms`,
    args ? 'arguments hashed' : '',
    name === undefined ? '' : `named "${printable(name)}"`,
    memory === undefined ? '' : memory ? 'memory at each opportunity' : 'no memory',
    exact ? 'never sampled' : '',
  ].filter((word) => word !== '');
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}
