/**
 * Whether the total of a recursive function is true within the default budget, where few of its calls are timed and hardly ever an
 * outermost one: `fib` in a loop that measures itself, of some depths, and a walk by two functions that call each other. Each in a
 * process of its own, for three seconds.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { instrument } from '../transformer/index.ts';

const RUN_NS = 3e9;
/** Between two readings of the clock at least so many calls, or nearly. */
const CALLS_A_LOOK = 50_000;

const source = `
// @monitor
function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
// @monitor
function visit(n, of) { return of === 0 ? n : visitAll(n, of); }
// @monitor
function visitAll(n, of) { let sum = 0; for (let i = 0; i < 4; i++) sum += visit(n + i, of - 1); return sum; }
return { fib, visit };`;

interface Case {
  readonly name: string;
  readonly fn: 'fib' | 'visit';
  readonly depth: number;
  /** Calls of the function within one of the outermost. */
  readonly calls: number;
}

const fibCalls = (n: number): number => (n < 2 ? 1 : 1 + fibCalls(n - 1) + fibCalls(n - 2));
const CASES: readonly Case[] = [
  ...[8, 12, 18, 22, 26, 30].map((n): Case => ({
    name: `fib(${n})`,
    fn: 'fib',
    depth: n,
    calls: fibCalls(n),
  })),
  { name: 'a walk of 1,365', fn: 'visit', depth: 5, calls: 1365 },
];

interface Found {
  readonly ownMs: number;
  readonly measuredMs: number;
  readonly marginMs: number;
  readonly timedCalls: number;
  readonly callCount: number;
}

async function measure({ fn, depth, calls }: Case): Promise<Found> {
  const built = join(process.env['BENCH_DIST'] ?? '', 'runtime/index.js');
  const runtime = existsSync(built)
    ? pathToFileURL(built).href
    : new URL('../runtime/index.js', import.meta.url).href;
  const { getPerformanceMonitor } = (await import(runtime)) as typeof import('../runtime/index.ts');
  const { code = '' } = instrument(source, { file: 'bench/recursion.cjs' }) ?? {};
  const call = (new Function('require', code)(() => {}) as Record<string, (n: number, of: number) => number>)[
    fn
  ];
  const atOnce = Math.ceil(CALLS_A_LOOK / calls);
  const clock = process.hrtime.bigint;
  let ownNs = 0;
  while (ownNs < RUN_NS) {
    const begin = clock();
    for (let i = 0; i < atOnce; i++) call?.(depth, depth);
    ownNs += Number(clock() - begin);
  }
  const stats = getPerformanceMonitor().getFunctionStats(`bench/recursion.${fn}`);
  const {
    totalExecutionTimeMs = 0,
    totalExecutionTimeMarginMs = 0,
    timedCalls = 0,
    callCount = 0,
  } = stats ?? {};
  return {
    ownMs: ownNs / 1e6,
    measuredMs: totalExecutionTimeMs,
    marginMs: totalExecutionTimeMarginMs,
    timedCalls,
    callCount,
  };
}

const alone = process.argv.indexOf('--alone');
if (alone >= 0) {
  process.stdout.write(JSON.stringify(await measure(CASES[Number(process.argv[alone + 1])] as Case)));
  process.exit();
}
const rows = CASES.map(({ name }, i) => {
  const args = [fileURLToPath(import.meta.url), '--alone', String(i)];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (!stdout) throw new Error(stderr);
  return { name, ...(JSON.parse(stdout) as Found) };
});
if (process.argv.includes('--json'))
  process.stdout.write(`${JSON.stringify({ case: 'recursion', node: process.version, rows })}\n`);
else {
  const head = ['own ms', 'measured', '%', '± %', 'timed'].map((each) => each.padStart(11)).join('');
  process.stdout.write(`${`Node ${process.version}`.padEnd(18)}${head}\n`);
  for (const { name, ownMs, measuredMs, marginMs, timedCalls, callCount } of rows) {
    const cells = [
      ownMs.toFixed(0),
      measuredMs.toFixed(0),
      ((100 * (measuredMs - ownMs)) / ownMs).toFixed(1),
      ((100 * marginMs) / measuredMs).toFixed(0),
      `${timedCalls}/${(callCount / 1e6).toFixed(0)}M`,
    ];
    process.stdout.write(`${name.padEnd(18)}${cells.map((each) => each.padStart(11)).join('')}\n`);
  }
}
