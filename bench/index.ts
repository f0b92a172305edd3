/**
 * `npm run bench -- <case> [--json]`: runs a benchmark in a process of its own, in plain Node: a TypeScript loader in the
 * process changes what a clock read costs there.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Cases by name; each is a file of this folder that takes `--json`. */
const CASES: Readonly<Record<string, string>> = {
  call: 'call',
  accuracy: 'accuracy',
  transform: 'transform',
  build: 'build',
  program: 'program',
  sites: 'sites',
  journal: 'journal',
  cli: 'cli',
};

const root = fileURLToPath(new URL('..', import.meta.url));
/** Below `node_modules`, so that the compiled files find the rivals. */
const out = join(root, 'node_modules/.cache/tka-perf-bench');

/** Compiles a folder's TypeScript files, types stripped and nothing else. */
function compile(folder: string): void {
  mkdirSync(join(out, folder), { recursive: true });
  for (const file of readdirSync(join(root, folder)).filter((name) => name.endsWith('.ts'))) {
    const { outputText } = ts.transpileModule(readFileSync(join(root, folder, file), 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    });
    writeFileSync(join(out, folder, file.replace(/\.ts$/, '.js')), outputText);
  }
}

const [name = '', ...flags] = process.argv.slice(2);
const file = CASES[name];
if (file === undefined) {
  process.stderr.write(`usage: npm run bench -- <${Object.keys(CASES).join('|')}> [--json]\n`);
  process.exitCode = 2;
} else {
  for (const folder of ['bench', 'runtime', 'transformer', 'cli']) compile(folder);
  writeFileSync(join(out, 'package.json'), '{ "type": "module" }\n');
  const env = { BENCH_DIST: join(root, 'dist'), ...process.env };
  const args = ['--expose-gc', join(out, 'bench', `${file}.js`), ...flags];
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit', env }).status ?? 1;
}
