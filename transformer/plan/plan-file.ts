import type { Diagnostic, Report } from '../diagnostics.ts';
import type { WalkInput } from './context.ts';
import { chooseNames } from '../emitted-names.ts';
import { isInstrumented } from '../instrumented.ts';
import { mayHaveMarks, readMarks } from './marks.ts';
import { formatOf, parse } from './parse.ts';
import type { FileInfo, FilePlan, PlanOptions } from './plan.ts';
import { LineIndex } from './source.ts';
import { isRuneModule } from './svelte.ts';
import { walkFile } from './walk.ts';

/**
 * Decides what is instrumented in a file: marks, selection, names, kinds, hazards.
 * @returns `undefined` where nothing is selected and there is nothing to say.
 */
export function planFile(code: string, info: FileInfo, options: PlanOptions): FilePlan | undefined {
  const selects = options.enabled && (options.functions !== 'marked' || options.matches !== undefined);
  if (!selects && !mayHaveMarks(code)) return undefined;
  if (!options.includes(info.file) || isInstrumented(code)) return undefined;
  const plan = decide(code, info, options);
  const isEmpty = plan.regions.length === 0 && plan.removals.length === 0 && plan.diagnostics.length === 0;
  return isEmpty ? undefined : plan;
}

/**
 * {@link planFile} without the tests that spare most files the parsing.
 * @param onPassedOver told of each function that is not selected
 */
export function decide(
  code: string,
  info: FileInfo,
  options: PlanOptions,
  onPassedOver?: WalkInput['onPassedOver'],
): FilePlan {
  try {
    return decideParsed(code, info, options, onPassedOver);
  } catch (error) {
    // The end of the stack: expressions that are nested thousands deep, which compilers have trouble with, too.
    if (!(error instanceof RangeError)) throw error;
    const { file } = info;
    const place = { start: 0, line: 1, column: 0 };
    return emptyPlan(file, [{ code: 'TKA302', file, ...place, args: [], severity: 'warning' }]);
  }
}

function decideParsed(
  code: string,
  { file, format, scripts, dropsImports, runtimeId, ...host }: FileInfo,
  options: PlanOptions,
  onPassedOver: WalkInput['onPassedOver'],
): FilePlan {
  const diagnostics: Diagnostic[] = [];
  const lines = new LineIndex(code);
  const report: Report = (code, start, args, count = 1) => {
    const severity = options.strict && code < 'TKA2' ? 'error' : 'warning';
    const alike = count > 1 ? { count } : {};
    diagnostics.push({ code, file, start, ...lines.positionOf(start), args, ...alike, severity });
  };

  const parsed = parse(file, code, format);
  const fatal = parsed.errors.find((error) => error.severity === 'Error');
  if (fatal) {
    report('TKA301', fatal.labels[0]?.start ?? 0, [fatal.message]);
    return emptyPlan(file, diagnostics);
  }

  const marks = readMarks(code, parsed.comments);
  const told = options.runtime === 'global' ? 'global' : (format ?? formatOf(file, code, parsed, scripts));
  const walked = walkFile({
    code,
    program: parsed.program,
    file,
    format: told,
    marks,
    options,
    lines,
    report,
    onPassedOver,
    ...host,
  });
  return {
    ...walked,
    file,
    format: told,
    dropsImports,
    runtimeId,
    names: chooseNames(code, options.runtime === 'global' ? file : undefined, isRuneModule(file) ? '_' : '$'),
    diagnostics: diagnostics.toSorted((a, b) => a.start - b.start),
  };
}

function emptyPlan(file: string, diagnostics: readonly Diagnostic[]): FilePlan {
  const names = chooseNames('', undefined);
  const nothing = {
    regions: [],
    jumps: [],
    suspensions: [],
    forAwaits: [],
    awaitUsings: [],
    disposals: [],
    finallies: [],
    catches: [],
    removals: [],
    decorated: [],
  };
  return { file, format: 'esm', headerStart: 0, declaresSymbol: false, names, ...nothing, diagnostics };
}
