/**
 * What measuring a whole program costs: TypeScript's compiler, each of its functions instrumented, checks the sources of
 * zod. The floor is the compiler as it is; the rivals are V8's own sampling profiler, which sees neither calls nor errors,
 * and the counters of Istanbul, which see no time.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInstrumenter } from 'istanbul-lib-instrument';
import { instrument } from '../transformer/index.ts';

/** One way to run the compiler. */
interface Row {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly times: number[];
}

const ROUNDS = 3;
const require = createRequire(import.meta.url);
const lib = dirname(require.resolve('typescript/lib/_tsc.js'));
const folder = join(dirname(fileURLToPath(import.meta.url)), '../program');
const runtime = join(process.env['BENCH_DIST'] ?? '', 'runtime/index.cjs');

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(lib))
  if (/^lib\..*\.d\.ts$/.test(name)) copyFileSync(join(lib, name), join(folder, name));
const code = readFileSync(join(lib, '_tsc.js'), 'utf8');
const result = instrument(code, { file: 'lib/_tsc.js', root: '/', functions: 'all' });
writeFileSync(join(folder, 'plain.cjs'), code);
const istanbul = createInstrumenter({ esModules: false, compact: true, produceSourceMap: false });
writeFileSync(join(folder, 'counted.cjs'), istanbul.instrumentSync(code, join(folder, 'plain.cjs')));
writeFileSync(join(folder, 'instrumented.cjs'), result?.code ?? '');
cpSync(join(dirname(require.resolve('zod/package.json')), 'src'), join(folder, 'zod/src'), {
  recursive: true,
  filter: (path) => !/\/tests(?:\/|$)/.test(path.replaceAll('\\', '/')),
});
const compilerOptions = { module: 'nodenext', target: 'es2022', strict: true, noEmit: true, types: [] };
writeFileSync(
  join(folder, 'zod/tsconfig.json'),
  JSON.stringify({ compilerOptions: { ...compilerOptions, skipLibCheck: true }, include: ['src'] }),
);
// Installed, as in any project.
const installed = join(folder, 'node_modules/tka-perf');
mkdirSync(installed, { recursive: true });
writeFileSync(join(installed, 'index.js'), `module.exports = require(${JSON.stringify(runtime)});\n`);
writeFileSync(join(installed, 'package.json'), '{ "type": "commonjs" }\n');
// What the runtime says of itself, when the program ends. By require: with --import Node would load the program by
// another of its loaders, which takes a quarter of a second more for a file of this size.
writeFileSync(
  join(folder, 'usage.cjs'),
  `const { getPerformanceMonitor } = require(${JSON.stringify(runtime)});
const { writeFileSync } = require('node:fs');
process.on('exit', () => {
  const { usage, aggregates } = getPerformanceMonitor().snapshot();
  const sum = (key) => aggregates.reduce((total, each) => total + each[key], 0);
  writeFileSync(process.env.USAGE, JSON.stringify({ ...usage, calls: sum('callCount'), timed: sum('timedCalls'), functions: aggregates.length }));
});
`,
);

const row = (name: string, args: readonly string[], env: Row['env'] = {}): Row => ({
  name,
  args: [...args, '-p', 'zod'],
  env,
  times: [],
});
const USAGE = join(folder, 'usage.json');
const rows: readonly Row[] = [
  row('plain', ['plain.cjs']),
  row('node --cpu-prof', ['--cpu-prof', '--cpu-prof-dir=profile', 'plain.cjs']),
  row('istanbul-lib-instrument', ['counted.cjs']),
  row('tka-perf, 1 % budget', ['--require', './usage.cjs', 'instrumented.cjs'], { USAGE }),
  row('tka-perf, TKA_PERF=off', ['--require', './usage.cjs', 'instrumented.cjs'], {
    TKA_PERF: 'off',
    USAGE: join(folder, 'off.json'),
  }),
];

const outputs = new Set<string>();
for (let round = 0; round < ROUNDS; round++) {
  for (const { args, env, times } of rows) {
    const begin = performance.now();
    const { stdout, status, stderr } = spawnSync(process.execPath, args, {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, TKA_PERF_DIR: join(folder, 'journal'), ...env },
    });
    times.push(performance.now() - begin);
    outputs.add(`${status} ${stdout} ${stderr}`);
  }
}

const floor = Math.min(...(rows[0]?.times ?? []));
const timings = rows.map(({ name, times }) => ({
  name,
  minMs: Math.min(...times),
  ratioToFloor: Math.min(...times) / floor,
}));
const usage = JSON.parse(readFileSync(USAGE, 'utf8')) as Readonly<
  Record<'elapsedMs' | 'overheadMs' | 'journalMs' | 'calls' | 'timed' | 'functions', number>
>;
const same = outputs.size === 1;
const sites = result?.sites.length ?? 0;
if (process.argv.includes('--json')) {
  process.stdout.write(
    `${JSON.stringify({ case: 'program', node: process.version, sites, same, timings, usage })}\n`,
  );
} else {
  process.stdout.write(
    `TypeScript's _tsc.js, ${sites} functions instrumented, checks zod's sources, Node ${process.version}\n`,
  );
  process.stdout.write(`${'min ms'.padStart(42)} ${'ratio'.padStart(7)}\n`);
  for (const { name, minMs, ratioToFloor } of timings) {
    process.stdout.write(
      `${name.padEnd(32)} ${minMs.toFixed(0).padStart(9)} ${ratioToFloor.toFixed(2).padStart(7)}\n`,
    );
  }
  const share = (ms: number): string => `${((100 * ms) / usage.elapsedMs).toFixed(2)} %`;
  process.stdout.write(
    `by its own account measuring took ${share(usage.overheadMs - usage.journalMs)} of the time, and the journal ${share(usage.journalMs)}; ${usage.timed} of ${usage.calls} calls of ${usage.functions} functions were timed; all printed ${same ? 'the same' : 'SOMETHING ELSE'}\n`,
  );
}
if (!same) process.exitCode = 1;
