import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { toSlashes } from '../options.ts';

/** A source map, version 3 of the format (ECMA-426), its sources relative to the folder of the file that it is of. */
export interface SourceMap {
  readonly version: 3;
  readonly file?: string;
  readonly sources: string[];
  readonly sourcesContent?: (string | null)[];
  readonly names: string[];
  readonly mappings: string;
}

type WrittenMap = Omit<SourceMap, 'sources'> & { sources: (string | null)[]; sourceRoot?: string };

const COMMENT = /^[ \t]*\/\/[#@][ \t]*sourceMappingURL=(\S+)[ \t]*$/gm;
const INLINE = /^data:application\/json(?:;charset=[^;,]*)?(;base64)?,/i;

/** The code with its map in a comment on a line of its own behind it, as Node, esbuild and Bun read it. */
export function withInlineMap({ code, map }: { readonly code: string; readonly map: object }): string {
  const data = Buffer.from(JSON.stringify(map)).toString('base64');
  return `${code}\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,${data}`;
}

/**
 * The map that a file's own comment names, inline or beside it, with the text of its sources where they are there: by
 * that text the functions of the original are found.
 * @returns `undefined` where there is none, or none that can be read
 */
export function readOwnMap(code: string, file: string): SourceMap | undefined {
  if (!code.includes('sourceMappingURL=')) return undefined;
  const url = [...code.matchAll(COMMENT)].at(-1)?.[1];
  if (url === undefined) return undefined;
  try {
    const inline = INLINE.exec(url);
    const folder = dirname(file);
    if (inline) return located(parse(decode(url.slice(inline[0].length), inline[1])), folder, folder);
    if (hasScheme(url)) return undefined;
    const path = resolve(folder, decodeURIComponent(url.replace(/[?#].*$/, '')));
    return located(parse(readFileSync(path, 'utf8')), dirname(path), folder);
  } catch {
    return undefined;
  }
}

/**
 * The same where the host has taken the comment away: by the file as it stands on disk, if it is the same but for that.
 */
export function readMapOnDisk(code: string, file: string): SourceMap | undefined {
  const own = readOwnMap(code, file);
  if (own || !/\.[cm]?js$/.test(file)) return own;
  try {
    const text = readFileSync(file, 'utf8');
    const isSame = text.replace(COMMENT, '').trimEnd() === code.trimEnd();
    return isSame ? readOwnMap(text, file) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The map that a host hands on with a file's code.
 * @returns `undefined` where that is none
 */
export function readGivenMap(map: unknown, file: string): SourceMap | undefined {
  if (map === undefined || map === null) return undefined;
  try {
    return located(parse(typeof map === 'string' ? map : JSON.stringify(map)), dirname(file), dirname(file));
  } catch {
    return undefined;
  }
}

function decode(data: string, base64: string | undefined): string {
  return base64 === undefined ? decodeURIComponent(data) : Buffer.from(data, 'base64').toString('utf8');
}

function parse(text: string): WrittenMap {
  const map = JSON.parse(text) as WrittenMap;
  if (map.version !== 3 || typeof map.mappings !== 'string' || !Array.isArray(map.sources))
    throw new TypeError('not a source map of version 3');
  return map;
}

/** The map of a file in the folder `to`, from one whose sources are relative to the folder `from`. */
function located({ sourceRoot = '', ...map }: WrittenMap, from: string, to: string): SourceMap {
  const full = map.sources.map((source) =>
    sourceRoot === '' ? (source ?? '') : `${sourceRoot.replace(/\/$/, '')}/${source ?? ''}`,
  );
  return {
    ...map,
    // `webpack://…` and the like are names, not places.
    sources: full.map((source) =>
      hasScheme(source) ? source : toSlashes(relative(to, resolve(from, source))),
    ),
    sourcesContent: full.map((source, index) => map.sourcesContent?.[index] ?? textOf(source, from)),
  };
}

/** Whether a map's source is a name such as `webpack://…`, and no path. */
export function hasScheme(url: string): boolean {
  return /^[a-z][a-z+.-]+:/i.test(url);
}

function textOf(source: string, folder: string): string | null {
  try {
    return hasScheme(source) ? null : readFileSync(resolve(folder, source), 'utf8');
  } catch {
    return null;
  }
}
