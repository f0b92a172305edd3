import { existsSync, readFileSync, statSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { explain, type Explanation, type Options, TkaPerfError } from '../../transformer/index.ts';
import { addExamples } from '../command.ts';
import { systemReason, usageError, UserError } from '../text/errors.ts';
import { printableJson } from '../text/escape.ts';
import { renderExplanation } from '../instrument/explanation.ts';
import { plural } from '../text/format.ts';
import { isGlob } from '../text/glob.ts';
import { nearest } from '../text/suggest.ts';
import { nameMatcher } from '../profile/functions.ts';
import { listTasks } from '../instrument/files.ts';
import { incomingMapOf } from '../instrument/incoming-map.ts';
import { placeOf } from '../instrument/place.ts';
import { naming } from '../option-values.ts';
import { hasColor, printData, tell } from '../text/output.ts';
import {
  addTransformOptions,
  type TransformFlags,
  transformOptions,
} from '../instrument/transform-options.ts';

interface ExplainFlags extends TransformFlags {
  readonly json?: boolean;
}

/** `tka-perf explain <file or function>`. */
export function define(command: Command): void {
  addTransformOptions(
    command.argument(
      '<target>',
      'a source file, a folder, or a function by its name or a glob',
      naming('the argument', 'a file or function'),
    ),
  )
    .option('--no-enabled', 'as the option of that name')
    .option('--json', 'print a document for other programs')
    .addOption(new Option('--dir <dir>').hideHelp())
    .action((target: string, flags: ExplainFlags) => explainTarget(target, flags));
  addExamples(command, [
    ['tka-perf explain src/cart.ts', 'every function of a file: instrumented or not, and why'],
    ['tka-perf explain Cart.total', 'one function, wherever it is'],
    ['tka-perf explain src/cart.ts --functions exported', 'what that option would do'],
  ]);
}

function explainTarget(target: string, flags: ExplainFlags): void {
  const options = transformOptions(flags);
  const explanations = existsSync(target) ? explainPath(target, options) : explainFunctions(target, options);
  if (flags.json === true) printData(printableJson({ files: explanations }));
  else printData(explanations.map((each) => renderExplanation(each, hasColor('stdout'))).join('\n\n'));
}

function explainPath(path: string, options: Options): Explanation[] {
  const isFolder = statSync(path).isDirectory();
  const all = filesOf(path).flatMap((file) =>
    isFolder ? explainOrTell(file, options) : explainFile(file, options),
  );
  // Of a folder only the files in which something is done or said.
  const told = isFolder ? all.filter(hasSomething) : all;
  if (told.length > 0) return told;
  const done = all.filter(({ passedOver }) => passedOver === 'instrumented before').length;
  const before =
    done > 0 ? ` (${plural(done, 'file')} instrumented before: explain the sources instead)` : '';
  throw new UserError(
    `nothing in "${path}" is marked or selected${before}; mark functions with // @monitor, or use --functions or --match`,
  );
}

/** Looks for functions by name in all sources below the root. */
function explainFunctions(name: string, options: Options): Explanation[] {
  const matches = nameMatcher(name);
  const word = /[\w$]+(?=[^\w$]*$)/.exec(name)?.[0] ?? '';
  const found = filesOf(options.root ?? '.').flatMap((file) => {
    if (!readFileSync(file, 'utf8').includes(word)) return [];
    const explanation = explainFile(file, options);
    const verdicts = explanation.verdicts.filter((verdict) =>
      matches({ functionName: verdict.name, file: explanation.source ?? explanation.file }),
    );
    return verdicts.length > 0 ? [{ ...explanation, verdicts }] : [];
  });
  if (found.length > 0) return found;
  const near = isGlob(name) ? undefined : nearestFunction(name, options);
  const hint =
    near === undefined
      ? 'name functions as the report does, e.g. "Cart.total", or with a glob, "*total*"'
      : `did you mean "${near}"?`;
  throw new UserError(
    `no file and no function "${name}" below ${options.root ?? 'the working directory'}; ${hint}`,
  );
}

/** The function that was most likely meant: its name has a word or a sign more, as accessors have, or other letters. */
function nearestFunction(name: string, options: Options): string | undefined {
  const names = new Map<string, string>();
  for (const path of filesOf(options.root ?? '.')) {
    const { file, source = file, verdicts } = explainFile(path, options);
    const module = source.replace(/\.[^./]+$/, '');
    for (const { name: full } of verdicts) {
      names.set(bare(full), full);
      if (full.startsWith(`${module}.`)) names.set(bare(full.slice(module.length + 1)), full);
    }
  }
  const near = nearest(bare(name), names.keys());
  return near === undefined ? undefined : names.get(near);
}

function bare(name: string): string {
  return name.replaceAll(/\b[gs]et |#/g, '');
}

function filesOf(path: string): string[] {
  return listTasks([path], undefined).map(({ input }) => input);
}

/** Of a folder's files one that cannot be read is told, and the others are explained. */
function explainOrTell(file: string, options: Options): Explanation[] {
  try {
    return [explainFile(file, options)];
  } catch (error) {
    const reason = systemReason(error);
    if (reason === undefined) throw error;
    tell(`cannot read "${file}": ${reason}`);
    process.exitCode = 1;
    return [];
  }
}

function explainFile(file: string, options: Options): Explanation {
  try {
    const code = readFileSync(file, 'utf8');
    const place = placeOf(file, options.root);
    const incoming = incomingMapOf(code, place.file);
    const inputMap = typeof incoming === 'object' ? { inputMap: JSON.stringify(incoming.map) } : {};
    return explain(code, { ...options, ...place, ...inputMap });
  } catch (error) {
    if (error instanceof TkaPerfError) throw usageError(error.message.replace(/^\[tka-perf\] /, ''));
    throw error;
  }
}

function hasSomething({ verdicts, diagnostics }: Explanation): boolean {
  return diagnostics.length > 0 || verdicts.some(({ verdict }) => verdict !== 'not selected');
}
