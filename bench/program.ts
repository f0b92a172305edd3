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
import { parseArgs } from 'node:util';
import { createInstrumenter } from 'istanbul-lib-instrument';
import { instrument } from '../transformer/index.ts';

/** One way to run the compiler. */
interface Row {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly times: number[];
}

const { values } = parseArgs({ options: { json: { type: 'boolean' }, rounds: { type: 'string' } } });
/** Runs of each by turns. */
const ROUNDS = Number(values.rounds ?? 3);
/** The same of the start. */
const STARTS = 12;
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
  args,
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

/** As far as it says its version: all that a program pays before it does anything. */
const starts: readonly Row[] = [
  row('plain', ['plain.cjs']),
  row('tka-perf, 1 % budget', ['instrumented.cjs']),
  row('tka-perf, TKA_PERF=off', ['instrumented.cjs'], { TKA_PERF: 'off' }),
];

/** Runs each so many times, by turns. Returns whether all of them printed the same. */
function runByTurns(all: readonly Row[], rounds: number, command: readonly string[]): boolean {
  const outputs = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    for (const { args, env, times } of all) {
      const begin = performance.now();
      const { stdout, status, stderr } = spawnSync(process.execPath, [...args, ...command], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, TKA_PERF_DIR: join(folder, 'journal'), ...env },
      });
      times.push(performance.now() - begin);
      outputs.add(`${status} ${stdout} ${stderr}`);
    }
  }
  return outputs.size === 1;
}

/** The least, and the median: of few runs on a machine that others use neither alone says enough. */
function timingsOf(all: readonly Row[]): readonly {
  readonly name: string;
  readonly minMs: number;
  readonly medianMs: number;
  readonly ratioToFloor: number;
}[] {
  const floor = Math.min(...(all[0]?.times ?? []));
  return all.map(({ name, times }) => {
    const minMs = Math.min(...times);
    const medianMs = times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
    return { name, minMs, medianMs, ratioToFloor: minMs / floor };
  });
}

const sameStart = runByTurns(starts, STARTS, ['--version']);
const same = runByTurns(rows, ROUNDS, ['-p', 'zod']) && sameStart;
const start = timingsOf(starts);
const timings = timingsOf(rows);
const usage = JSON.parse(readFileSync(USAGE, 'utf8')) as Readonly<
  Record<'elapsedMs' | 'overheadMs' | 'journalMs' | 'calls' | 'timed' | 'functions', number>
>;
const sites = result?.sites.length ?? 0;
if (values.json) {
  process.stdout.write(
    `${JSON.stringify({ case: 'program', node: process.version, sites, same, timings, start, usage })}\n`,
  );
} else {
  process.stdout.write(
    `TypeScript's _tsc.js, ${sites} functions instrumented, checks zod's sources, Node ${process.version}\n`,
  );
  process.stdout.write(`${'min ms'.padStart(42)} ${'median'.padStart(9)} ${'ratio'.padStart(7)}\n`);
  for (const [prefix, part] of [
    ['', timings],
    ['--version: ', start],
  ] as const) {
    for (const { name, minMs, medianMs, ratioToFloor } of part) {
      process.stdout.write(
        `${(prefix + name).padEnd(32)} ${minMs.toFixed(0).padStart(9)} ${medianMs.toFixed(0).padStart(9)} ${ratioToFloor.toFixed(2).padStart(7)}\n`,
      );
    }
  }
  const share = (ms: number): string => `${((100 * ms) / usage.elapsedMs).toFixed(2)} %`;
  process.stdout.write(
    `by its own account measuring took ${share(usage.overheadMs - usage.journalMs)} of the time, and the journal ${share(usage.journalMs)}; ${usage.timed} of ${usage.calls} calls of ${usage.functions} functions were timed; all printed ${same ? 'the same' : 'SOMETHING ELSE'}\n`,
  );
}
if (!same) process.exitCode = 1;
