/** What functions cost that are there: memory of sites that were called, and the start of the runtime. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const SITES = 10_000;
const ROUNDS = 9;
const folder = join(dirname(fileURLToPath(import.meta.url)), '../sites');
mkdirSync(folder, { recursive: true });
const runtime = pathToFileURL(join(process.env['BENCH_DIST'] ?? '', 'runtime/index.js')).href;

/** Runs a script in a process of its own; it prints one number. */
function numberOf(script: string): number {
  const file = join(folder, 'script.mjs');
  writeFileSync(file, script);
  const args = ['--expose-gc', file];
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, TKA_PERF_DIR: join(folder, 'journal') },
  });
  if (status !== 0) throw new Error(`a script failed:\n${script}`);
  return Number(stdout);
}

/** Heap and array buffers that sites take after `calls` calls each, with durations that spread over the histogram. */
const memory = (sites: number, calls: number): string => `
  const { getPerformanceMonitor } = await import(${JSON.stringify(runtime)});
  const used = () => { gc(); gc(); const { heapUsed, external } = process.memoryUsage(); return heapUsed + external; };
  const names = Array.from({ length: ${sites} }, (_, i) => ['src/file.function' + i, 'function', i, 0]);
  const before = used();
  const { enter, exit, first } = globalThis[Symbol.for('tka-perf')].unit(2, 'src/file.ts', names);
  const work = (n) => { let x = 0; for (let i = 0; i < n; i++) x += Math.sqrt(i); return x; };
  for (let call = 0; call < ${calls}; call++)
    for (let site = 0; site < ${sites}; site++) { const token = enter(site, first); exit(~token, work((call * 37) % 400)); }
  getPerformanceMonitor().flush();
  console.log((used() - before) / ${sites});
  process.exit();
`;
/** Not `performance`: reading that loads modules, which the runtime is not to find there. */
const clock = 'const clock = () => Number(process.hrtime.bigint()) / 1e6;';
/** Import; run id, timers and calibration, which come with the first metric; and the first call with what a sample loads. */
const start = (part: 'imported' | 'ready' | 'called'): string => `
  ${clock}
  const metric = { functionName: 'g', executionTimeMs: 1, timestamp: new Date(), success: true };
  const begin = clock();
  const { getPerformanceMonitor } = await import(${JSON.stringify(runtime)});
  const { enter, exit, first } = globalThis[Symbol.for('tka-perf')].unit(2, 'a.ts', [['a.f', 'function', 1, 0]]);
  const imported = clock();
  getPerformanceMonitor().recordMetric(metric);
  const ready = clock();
  exit(~enter(0, first), 1);
  const called = clock() - ready + begin;
  console.log(${part} - begin);
  process.exit();
`;
/** A file of so many functions is loaded, none of which is called. */
const listing = `
  ${clock}
  await import(${JSON.stringify(runtime)});
  const names = Array.from({ length: ${SITES} }, (_, i) => ['src/file.function' + i, 'function', i, 0]);
  const begin = clock();
  globalThis[Symbol.for('tka-perf')].unit(2, 'src/file.ts', names);
  console.log(clock() - begin);
  process.exit();
`;
/** What 200 busy functions add to the resident set in two seconds, with this runtime or with one that does nothing. */
const resident = (file: string): string => `
  const before = process.memoryUsage().rss;
  await import(${JSON.stringify(file)});
  const names = Array.from({ length: 200 }, (_, i) => ['src/file.function' + i, 'function', i, 0]);
  const { enter, exit, first } = globalThis[Symbol.for('tka-perf')].unit(2, 'src/file.ts', names);
  for (let call = 0; call < 20_000; call++)
    for (let site = 0; site < 200; site++) { const token = enter(site, first); exit(~token, call); }
  setTimeout(() => { console.log((process.memoryUsage().rss - before) / 1e6); process.exit(); }, 2000);
`;
const idleFile = join(folder, 'idle.mjs');
writeFileSync(
  idleFile,
  "globalThis[Symbol.for('tka-perf')] = { unit: () => ({ first: 0, enter: (n) => n, exit: (n) => n }) };",
);
const emptyFile = join(folder, 'empty.mjs');
writeFileSync(emptyFile, 'export const nothing = 1;');
const emptyStart = `
  ${clock}
  const begin = clock();
  await import(${JSON.stringify(pathToFileURL(emptyFile).href)});
  console.log(clock() - begin);
  process.exit();
`;

const least = (script: string): number => Math.min(...Array.from({ length: ROUNDS }, () => numberOf(script)));
const rows = [
  { name: `bytes a function, ${SITES} that are never called`, value: numberOf(memory(SITES, 0)) },
  { name: `bytes a site, ${SITES} sites called once`, value: numberOf(memory(SITES, 1)) },
  { name: `bytes a site, ${SITES} sites called 100 times`, value: numberOf(memory(SITES, 100)) },
  { name: `ms to list ${SITES} functions`, value: least(listing) },
  { name: 'ms to import the runtime', value: least(start('imported')) },
  { name: 'ms to import, begin and calibrate', value: least(start('ready')) },
  { name: 'ms that the first call takes behind that', value: least(start('called')) },
  { name: 'MB resident, 200 functions called 20,000 times', value: least(resident(runtime)) },
  {
    name: 'MB resident, the same by a runtime that is empty',
    value: least(resident(pathToFileURL(idleFile).href)),
  },
  { name: 'ms to import an empty module', value: least(emptyStart) },
];
if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ case: 'sites', node: process.version, rows })}\n`);
} else {
  process.stdout.write(`Node ${process.version}\n`);
  for (const { name, value } of rows)
    process.stdout.write(`${name.padEnd(50)} ${value.toFixed(value < 100 ? 2 : 0).padStart(8)}\n`);
}
