import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { RUN_BEFORE, RUNS_BABEL_8 } from './versions.ts';

/** A Babel with its presets. */
export interface BabelVersion {
  readonly name: string;
  readonly major: 7 | 8;
  /** Why it cannot run on this Node. */
  readonly skipped: string | undefined;
  /** Path of one of its packages' main file: what a config names. */
  readonly resolve: (name: string) => string;
  /** `@babel/cli`. */
  readonly cli: string;
}

const ROOT = createRequire(import.meta.url);
const KIT = createRequire(new URL('./babel8/package.json', import.meta.url));

/** Both Babels that people use. */
export const BABELS: readonly BabelVersion[] = [
  { name: 'Babel 7', major: 7, skipped: RUN_BEFORE, ...packagesOf(ROOT) },
  {
    name: RUNS_BABEL_8 ? 'Babel 8' : 'Babel 8 (skipped: it needs Node 22.18)',
    major: 8,
    skipped: RUNS_BABEL_8 ? undefined : 'it needs Node 22.18',
    ...packagesOf(KIT),
  },
];

function packagesOf(require: NodeJS.Require): Pick<BabelVersion, 'resolve' | 'cli'> {
  return {
    resolve: (name) => require.resolve(name),
    cli: join(dirname(require.resolve('@babel/cli/package.json')), 'bin/babel.js'),
  };
}
