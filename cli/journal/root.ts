/* The directory of all runs. */
import { accessSync, constants, lstatSync, mkdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCode, systemReason } from '../text/errors.ts';

/** Whether it is a symbolic link: the runtime follows none, since somebody else may have put it there. */
export function isLink(dir: string): boolean {
  try {
    return lstatSync(dir).isSymbolicLink();
  } catch {
    return false; // nothing is there, or nobody may look
  }
}

/**
 * Why nothing can be written in the directory, as far as that can be found out; undefined where it can be. What a recording
 * would have made is made, and removed again.
 */
export function whyNotWritable(dir: string): string | undefined {
  if (isLink(dir)) return 'it is a symbolic link';
  let nearest = dir;
  let missing: string | undefined;
  try {
    let stat = statSync(nearest, { throwIfNoEntry: false });
    while (stat === undefined) {
      missing = nearest;
      nearest = dirname(nearest);
      stat = statSync(nearest, { throwIfNoEntry: false });
    }
    if (!stat.isDirectory())
      return missing === undefined ? 'it is not a directory' : 'a part of the path is not a directory';
    accessSync(nearest, constants.W_OK | constants.X_OK);
    if (missing === undefined) return undefined;
    mkdirSync(missing);
    rmdirSync(missing);
    return undefined;
  } catch (error) {
    // Somebody has made it meanwhile.
    if (systemCode(error) === 'EEXIST' || systemCode(error) === 'ENOTEMPTY') return undefined;
    return systemReason(error) ?? String(error);
  }
}
