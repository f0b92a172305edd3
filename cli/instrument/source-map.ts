import { readFileSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { systemReason } from '../text/errors.ts';

/** A source map, version 3 of the format (ECMA-426); what else is in it stays. */
export interface SourceMap {
  readonly version: number;
  readonly sources: readonly (string | null)[];
  readonly names: readonly string[];
  readonly mappings: string;
  readonly sourceRoot?: string | undefined;
}

/** The source map that a file's last `sourceMappingURL` comment names. */
export interface IncomingMap {
  /** Its sources are relative to the code's folder, which is what the transform resolves them by. */
  readonly map: SourceMap;
  /** Absolute path of the map's file; absent where it stands inline in the source. */
  readonly path?: string;
}

const COMMENT = /^[ \t]*\/\/[#@][ \t]*sourceMappingURL=(\S+)[ \t]*$/gm;
const INLINE = /^data:application\/json(?:;charset=[^;,]*)?(;base64)?,/i;

/**
 * Reads the incoming map of `code`, the text of the file at `path`.
 *
 * @returns undefined where there is none; a sentence where there is one that cannot be used
 */
export function readIncomingMap(code: string, path: string): IncomingMap | string | undefined {
  const url = [...code.matchAll(COMMENT)].at(-1)?.[1];
  if (url === undefined) return undefined;
  const inline = INLINE.exec(url);
  if (inline === null && /^[a-z][a-z+.-]+:/i.test(url))
    return `the source map ${url.slice(0, 100)} is not a file`;
  const folder = dirname(path);
  try {
    if (inline !== null) {
      const data = url.slice(inline[0].length);
      const text =
        inline[1] === undefined ? decodeURIComponent(data) : Buffer.from(data, 'base64').toString('utf8');
      return { map: moveMap(parseMap(text), folder, folder) };
    }
    const mapPath = resolve(folder, decodeURIComponent(url.replace(/[?#].*$/, '')));
    const map = parseMap(readFileSync(mapPath, 'utf8'));
    return { map: moveMap(map, dirname(mapPath), folder), path: mapPath };
  } catch (error) {
    const reason = systemReason(error) ?? (error instanceof Error ? error.message : String(error));
    return `its source map cannot be read (${reason})`;
  }
}

function parseMap(text: string): SourceMap {
  // Older tools guard the JSON against inclusion as a script.
  const value: unknown = JSON.parse(text.replace(/^\)\]\}'[^\n]*\n/, ''));
  if (!isSourceMap(value)) throw new Error('it is not a source map of version 3');
  return value;
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

/**
 * The map with its sources, which are relative to the folder `from`, made relative to the folder `to`. `sourceRoot`
 * becomes a part of them.
 */
export function moveMap(map: SourceMap, from: string, to: string): SourceMap {
  const { sourceRoot = '', ...rest } = map;
  const sources = map.sources.map((source) => {
    if (source === null) return null;
    const full = sourceRoot === '' ? source : `${sourceRoot.replace(/\/$/, '')}/${source}`;
    // `webpack://…` and the like are names, not places.
    if (/^[a-z][a-z+.-]+:/i.test(full)) return full;
    return relative(to, resolve(from, full)).replaceAll('\\', '/');
  });
  return { ...rest, sources };
}

/** `code` with its `sourceMappingURL` comment naming `url`; added where there is none. */
export function withMapComment(code: string, url: string): string {
  const last = [...code.matchAll(COMMENT)].at(-1);
  const comment = `//# sourceMappingURL=${url}`;
  if (last === undefined) return `${code}${code.endsWith('\n') ? '' : '\n'}${comment}\n`;
  return code.slice(0, last.index) + comment + code.slice(last.index + last[0].length);
}

/** A map as the `data:` URL of an inline comment. */
export function inlineUrl(map: SourceMap): string {
  return `data:application/json;charset=utf-8;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;
}

/** The name that a comment gives to the map that lies beside `file`. */
export function besideUrl(file: string): string {
  return encodeURI(`${basename(file)}.map`);
}
