import { statSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { globSync } from 'tinyglobby';
import { systemReason, usageError, UserError } from '../text/errors.ts';

/** One file to instrument and where the result goes. */
export interface InstrumentTask {
  /** Absolute. */
  readonly input: string;
  /** Absolute; the input itself when it is instrumented in place. */
  readonly output: string;
}

const SOURCES = '**/*.{js,mjs,cjs,jsx,ts,mts,cts,tsx}';
const SOURCE_NAME = /\.(?:[mc]?[jt]s|[jt]sx)$/;
const DECLARATION_NAME = /\.d\.(?:[mc]?ts|\w+\.ts)$/;

/**
 * The files that the words of the command line name: files as they are, folders with all JavaScript and TypeScript
 * in them, `node_modules`, dot folders and declaration files excepted. With an output folder, what is in a folder
 * keeps its path in it, and a single file its name.
 *
 * @throws UserError where a word names nothing, nothing is found, or a file would become another one
 */
export function listTasks(words: readonly string[], outDir: string | undefined): InstrumentTask[] {
  const out = outDir === undefined ? undefined : resolve(outDir);
  const tasks = new Map<string /* output */, InstrumentTask>();
  for (const word of words) {
    for (const task of tasksOf(word, out)) {
      const other = tasks.get(task.output);
      if (other !== undefined && other.input !== task.input) {
        throw usageError(
          `"${shortPath(other.input)}" and "${shortPath(task.input)}" would both become ` +
            `"${shortPath(task.output)}"; instrument them into different folders`,
        );
      }
      tasks.set(task.output, task);
    }
  }
  const inputs = new Set(Array.from(tasks.values(), ({ input }) => input));
  for (const { input, output } of tasks.values()) {
    if (output !== input && inputs.has(output)) {
      throw usageError(
        `"${shortPath(input)}" would be written over "${shortPath(output)}", which is a source too; ` +
          'instrument into another folder',
      );
    }
  }
  if (tasks.size > 0) return [...tasks.values()].toSorted((a, b) => (a.input < b.input ? -1 : 1));
  throw new UserError(`no JavaScript or TypeScript files in ${words.map((word) => `"${word}"`).join(', ')}`);
}

function tasksOf(word: string, out: string | undefined): InstrumentTask[] {
  if (word === '') throw usageError('a path must name a file or folder');
  const path = resolve(word);
  if (!isDirectory(word, path)) {
    if (!SOURCE_NAME.test(path)) throw usageError(`"${word}" is not a JavaScript or TypeScript file`);
    if (DECLARATION_NAME.test(path))
      throw usageError(`"${word}" only declares types; there is nothing to instrument`);
    return [{ input: path, output: out === undefined ? path : join(out, basename(path)) }];
  }
  const found = globSync(SOURCES, {
    cwd: path,
    absolute: true,
    ignore: ['**/node_modules/**'],
    // A link may lead out of the folder, or back into it.
    followSymbolicLinks: false,
    expandDirectories: false,
  });
  // What was written there before is no source.
  const isOutput = (file: string): boolean => out !== undefined && isInside(out, path) && isInside(file, out);
  return found
    .map((file) => resolve(file))
    .filter((file) => !DECLARATION_NAME.test(file) && !isOutput(file))
    .map((file) => ({ input: file, output: out === undefined ? file : join(out, relative(path, file)) }));
}

function isDirectory(word: string, path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    const reason = systemReason(error);
    if (reason === undefined) throw error;
    throw usageError(`cannot read "${word}": ${reason}`);
  }
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** A path as people write it: relative to the working directory where that is shorter. */
export function shortPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere !== '' && fromHere.length < path.length ? fromHere : path;
}
