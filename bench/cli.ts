/** What starting the CLI costs, and a program by Node's loader: against Node starting to do nothing, and Node reading the same journal. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROUNDS = 25;
const dist = process.env['BENCH_DIST'] ?? '';
const cli = join(dist, 'cli/index.cjs');
const folder = mkdtempSync(join(tmpdir(), 'tka-perf-bench-'));

/** A small journal, written by the runtime: 20 functions, 2,000 calls. */
const PROGRAM = `
const { measure } = await import(${JSON.stringify(pathToFileURL(join(dist, 'runtime/index.js')).href)});
for (let call = 0; call < 2000; call++) measure('function ' + (call % 20), () => Math.sqrt(call));
`;
/** All that reading takes at least: every byte of every file, and its checksum. */
const READING = `
const { readFileSync, readdirSync } = require('node:fs');
const { crc32 } = require('node:zlib');
for (const entry of readdirSync(${JSON.stringify(folder)}, { recursive: true, withFileTypes: true }))
  if (entry.isFile()) crc32(readFileSync(entry.parentPath + '/' + entry.name));
`;

/** Programs, and what they leave. */
const programs = mkdtempSync(join(tmpdir(), 'tka-perf-bench-'));
const nothing = join(programs, 'nothing.cjs');
const marked = join(programs, 'marked.cjs');
writeFileSync(nothing, '');
writeFileSync(marked, '// @monitor\nfunction f() {}\nf();\n');
const loader = ['--import', pathToFileURL(join(dist, 'transformer/hosts/register.js')).href];

const CONTENDERS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['node -e 0', ['-e', '0']],
  ['node, reading the journal', ['-e', READING]],
  ['tka-perf --help', [cli, '--help']],
  ['tka-perf report', [cli, 'report', '--dir', folder]],
  ['tka-perf report --json', [cli, 'report', '--json', '--dir', folder]],
  ['tka-perf export --format csv', [cli, 'export', '--format', 'csv', '--dir', folder]],
  ['node nothing.cjs', [nothing]],
  ['loader, nothing.cjs', [...loader, nothing]],
  ['loader, one marked function', [...loader, marked]],
];

function run(args: readonly string[], dir: string = join(programs, 'journal')): number {
  const env = { ...process.env, TKA_PERF_DIR: dir };
  const begin = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - begin;
}

run(['--input-type=module', '-e', PROGRAM], folder);
const times = CONTENDERS.map((): number[] => []);
for (let round = -2; round < ROUNDS; round++) {
  for (const [index, [, args]] of CONTENDERS.entries()) {
    const elapsedMs = run(args);
    if (round >= 0) times[index]?.push(elapsedMs);
  }
}
for (const each of [folder, programs]) rmSync(each, { recursive: true });

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const floorMs = Math.min(...(times[0] ?? []));
const rows = CONTENDERS.map(([name], index) => {
  const minMs = Math.min(...(times[index] ?? []));
  return { name, minMs, medianMs: median(times[index] ?? []), ratioToFloor: minMs / floorMs };
});
if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ case: 'cli', node: process.version, rounds: ROUNDS, rows })}\n`);
} else {
  process.stdout.write(`Node ${process.version}, ${ROUNDS} rounds by turns\n`);
  process.stdout.write(`${'min ms'.padStart(36)} ${'median ms'.padStart(10)} ${'ratio'.padStart(7)}\n`);
  for (const { name, minMs, medianMs, ratioToFloor } of rows) {
    const cells = [
      minMs.toFixed(1).padStart(7),
      medianMs.toFixed(1).padStart(10),
      ratioToFloor.toFixed(2).padStart(7),
    ];
    process.stdout.write(`${name.padEnd(28)} ${cells.join(' ')}\n`);
  }
}
