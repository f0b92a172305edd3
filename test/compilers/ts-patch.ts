import { join } from 'node:path';
import { PACKAGE } from '../hosts/support.ts';
import { copyTypeScript, workspace } from './project.ts';
import { RUN_BEFORE, RUNS_TS_PATCH_4 } from './versions.ts';

/** A TypeScript and the ts-patch that belongs to it. */
export interface Toolchain {
  readonly name: string;
  /** `node_modules` names of both packages in this repository. */
  readonly typescript: string;
  readonly tsPatch: string;
  /** Why it cannot run on this Node. */
  readonly skipped: string | undefined;
}

/** Every TypeScript that has a transformer API: the first of 5, its last, and 6. */
export const TOOLCHAINS: readonly Toolchain[] = [
  {
    name: 'ts-patch 3.3, TypeScript 5.0',
    typescript: 'typescript50',
    tsPatch: 'ts-patch',
    skipped: RUN_BEFORE,
  },
  {
    name: 'ts-patch 3.3, TypeScript 5.9',
    typescript: 'typescript',
    tsPatch: 'ts-patch',
    skipped: RUN_BEFORE,
  },
  {
    name: 'ts-patch 4.0, TypeScript 6.0',
    typescript: 'typescript6',
    tsPatch: 'ts-patch4',
    skipped: RUNS_TS_PATCH_4 ? undefined : 'ts-patch 4 needs Node 22.15',
  },
];

/** A toolchain in a folder of its own, whose copy of TypeScript may be patched. */
export interface Installed {
  readonly folder: string;
  readonly typescript: string;
  /** Arguments to Node for `tspc`. */
  readonly tspc: string;
  /** What makes ts-patch take this folder's TypeScript. */
  readonly env: Readonly<Record<string, string>>;
}

/** Sets up a toolchain: this package, tslib and its own TypeScript. */
export function install({ typescript, tsPatch }: Toolchain, name: string): Installed {
  const folder = workspace(`${name}-${typescript}`, { tslib: 'tslib' });
  const copy = copyTypeScript(folder, typescript);
  return {
    folder,
    typescript: copy,
    tspc: join(PACKAGE, 'node_modules', tsPatch, 'bin/tspc.js'),
    env: { TSP_COMPILER_TS_PATH: copy },
  };
}

/** The toolchain's name, and why it is not run. */
export function titleOf({ name, skipped }: Toolchain): string {
  return skipped === undefined ? name : `${name} (skipped: ${skipped})`;
}
