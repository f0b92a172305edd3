/** The file system, taken when the runtime is loaded: what a program's tests put in its place later is not told of our files. */
import { builtin } from './platform.ts';

const FILES = [
  'closeSync',
  'constants',
  'existsSync',
  'fstatSync',
  'lstatSync',
  'mkdirSync',
  'openSync',
  'readFileSync',
  'readdirSync',
  'readlinkSync',
  'renameSync',
  'rmSync',
  'rmdirSync',
  'statSync',
  'unlinkSync',
  'writeFileSync',
  'writeSync',
] as const;

/** What writing files takes. */
export interface Disk {
  readonly fs: Pick<typeof import('node:fs'), (typeof FILES)[number]>;
  readonly path: typeof import('node:path');
}

let disk = /* @__PURE__ */ findDisk();

/** The file system as it was when this was loaded, as a program's tests may wrap it; `undefined` where there is none. */
export function diskOf(): Disk | undefined {
  return disk;
}

/** It is taken as it is now (tests). */
export function retakeDisk(): void {
  disk = findDisk();
}

function findDisk(): Disk | undefined {
  const path = builtin('node:path');
  const fs = builtin('node:fs');
  return fs && path && { fs: pick(fs), path };
}

function pick(fs: typeof import('node:fs')): Disk['fs'] {
  const picked: Record<string, unknown> = {};
  for (let i = 0; i < FILES.length; i++) picked[FILES[i] as string] = fs[FILES[i] as (typeof FILES)[number]];
  return picked as unknown as Disk['fs'];
}
