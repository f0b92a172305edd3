/** Children written in TypeScript as one file of JavaScript each: Node starts that ten times as fast as a loader. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';

/** Bundles a child with the runtime's sources. @returns the file, and what removes it */
export function bundleChild(source: string): { readonly path: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'tka-perf-child-'));
  const path = join(folder, `${basename(source, '.ts')}.mjs`);
  buildSync({
    entryPoints: [source],
    outfile: path,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  });
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** How often something is tried: fewer times while developing, all of them with `TKA_PERF_TEST_FULL=1`, as CI does. */
export function times(few: number, all: number): number {
  return process.env['TKA_PERF_TEST_FULL'] ? all : few;
}
