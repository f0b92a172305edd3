/**
 * How true the durations are, by the real clock: loops of about 1 us, 10 us and 1 ms measure themselves, called directly
 * and below 20 instrumented callers; and a function that calls a short instrumented one 200 times is compared with
 * itself uninstrumented: where each call is timed, a large part of what the clock sees is measuring. Each once with every call timed, and once within the default budget, in processes of their own.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { instrument } from '../transformer/index.ts';
import { median } from './harness.ts';

/**
 * One function's median duration, by itself, with what lies outside of its own readings of the clock, and as tka-perf has
 * measured it: averages tell how busy the machine was.
 */
interface Row {
  readonly name: string;
  readonly ownNs: number;
  readonly measuredNs: number;
  readonly calls: number;
  readonly timedCalls: number;
}

/** What one process has found. */
interface Found {
  readonly rows: readonly Row[];
  /** What of `ownNs` lies outside of a loop's own readings. */
  readonly besideNs: number;
}

type Numbers = (n: number) => number;

const LOOPS_NS = [1e3, 1e4, 1e6];
const LEVELS = [0, 1, 20];
const CASE_NS = 80e6;
/** By turns, so that all cases meet the budget when it has found its measure. */
const ROUNDS = 5;
/** A median of fewer timed calls says little: there are more rounds until each case has so many, or so many rounds. */
const LEAST_TIMED = 100;
const MOST_ROUNDS = 15;
/** More than any loop is called. */
const MOST_CALLS = 2_500_000;
const CALLS_INSIDE = 200;
/** Calls from which it is found out how much of a loop lies outside of its own readings. */
const CALLS_OUTSIDE = 20_000;

/** A loop that notes when it begins and ends in `own[at]`, and functions around it, each calling the next inner one. */
function loop(at: number, levels: number): string {
  const callers = Array.from(
    { length: levels },
    (_, i) => `function f${at}_${i + 1}(n) { return f${at}_${i}(n); }`,
  );
  return `function f${at}_0(n) {
    const { stamps } = own[${at}];
    stamps[own[${at}].next++] = clock();
    let sum = 0;
    for (let i = 0; i < n; i++) sum += Math.sqrt(i);
    stamps[own[${at}].next++] = clock();
    return sum;
  }
  ${callers.join('\n')}`;
}

const cases = LOOPS_NS.flatMap((loopNs) => LEVELS.map((levels) => ({ loopNs, levels })));
const source = `
${cases.map(({ levels }, at) => loop(at, levels)).join('\n')}
function inner(n) { let sum = 0; for (let i = 0; i < 20; i++) sum += Math.sqrt(n + i); return sum; }
function outer(n) { let sum = 0; for (let i = 0; i < ${CALLS_INSIDE}; i++) sum += inner(n + i); return sum; }
return { loops: [${cases.map(({ levels }, at) => `f${at}_${levels}`).join(', ')}], outer };`;

interface Program {
  readonly loops: readonly Numbers[];
  readonly outer: Numbers;
}

/** What a loop notes: readings of the clock, in pairs. */
class Own {
  readonly stamps: BigInt64Array = new BigInt64Array(2 * MOST_CALLS);
  next: number = 0;

  medianNs(): number {
    const { stamps, next } = this;
    return median(
      Array.from({ length: next / 2 }, (_, i) => Number((stamps[2 * i + 1] ?? 0n) - (stamps[2 * i] ?? 0n))),
    );
  }
}

function load(code: string, own: readonly Own[]): Program {
  return new Function('require', 'clock', 'own', code)(() => {}, process.hrtime.bigint, own) as Program;
}

/**
 * What of a loop's call lies before its first reading of the clock, and behind its second one: most of it is one reading,
 * half of each. Calls of the loop uninstrumented are read from outside too; those two readings are taken off.
 */
function outsideNs(call: Numbers, n: number, own: Own): number {
  const clock = process.hrtime.bigint;
  const differences: number[] = [];
  for (let i = 0; i < CALLS_OUTSIDE; i++) {
    own.next = 0;
    const begin = clock();
    call(n);
    const end = clock();
    const empty = clock() - end;
    const [first = 0n, last = 0n] = own.stamps;
    differences.push(Number(end - begin - (last - first) - empty));
  }
  return median(differences);
}

