import type { SourceMapInput } from '@jridgewell/trace-mapping';
import { type Diagnostic, type DiagnosticCode, messageOf } from './diagnostics.ts';
import type { MarkOptions } from './mark-options.ts';
import { relativeTo } from './paths.ts';
import { type Options, resolveOptions } from './options.ts';
import { isInstrumented } from './instrumented.ts';
import type { Hazard } from './plan/hazards.ts';
import { originalFinder } from './plan/original.ts';
import { planOutput } from './plan/original-selection.ts';
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
  /** Of a compiler's output the source that it was made from: names, lines and texts are those of this one. */
  readonly source?: string;
  /** Why nothing is done to the file at all; `undefined` where its functions are looked at. */
  readonly passedOver?: 'excluded' | 'disabled' | 'instrumented before' | undefined;
  /** Every function and marked block, in source order. */
  readonly verdicts: readonly Verdict[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Whether `include`, `exclude` or its place below `node_modules` leaves a file out.
 *
 * @throws {TkaPerfError} on options that are not valid
 */
export function isLeftOut(file: string, options: Options): boolean {
  const resolved = resolveOptions(options, process.cwd());
  return !resolved.includes(relativeTo(resolved.root, file));
}

/**
 * Tells what the transform does in a file with these options, and why.
 *
 * @param inputMap the source map that came with the code, its sources relative to the file's folder
 * @throws {TkaPerfError} on options that are not valid
 */
export function explain(
  code: string,
  { file, inputMap, ...options }: Options & { readonly file: string; readonly inputMap?: SourceMapInput },
): Explanation {
  const resolved = resolveOptions(options, process.cwd());
  const path = relativeTo(resolved.root, file);
  if (!resolved.includes(path)) return nothing(path, 'excluded');
  if (!resolved.enabled) return nothing(path, 'disabled');
  if (isInstrumented(code)) return nothing(path, 'instrumented before');

  const info = { file: path };
  const lines = new LineIndex(code);
  const texts = new Map([[path, linesOf(code)]]);
  const sourceAt = (file: string, line: number): string => (texts.get(file)?.[line - 1] ?? '').trim();
  const originalOf = inputMap === undefined ? undefined : originalFinder(path, inputMap, resolved.root);
  const placed = (place: Place): Place & { readonly source: string } => {
    const original = originalOf?.(place);
    if (original === undefined) return { ...place, source: sourceAt(path, place.line) };
    const { file, name, line, column, text } = original;
    if (!texts.has(file)) texts.set(file, linesOf(text));
    return { name, line, column, source: sourceAt(file, line) };
  };
  const verdicts: Verdict[] = [];
  const own = decide(code, info, resolved, ({ name, start, ignored, hazard }) => {
    const place = placed({ name, ...lines.positionOf(start) });
    if (hazard) verdicts.push({ ...place, ...leftAlone({ ...hazard, args: [name, ...hazard.args] }) });
    else verdicts.push({ ...place, verdict: ignored ? 'ignored' : 'not selected' });
  });
  for (const { site } of own.regions) placed(site);
  const plan = (inputMap === undefined ? undefined : planOutput(code, info, inputMap, resolved)) ?? own;
  const instrumented = plan.regions.map(({ site }): Verdict => {
    const { name, line, column, reason, options, file: origin = plan.file } = site;
    const source = sourceAt(origin, line);
    return { name, line, column, verdict: 'instrumented', reason, options, source };
  });
  for (const diagnostic of plan.diagnostics) {
    const { code, args, line, column } = diagnostic;
    if (!code.startsWith('TKA2')) continue;
    verdicts.push({ ...placed({ name: args[0] ?? '', line, column }), ...leftAlone(diagnostic) });
  }
  // What the source selects is passed over in the output; a lowered function is several there.
  const selected = new Set(instrumented.map(keyOf));
  const [source] = [...texts.keys()].filter((each) => each !== path);
  return {
    file: path,
    ...(source === undefined ? {} : { source }),
    verdicts: [...verdicts.filter((verdict) => !selected.has(keyOf(verdict))), ...instrumented].toSorted(
      (a, b) => a.line - b.line || a.column - b.column,
    ),
    diagnostics: plan.diagnostics,
  };
}

type Place = Pick<Verdict, 'name' | 'line' | 'column'>;

function leftAlone({ code, args }: Hazard): Pick<Verdict, 'verdict' | 'code' | 'because'> {
  return { verdict: 'left alone', code, because: messageOf({ code, args }) };
}

function keyOf({ name, line, column }: Place): string {
  return `${line}:${column} ${name}`;
}

function linesOf(text: string): string[] {
  return text.split(/\r\n|[\n\r\u2028\u2029]/);
}

function nothing(file: string, passedOver: Explanation['passedOver']): Explanation {
  return { file, passedOver, verdicts: [], diagnostics: [] };
}
