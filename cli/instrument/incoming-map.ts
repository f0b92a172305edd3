import { basename } from 'node:path';
import { type IncomingMap, readIncomingMap } from '../../transformer/index.ts';
import { systemReason } from '../text/errors.ts';

/**
 * The source map that a file's last `sourceMappingURL` comment names.
 *
 * @returns `undefined` where there is none; a sentence where there is one that cannot be used
 */
export function incomingMapOf(code: string, path: string): IncomingMap | string | undefined {
  try {
    return readIncomingMap(code, path);
  } catch (error) {
    const reason = systemReason(error) ?? (error instanceof Error ? error.message : String(error));
    return `its source map cannot be read (${reason})`;
  }
}

/** The name that a comment gives to the map that lies beside `file`. */
export function besideUrl(file: string): string {
  return encodeURI(`${basename(file)}.map`);
}
