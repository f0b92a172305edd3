import { relative, resolve } from 'node:path';
import { toSlashes } from './options.ts';

/** The file's path as it is reported: relative to the root, `/`-separated. */
export function relativeTo(root: string, file: string): string {
  return toSlashes(relative(root, resolve(root, file)));
}
