import { realpathSync } from 'node:fs';
import { extname, isAbsolute, relative, resolve } from 'node:path';
import type { InstrumentOptions } from '../../transformer/index.ts';

/**
 * Where a file and the root lie, for names that are relative to the root: as they were written, or, where the file would
 * be outside of the root by that and lies in it behind symbolic links of either, as they really do.
 */
export function placeOf(
  file: string,
  root: string = '.',
): Required<Pick<InstrumentOptions, 'file' | 'root'>> {
  const written = { file: resolve(file), root: resolve(root) };
  if (isBelow(written)) return written;
  try {
    const real = { file: realpathSync(written.file), root: realpathSync(written.root) };
    return isBelow(real) && extname(real.file) === extname(written.file) ? real : written;
  } catch {
    return written; // One of them does not exist, or not yet.
  }
}

function isBelow({ file, root }: { readonly file: string; readonly root: string }): boolean {
  const path = relative(root, file);
  return !isAbsolute(path) && !/^\.\.(?:[\\/]|$)/.test(path); // absolute: on another drive
}
