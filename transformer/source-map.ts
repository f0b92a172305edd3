/** The source map that a file names in its last comment, as compilers leave it: found, read, moved. */
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { toSlashes } from './options.ts';

/** A source map, version 3 of the format (ECMA-426); what else is in it stays. */
export interface SourceMap extends Located {
  readonly version: 3;
  readonly sources: (string | null)[];
  readonly sourcesContent?: (string | null)[];
  readonly names: string[];
  readonly mappings: string;
  readonly sourceRoot?: string;
}

/** What of a map says where its sources are. */
export interface Located {
  readonly sources: readonly (string | null)[];
  readonly sourceRoot?: string | undefined;
}

/** The map that came with a file. */
export interface IncomingMap {
  /** Its sources are relative to the code's folder, which is what the transform resolves them by. */
  readonly map: SourceMap;
  /** Absolute path of the map's file; absent where it stands inline in the source. */
  readonly path?: string;
}

/** The comment that names a file's map. */
const COMMENT = /^[ \t]*\/\/[#@][ \t]*sourceMappingURL=(\S+)[ \t]*$/gm;
const INLINE = /^data:application\/json(?:;charset=[^;,]*)?(;base64)?,/i;

/**
 * Reads the map of `code`, the text of the file at `path`.
 *
 * @returns `undefined` where its comments name none
 * @throws {Error} where there is one that cannot be read
 */
export function readIncomingMap(code: string, path: string): IncomingMap | undefined {
  const url = lastComment(code)?.[1];
  if (url === undefined) return undefined;
  const folder = dirname(path);
  const inline = INLINE.exec(url);
  if (inline)
    return { map: moveMap(parseMap(decode(url.slice(inline[0].length), inline[1])), folder, folder) };
  if (hasScheme(url)) throw new Error(`${url.slice(0, 100)} is not a file`);
  const mapPath = resolve(folder, decodeURIComponent(url.replace(/[?#].*$/, '')));
  return { map: moveMap(parseMap(readFileSync(mapPath, 'utf8')), dirname(mapPath), folder), path: mapPath };
}

/** @throws {Error} where the text is none of a source map */
export function parseMap(text: string): SourceMap {
  // Older tools guard the JSON against inclusion as a script.
  const value: unknown = JSON.parse(text.replace(/^\)\]\}'[^\n]*\n/, ''));
  if (!isSourceMap(value)) throw new Error('it is not a source map of version 3');
  return value;
}

/**
 * The map with its sources, which are relative to the folder `from`, made relative to the folder `to`. `sourceRoot`
 * becomes a part of them.
 */
export function moveMap<T extends Located>(
  map: T,
  from: string,
  to: string,
): Omit<T, 'sourceRoot'> & { sources: (string | null)[] } {
  const { sourceRoot = '', ...rest } = map;
  const sources = map.sources.map((source) => {
    if (source === null) return null;
    const full = sourceRoot === '' ? source : `${sourceRoot.replace(/\/$/, '')}/${source}`;
    return hasScheme(full) ? full : toSlashes(relative(to, resolve(from, full)));
  });
  return { ...rest, sources };
}

/** Whether a map's source is a name such as `webpack://…`, and no path. */
export function hasScheme(url: string): boolean {
  return /^[a-z][a-z\d+.-]+:/i.test(url);
}

/** `code` with its comment naming `url`; added where there is none. */
export function withMapComment(code: string, url: string): string {
  const last = lastComment(code);
  const comment = `//# sourceMappingURL=${url}`;
  if (last === undefined) return `${code}${code.endsWith('\n') ? '' : '\n'}${comment}\n`;
  return code.slice(0, last.index) + comment + code.slice(last.index + last[0].length);
}

/** `code` without a comment that names a map. */
export function withoutMapComments(code: string): string {
  return code.replaceAll(COMMENT, '');
}

/** The code with its map in a comment on a line of its own behind it, as Node, esbuild and Bun read it. */
export function withInlineMap({ code, map }: { readonly code: string; readonly map: object }): string {
  return `${code}\n//# sourceMappingURL=${inlineUrl(map)}`;
}

/** A map as the `data:` URL of an inline comment. */
export function inlineUrl(map: object): string {
  return `data:application/json;charset=utf-8;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;
}

function lastComment(code: string): RegExpExecArray | undefined {
  return code.includes('sourceMappingURL=') ? [...code.matchAll(COMMENT)].at(-1) : undefined;
}

function decode(data: string, base64: string | undefined): string {
  return base64 === undefined ? decodeURIComponent(data) : Buffer.from(data, 'base64').toString('utf8');
}

function isSourceMap(value: unknown): value is SourceMap {
  return (
    typeof value === 'object' &&
    value !== null &&
    'version' in value &&
    value.version === 3 &&
    'mappings' in value &&
    typeof value.mappings === 'string' &&
    'sources' in value &&
    Array.isArray(value.sources)
  );
}
