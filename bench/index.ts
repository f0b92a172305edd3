/**
 * `npm run bench -- <case> [--json]`: runs a benchmark in a process of its own, in plain Node: a TypeScript loader in the
 * process changes what a clock read costs there.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Cases by name; each is a file of this folder that takes `--json`. */
const CASES: Readonly<Record<string, string>> = {
  call: 'call',
  promise: 'promise',
  accuracy: 'accuracy',
  recursion: 'recursion',
  profile: 'profile',
  transform: 'transform',
  build: 'build',
  program: 'program',
  sites: 'sites',
  server: 'server',
  journal: 'journal',
  cli: 'cli',
};

const root = fileURLToPath(new URL('..', import.meta.url));
/** Below `node_modules`, so that the compiled files find the rivals. */
const out = join(root, 'node_modules/.cache/tka-perf-bench');

/** Compiles the TypeScript files below a folder, types stripped and nothing else. */
function compile(folder: string): void {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.ts'))) {
    const { outputText } = ts.transpileModule(readFileSync(join(root, folder, file), 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    });
    const compiled = join(out, folder, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(compiled), { recursive: true });
    writeFileSync(compiled, outputText);
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
  const journal = join(out, 'journal');
  rmSync(journal, { recursive: true, force: true });
  const env = { BENCH_DIST: join(root, 'dist'), TKA_PERF_DIR: journal, ...process.env };
  const args = ['--expose-gc', join(out, 'bench', `${file}.js`), ...flags];
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit', env }).status ?? 1;
}
