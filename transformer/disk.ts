import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The text of a file; `undefined` where it cannot be read. */
export function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Path of the nearest `package.json` in a folder or above it. */
export function nearestPackage(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) return file;
    if (folder === dirname(folder)) return undefined;
  }
}
