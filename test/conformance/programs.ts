// Usage: npm run conformance:programs [-- NAME …]
// Published packages, with every function of theirs and of their dependencies instrumented, must do the same work with
// byte-identical output.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { instrument } from '../../transformer/index.ts';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const work = join(root, 'test/.tmp/programs');
const sources = join(root, 'node_modules/zod/src/v4/core');
const shell = process.platform === 'win32';

/** Installs the programs once; a change of their list installs anew. */
function install(folder: string): void {
  const list = readFileSync(join(here, 'programs/package.json'), 'utf8');
  const installed = join(folder, 'package.json');
  if (existsSync(join(folder, 'node_modules')) && readFileSync(installed, 'utf8') === list) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(installed, list);
  execFileSync('npm', ['install', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
    shell,
  });
}

/** Instruments every JavaScript file of a tree of packages. */
function instrumentTree(
  folder: string,
  kind: 'esm' | 'commonjs',
  counts: { files: number; sites: number; left: number },
): void {
  const manifest = join(folder, 'package.json');
  const type = existsSync(manifest)
    ? (JSON.parse(readFileSync(manifest, 'utf8')) as { type?: string }).type
    : undefined;
  const format = existsSync(manifest) ? (type === 'module' ? 'esm' : 'commonjs') : kind;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) instrumentTree(path, format, counts);
    else if (/\.[cm]?js$/.test(entry.name)) {
      const code = readFileSync(path, 'utf8');
      const own = entry.name.endsWith('.mjs') ? 'esm' : entry.name.endsWith('.cjs') ? 'commonjs' : format;
      const result = instrument(code, { file: path, root: work, functions: 'all', exclude: [], format: own });
      if (!result) continue;
      counts.files++;
      counts.sites += result.sites.length;
      counts.left += result.diagnostics.length;
      writeFileSync(path, result.code);
    }
  }
}

function run(folder: string, name: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['drivers.mjs', name, sources, plain], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, TKA_PERF_DIR: join(work, 'journal'), NO_COLOR: '1' },
  });
  return `${stdout}\n--- stderr\n${stderr.replaceAll(folder, '')}\n--- ${status}`;
}

const plain = join(work, 'plain');
const instrumented = join(work, 'instrumented');
install(plain);
rmSync(instrumented, { recursive: true, force: true });
cpSync(plain, instrumented, { recursive: true });
const counts = { files: 0, sites: 0, left: 0 };
instrumentTree(join(instrumented, 'node_modules'), 'commonjs', counts);
symlinkSync(root, join(instrumented, 'node_modules/tka-perf'), 'junction');
for (const folder of [plain, instrumented])
  cpSync(join(here, 'programs/drivers.mjs'), join(folder, 'drivers.mjs'));
console.log(
  `Node ${process.version}: ${counts.sites} functions in ${counts.files} files instrumented, ${counts.left} diagnostics`,
);

const all = JSON.parse(
  execFileSync(process.execPath, [join(plain, 'drivers.mjs'), '--list'], { encoding: 'utf8' }),
) as string[];
const names = process.argv.length > 2 ? process.argv.slice(2) : all;
let same = 0;
for (const name of names) {
  const [expected, actual] = [run(plain, name), run(instrumented, name)];
  const works = expected.endsWith('--- 0');
  if (expected === actual && works) same++;
  else {
    writeFileSync(join(work, `${name}.plain.txt`), expected);
    writeFileSync(join(work, `${name}.instrumented.txt`), actual);
  }
  console.log(
    `${works ? (expected === actual ? 'same     ' : 'DIFFERENT') : 'BROKEN PLAIN'} ${name} (${expected.length} characters)`,
  );
}
console.log(`${same} of ${names.length} programs do the same`);
process.exitCode = same === names.length ? 0 : 1;
