/** The transform of TypeScript's 6 MB `_tsc.js`, every function selected, against the parser alone and a rival. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createInstrumenter } from 'istanbul-lib-instrument';
import { parseSync } from 'oxc-parser';
import { instrument } from '../transformer/index.ts';
import { median } from './harness.ts';

/** One way, and its times in milliseconds. */
interface Row {
  readonly name: string;
  readonly rounds: number;
  readonly run: () => unknown;
  readonly times: number[];
}

const ROUNDS = 7;
const here = dirname(fileURLToPath(import.meta.url));
const lib = dirname(createRequire(import.meta.url).resolve('typescript/lib/_tsc.js'));
const code = readFileSync(join(lib, '_tsc.js'), 'utf8');
const options = { file: 'lib/_tsc.js', root: '/', functions: 'all', runtime: 'global' } as const;

const row = (name: string, rounds: number, run: () => unknown): Row => ({ name, rounds, run, times: [] });
const rows: readonly Row[] = [
  row('oxc-parser, parse alone', ROUNDS, () => {
    const result = parseSync('_tsc.js', code, { lang: 'jsx', sourceType: 'unambiguous' });
    return [result.program, result.comments];
  }),
  row('instrument', ROUNDS, () => instrument(code, options)?.code),
  row('instrument, with source map', ROUNDS, () => {
    const result = instrument(code, options);
    return [result?.code, result?.map.mappings];
  }),
  row('istanbul-lib-instrument', 1, () =>
    createInstrumenter({ compact: false }).instrumentSync(code, '_tsc.js'),
  ),
];

for (let round = 0; round < ROUNDS; round++) {
  for (const { rounds, run, times } of rows) {
    if (round >= rounds) continue;
    // Each begins with a clean heap: the last one's garbage is not this one's cost.
    globalThis.gc?.();
    const begin = performance.now();
    run();
    times.push(performance.now() - begin);
  }
}

const floor = median(rows[0]?.times ?? []);
const timings = rows.map(({ name, times }) => ({
  name,
  minMs: Math.min(...times),
  medianMs: median(times),
  ratioToFloor: median(times) / floor,
}));
const sites = instrument(code, options)?.sites.length ?? 0;
const same = printsTheSame();

if (process.argv.includes('--json')) {
  process.stdout.write(
    `${JSON.stringify({ case: 'transform', node: process.version, sizeBytes: code.length, sites, same, timings })}\n`,
  );
} else {
  process.stdout.write(
    `TypeScript's _tsc.js, ${(code.length / 1e6).toFixed(1)} MB, ${sites} functions, Node ${process.version}\n`,
  );
  process.stdout.write(`${'min ms'.padStart(42)} ${'median'.padStart(8)} ${'ratio'.padStart(7)}\n`);
  for (const { name, minMs, medianMs, ratioToFloor } of timings) {
    process.stdout.write(
      `${name.padEnd(32)} ${minMs.toFixed(0).padStart(9)} ${medianMs.toFixed(0).padStart(8)} ${ratioToFloor.toFixed(2).padStart(7)}\n`,
    );
  }
  process.stdout.write(
    `run on a project, the result prints ${same ? 'the same as the original' : 'SOMETHING ELSE'}\n`,
  );
}
if (!same) process.exitCode = 1;

/** Checks a small project with both compilers; the runtime measures every call of the instrumented one. */
function printsTheSame(): boolean {
  const folder = join(here, '../tsc');
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(lib))
    if (/^lib\..*\.d\.ts$/.test(name)) copyFileSync(join(lib, name), join(folder, name));
  writeFileSync(join(folder, 'plain.cjs'), code);
  writeFileSync(join(folder, 'instrumented.cjs'), instrument(code, options)?.code ?? '');
  writeFileSync(
    join(folder, 'input.ts'),
    'const a: Map<string, number[]> = new Map([["x", ["y"]]]);\nexport class B extends a {}\n',
  );
  const runtime = pathToFileURL(join(process.env['BENCH_DIST'] ?? '', 'runtime/index.js')).href;
  const [plain, instrumented] = ['plain.cjs', 'instrumented.cjs'].map((file) => {
    const args = [
      '--import',
      runtime,
      file,
      '--noEmit',
      '--strict',
      '--lib',
      'es2022',
      '--listFiles',
      'input.ts',
    ];
    const { stdout, status } = spawnSync(process.execPath, args, {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, TKA_PERF_DIR: join(folder, 'journal') },
    });
    return `${status} ${stdout}`;
  });
  return plain === instrumented && (plain ?? '').includes('error TS');
}
