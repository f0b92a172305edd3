// Usage: node start.mjs [--plain] [--skip-build]
// The main job on real input: the TypeScript sources of the published zod package and a program that works with
// them are compiled by ts-patch with tka-perf in tsconfig.json, run, and reported.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const require = createRequire(import.meta.url);
const { values } = parseArgs({
  options: { plain: { type: 'boolean', default: false }, 'skip-build': { type: 'boolean', default: false } },
});

/** Runs one step, with a line that says so on stderr. */
function step(title, command, args, options = {}) {
  process.stderr.write(`› ${title} … `);
  const start = Date.now();
  const result = spawnSync(command, args, { cwd: here, encoding: 'utf8', ...options });
  if (result.status !== 0) {
    process.stderr.write(`failed\n${result.stdout ?? ''}${result.stderr ?? ''}`);
    process.exit(result.status ?? 1);
  }
  process.stderr.write(`${((Date.now() - start) / 1000).toFixed(1)} s\n`);
  if (result.stderr) process.stderr.write(result.stderr);
  return result.stdout;
}

const node = process.execPath;
const cli = join(root, 'dist/cli/index.cjs');
if (!values['skip-build'] || !existsSync(cli)) {
  step('building tka-perf', 'npm', ['run', '--silent', 'build'], {
    cwd: root,
    shell: process.platform === 'win32',
  });
}

// A project as a user has it: its own package.json, tsconfig.json and sources, and tka-perf in node_modules.
const work = join(here, values.plain ? 'work/plain' : 'work/instrumented');
rmSync(work, { recursive: true, force: true });
mkdirSync(join(work, 'node_modules'), { recursive: true });
symlinkSync(root, join(work, 'node_modules/tka-perf'), 'junction');
for (const name of ['package.json', 'tsconfig.json', 'src'])
  cpSync(join(here, name), join(work, name), { recursive: true });
const zod = dirname(require.resolve('zod/package.json'));
cpSync(join(zod, 'src'), join(work, 'src/zod'), {
  recursive: true,
  filter: (path) => !/^(?:tests|benchmarks)$/.test(basename(path)),
});

const compiler = values.plain
  ? require.resolve('typescript/bin/tsc')
  : require.resolve('ts-patch/bin/tspc.js');
step(`compiling zod's sources and the program${values.plain ? ', plain' : ' with tka-perf'}`, node, [
  compiler,
  '-p',
  work,
]);

const output = step('running the workload', node, ['--enable-source-maps', 'dist/main.js'], { cwd: work });
process.stdout.write(output);
if (!values.plain) {
  process.stdout.write('\n');
  const { status } = spawnSync(node, [cli, 'report'], { stdio: 'inherit', cwd: work });
  process.exit(status ?? 1);
}
