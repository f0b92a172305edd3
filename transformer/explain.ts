import { type Diagnostic, type DiagnosticCode, messageOf } from './diagnostics.ts';
import type { MarkOptions } from './mark-options.ts';
import { relativeTo } from './paths.ts';
import { type Options, resolveOptions } from './options.ts';
import { isInstrumented } from './instrumented.ts';
import { decide } from './plan/plan-file.ts';
import type { SelectionReason } from './plan/plan.ts';
import { LineIndex } from './plan/source.ts';

/** What is done with one function or block, and why. */
export interface Verdict {
  readonly name: string;
  /** 1-based. */
  readonly line: number;
  /** 0-based, in UTF-16 units. */
  readonly column: number;
  readonly verdict: 'instrumented' | 'left alone' | 'ignored' | 'not selected';
  /** Why it is selected; `undefined` where it is not. */
  readonly reason?: SelectionReason;
  readonly options?: MarkOptions;
  /** Why a selected function is left alone. */
  readonly code?: DiagnosticCode;
  readonly because?: string;
  /** The source line on which it begins. */
  readonly source: string;
}

/** What is done with a file, and why. */
export interface Explanation {
  /** Path relative to the root. */
  readonly file: string;
  /** Why nothing is done to the file at all; `undefined` where its functions are looked at. */
  readonly passedOver?: 'excluded' | 'disabled' | 'instrumented before' | undefined;
  /** Every function and marked block, in source order. */
  readonly verdicts: readonly Verdict[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Tells what the transform does in a file with these options, and why.
 * @throws {TkaPerfError} on options that are not valid
 */
export function explain(
  code: string,
  { file, ...options }: Options & { readonly file: string },
): Explanation {
  const resolved = resolveOptions(options, process.cwd());
  const path = relativeTo(resolved.root, file);
  if (!resolved.includes(path)) return nothing(path, 'excluded');
  if (!resolved.enabled) return nothing(path, 'disabled');
  if (isInstrumented(code)) return nothing(path, 'instrumented before');

  const lines = new LineIndex(code);
  const texts = code.split(/\r\n|[\n\r\u2028\u2029]/);
  const verdicts: Verdict[] = [];
  const sourceAt = (line: number): string => (texts[line - 1] ?? '').trim();
  const { regions, diagnostics } = decide(code, { file: path }, resolved, ({ name, start, ignored }) => {
    const position = lines.positionOf(start);
    const verdict = ignored ? 'ignored' : 'not selected';
    verdicts.push({ name, ...position, verdict, source: sourceAt(position.line) });
  });
  for (const { site } of regions) {
    const { name, line, column, reason, options } = site;
    verdicts.push({ name, line, column, verdict: 'instrumented', reason, options, source: sourceAt(line) });
  }
  for (const diagnostic of diagnostics) {
    const { code, args, line, column } = diagnostic;
    if (!code.startsWith('TKA2')) continue;
    const because = messageOf(diagnostic);
    verdicts.push({
      name: args[0] ?? '',
      line,
      column,
      verdict: 'left alone',
      code,
      because,
      source: sourceAt(line),
    });
  }
  return {
    file: path,
    verdicts: verdicts.toSorted((a, b) => a.line - b.line || a.column - b.column),
    diagnostics,
  };
}

function nothing(file: string, passedOver: Explanation['passedOver']): Explanation {
  return { file, passedOver, verdicts: [], diagnostics: [] };
}
