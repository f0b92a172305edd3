/** The sources that a compiler's map names: where they are, and what they say. */
import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { dirname, join } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import { sourceContentFor, type SourceMapInput, TraceMap } from '@jridgewell/trace-mapping';
import { textOf } from '../disk.ts';
import { toSlashes } from '../options.ts';
import { relativeTo } from '../paths.ts';
import { hasScheme } from '../source-map.ts';

/** A source of a map. */
export interface MapSource {
  /** Relative to the root, as the output's path is. */
  readonly file: string;
  /** `''` where it is not known. */
  readonly text: string;
}

/** @returns `undefined` where it is not a source map */
export function traceMapOf(inputMap: SourceMapInput): TraceMap | undefined {
  try {
    return new TraceMap(inputMap);
  } catch {
    return undefined;
  }
}

/**
 * A source by its name in the map of an output.
 *
 * @returns `undefined` where the name is no place: a bundler's own modules have such ones
 */
export function sourceOf(
  map: TraceMap,
  name: string,
  outputFile: string,
  root: string,
): MapSource | undefined {
  const file = fileOf(name, outputFile, root);
  if (file === undefined) return undefined;
  // Compilers leave it out of the map unless told otherwise; then it stands where the map says.
  return { file, text: sourceContentFor(map, name) ?? textOf(resolve(root, file)) ?? '' };
}

function fileOf(name: string, outputFile: string, root: string): string | undefined {
  const folder = dirname(outputFile);
  if (isAbsolute(name) || /^[a-z]:[\\/]/i.test(name)) return relativeTo(root, name);
  if (!hasScheme(name)) return join(folder, toSlashes(name));
  if (/^file:/i.test(name)) return pathOfUrl(name, root);
  const path = decoded(/^[^:]+:(?:\/\/[^/]*\/)?([^?]*)/.exec(name)?.[1] ?? '');
  // `webpack://name/./src/a.ts?1a2b`: from the folder in which the bundler was run, which is one above its output.
  for (let above = folder; ; above = dirname(above)) {
    const file = join(above, path);
    if (existsSync(resolve(root, file))) return file;
    if (above === dirname(above) || above === '..') return undefined;
  }
}

function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path; // a percent sign of its own
  }
}

function pathOfUrl(url: string, root: string): string | undefined {
  try {
    return relativeTo(root, fileURLToPath(url));
  } catch {
    return undefined;
  }
}
