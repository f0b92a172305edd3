import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { nearestPackage } from '../disk.ts';
import type { Options } from '../options.ts';

/** Environment variable with the loader's options as JSON; each wins over the same one in `package.json`. */
export const OPTIONS_VARIABLE = 'TKA_PERF_OPTIONS';

/** Key of `package.json` with the loader's options. */
const PACKAGE_KEY = 'tka-perf';

/**
 * The loader's options: those under `tka-perf` in the nearest `package.json` above the working directory, and over
 * them those of `TKA_PERF_OPTIONS`. `root` defaults to that file's folder, and is relative to it; that of the variable to the
 * working directory.
 *
 * @throws {SyntaxError} where one of the two is not JSON
 */
export function readLoaderOptions(cwd: string, env: Readonly<Record<string, string | undefined>>): Options {
  const file = nearestPackage(cwd);
  const fromPackage = file === undefined ? {} : optionsIn(readFileSync(file, 'utf8'), file, PACKAGE_KEY);
  const text = env[OPTIONS_VARIABLE];
  const fromEnvironment = text ? optionsIn(`{"${PACKAGE_KEY}":${text}}`, OPTIONS_VARIABLE, PACKAGE_KEY) : {};
  const folder = file === undefined ? cwd : dirname(file);
  const root =
    fromEnvironment.root === undefined
      ? resolve(folder, fromPackage.root ?? '.')
      : resolve(cwd, fromEnvironment.root);
  return { ...fromPackage, ...fromEnvironment, root };
}

function optionsIn(text: string, place: string, key: string): Options {
  let value: unknown;
  try {
    value = (JSON.parse(text.replace(/^\uFEFF/, '')) as Record<string, unknown> | null)?.[key];
  } catch (cause) {
    throw new SyntaxError(`${place} is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (value === undefined) return {};
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Options;
  throw new SyntaxError(`the options in ${place} are not an object; write e.g. {"functions":"exported"}`);
}
