/** The map to the sources of a file that was compiled before: beside it, in it, or from the tool in front of a host. */
import { dirname, resolve } from 'node:path';
import { textOf } from './disk.ts';
import {
  hasScheme,
  moveMap,
  parseMap,
  readIncomingMap,
  type SourceMap,
  withoutMapComments,
} from './source-map.ts';

/**
 * The map that a file's own comment names, inline or beside it, with the text of its sources where they are there: by
 * that text the functions of the original are found.
 * @returns `undefined` where there is none, or none that can be read
 */
export function readOwnMap(code: string, file: string): SourceMap | undefined {
  try {
    const incoming = readIncomingMap(code, file);
    return incoming && withTexts(incoming.map, dirname(file));
  } catch {
    return undefined;
  }
}

/** The same where the host has taken the comment away: by the file on disk, if that is the same but for it. */
export function readMapOnDisk(code: string, file: string): SourceMap | undefined {
  const own = readOwnMap(code, file);
  if (own || !/\.[cm]?js$/.test(file)) return own;
  const text = textOf(file) ?? '';
  return withoutMapComments(text).trimEnd() === code.trimEnd() ? readOwnMap(text, file) : undefined;
}

/**
 * The map that a host hands on with a file's code.
 * @returns `undefined` where that is none
 */
export function readGivenMap(map: unknown, file: string): SourceMap | undefined {
  if (map === undefined || map === null) return undefined;
  const folder = dirname(file);
  try {
    const parsed = parseMap(typeof map === 'string' ? map : JSON.stringify(map));
    return withTexts(moveMap(parsed, folder, folder), folder);
  } catch {
    return undefined;
  }
}

function withTexts(map: SourceMap, folder: string): SourceMap {
  const found = (source: string | null): string | null =>
    !source || hasScheme(source) ? null : (textOf(resolve(folder, source)) ?? null);
  const sourcesContent = map.sources.map((source, index) => map.sourcesContent?.[index] ?? found(source));
  return { ...map, sourcesContent };
}
