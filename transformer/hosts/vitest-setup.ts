/**
 * A setup file that `tka-perf/vite` adds to Vitest projects: Vitest ends its workers from outside, so that no exit of
 * theirs writes the journal. Written after each test file instead.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Registered {
  /** None where another version was loaded first. */
  mayEnd?(may: boolean): void;
}

type Vitest = typeof import('vitest');

/** Vitest as the project has it: in a workspace it may be there alone, and we further up. */
async function vitestOfProject(): Promise<Vitest> {
  const manifest = createRequire(join(process.cwd(), 'package.json')).resolve('vitest/package.json');
  return (await import(new URL('dist/index.js', pathToFileURL(manifest)).href)) as Vitest;
}

const { afterAll } = await import('vitest').catch(vitestOfProject);

function mayEnd(may: boolean): void {
  const registry = (globalThis as { [key: symbol]: Registered | undefined })[Symbol.for('tka-perf')];
  registry?.mayEnd?.(may);
}

mayEnd(false); // a worker may have had test files before
afterAll(() => mayEnd(true));
