/* The directory of all runs. */
import { lstatSync } from 'node:fs';

/** Whether it is a symbolic link: the runtime follows none, since somebody else may have put it there. */
export function isLink(dir: string): boolean {
  try {
    return lstatSync(dir).isSymbolicLink();
  } catch {
    return false; // nothing is there, or nobody may look
  }
}