async function measure(): Promise<Found> {
  const runtime = pathToFileURL(join(process.env['BENCH_DIST'] ?? '', 'runtime/index.js')).href;
  const { getPerformanceMonitor } = (await import(runtime)) as typeof import('../runtime/index.ts');
  const options = { file: 'bench/accuracy.cjs', root: '/', functions: 'all' } as const;
  const own = cases.map(() => new Own());
  const plainOwn = cases.map(() => new Own());
  const plain = load(source, plainOwn);
  const program = load(instrument(source, options)?.code ?? '', own);
  const perRoundNs = timeOf(plain.loops[0] as Numbers, 1e6, 20) / 1e6;
  const runAll = (ns: number): void => {
    cases.forEach(({ loopNs, levels }, at) => {
      const call = program.loops[at] as Numbers;
      const n = Math.round(loopNs / perRoundNs);
      const count = Math.round(ns / (loopNs + levels * 100));
      for (let i = 0; i < count; i++) call(n);
    });
  };
  // Until V8 has optimised the loops, durations change: few of those calls are timed, or many, but not evenly.
  runAll(CASE_NS / 5);
  getPerformanceMonitor().reset();
  own.forEach((each) => (each.next = 0));
  const hasEnough = (): boolean => {
    const { aggregates } = getPerformanceMonitor().snapshot();
    return cases.every((_, at) => {
      const found = aggregates.find(({ functionName }) => functionName.endsWith(`.f${at}_0`));
      return (found?.timedCalls ?? 0) >= LEAST_TIMED;
    });
  };
  for (let round = 0; round < ROUNDS || (round < MOST_ROUNDS && !hasEnough()); round++) runAll(CASE_NS);
  // By turns, and one by one: a slow moment of the machine meets both, and is in neither median.
  const plainNs = Array.from({ length: 20_000 }, () => {
    program.outer(1);
    const begin = performance.now();
    plain.outer(1);
    return (performance.now() - begin) * 1e6;
  });
  const besideNs = outsideNs(
    plain.loops[0] as Numbers,
    Math.round((LOOPS_NS[0] ?? 0) / perRoundNs),
    plainOwn[0] as Own,
  );
  const { aggregates } = getPerformanceMonitor().snapshot();
  const row = (name: string, fn: string, ownNs: number): Row => {
    const found = aggregates.find((each) => each.functionName.endsWith(`.${fn}`));
    const { p50ExecutionTimeMs = Number.NaN, callCount = 0, timedCalls = 0 } = found ?? {};
    return { name, ownNs, measuredNs: p50ExecutionTimeMs * 1e6, calls: callCount, timedCalls };
  };
  const rows = [
    ...cases.map(({ loopNs, levels }, at) =>
      row(`${loopNs / 1e3} us below ${levels}`, `f${at}_0`, besideNs + (own[at]?.medianNs() ?? Number.NaN)),
    ),
    row(`a caller of ${CALLS_INSIDE} functions`, 'outer', median(plainNs)),
  ];
  return { rows, besideNs };
}

/** Nanoseconds a call. */
function timeOf(call: Numbers, n: number, count: number): number {
  const begin = performance.now();
  for (let i = 0; i < count; i++) call(n);
  return ((performance.now() - begin) * 1e6) / count;
}

/** The same in a process of its own. */
function measureApart(budget: string): Found {
  const { stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--apart'], {
    encoding: 'utf8',
    env: { ...process.env, TKA_PERF_BUDGET: budget },
  });
  if (!stdout) throw new Error(stderr);
  return JSON.parse(stdout) as Found;
}

if (process.argv.includes('--apart')) {
  process.stdout.write(JSON.stringify(await measure()));
  process.exit();
}
const exact = measureApart('exact');
const budget = measureApart('1%');
if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ case: 'accuracy', node: process.version, exact, budget })}\n`);
} else {
  print(`every call timed, Node ${process.version}`, exact);
  print('within the budget of 1 %', budget);
}

function print(title: string, { rows, besideNs }: Found): void {
  const head = ['own ns', 'measured', 'differs', '%', 'timed'].map((each) => each.padStart(14)).join('');
  process.stdout.write(`${title.padEnd(30)}${head}\n`);
  for (const { name, ownNs, measuredNs, calls, timedCalls } of rows) {
    const differsNs = measuredNs - ownNs;
    const columns = [
      ownNs.toFixed(0),
      measuredNs.toFixed(0),
      differsNs.toFixed(0),
      ((100 * differsNs) / ownNs).toFixed(1),
      `${timedCalls}/${calls}`,
    ];
    process.stdout.write(`${name.padEnd(30)}${columns.map((each) => each.padStart(14)).join('')}\n`);
  }
  process.stdout.write(
    `of a loop's own ns ${besideNs.toFixed(0)} lie outside of its two readings of the clock\n\n`,
  );
}
