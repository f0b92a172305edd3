/** Scopes that have the language and little else: worklets, engines that are part of another program. */
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { buildSync } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { instrument } from '../../transformer/index.ts';

const PROGRAM = `
import { getPerformanceMonitor } from 'tka-perf';
// @monitor
function add(a, b) { return a + b; }
// @monitor
function fail() { throw new Error('mine'); }
// @monitor
function stay(ms) { for (const begin = Date.now(); Date.now() < begin + ms; ); }
// @monitor
async function wait() { await undefined; return add(1, 2); }
// @monitor
function* each() { yield add(3, 4); }
// @monitor args
function pick({ a, b }) { return a + b; }

globalThis.result = (async () => {
  const said = [add(1, 1), await wait(), ...each(), pick({ a: 1, b: 2 }), pick({ b: 2, a: 1 })];
  try { fail(); } catch (error) { said.push(error.message); }
  for (let i = 0; i < 5; i++) stay(20);
  const monitor = getPerformanceMonitor();
  const hashes = monitor.getMetrics().map(({ argsHash }) => argsHash).filter(Boolean);
  for (let i = 0; i < 100_000; i++) add(i, i);
  monitor.flush();
  const { aggregates } = monitor.snapshot();
  const numbers = aggregates.map(({ functionName, callCount, errorCount, inFlight }) => [functionName, callCount, errorCount, inFlight ?? 0]);
  await undefined;
  const { lastError } = monitor.getFunctionStats('app.fail');
  const stayed = aggregates.find(({ functionName }) => functionName === 'app.stay').avgExecutionTimeMs;
  const report = monitor.generateReport();
  return JSON.stringify({ report, hashes, said, numbers: numbers.sort(), stayed, lastError, diagnostics: monitor.diagnostics });
})();
`;

/** What Safari had from 15 and 16 on, and Chrome from 92 to 110. Compilers add none of it. */
const WITHOUT_NEWER = `
for (const name of ['at', 'findLast', 'findLastIndex', 'toReversed', 'toSorted', 'toSpliced', 'with']) delete Array.prototype[name];
for (const name of ['at', 'replaceAll']) delete String.prototype[name];
delete Object.hasOwn;
delete Object.groupBy;
`;

let code: string;
beforeAll(() => {
  const { outputFiles } = buildSync({
    stdin: { contents: instrument(PROGRAM, { file: 'app.js', root: '/' })?.code ?? '', resolveDir: '/' },
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    alias: { 'tka-perf': join(import.meta.dirname, '../../runtime/index.ts') },
    logLevel: 'error',
  });
  code = outputFiles[0]?.text ?? '';
});

function forbidden(): never {
  throw new Error('not here');
}

const { performance, setTimeout, setInterval, clearInterval, queueMicrotask } = globalThis;

test.each([
  ['nothing', {}],
  ['a clock', { performance }],
  ['a clock that does not know when it began', { performance: { now: () => performance.now() } }],
  ['a clock, and timers without intervals', { performance, setTimeout }],
  ['timers', { setTimeout, setInterval, clearInterval }],
  ['microtasks', { queueMicrotask }],
  ['a clock that is none', { performance: null }],
  ['an error of browsers that is none', { DOMException: null }],
  ['what throws', { performance: { now: forbidden }, setImmediate: forbidden, setTimeout: forbidden }],
  ['less than the language', { WeakRef: undefined, FinalizationRegistry: undefined }],
  ['no big integer', { BigInt: undefined, BigInt64Array: undefined, performance }],
])('beside the language there is %s: the program goes on, and is measured', async (_, globals) => {
  const scope: Record<string, unknown> = { ...globals };
  runInNewContext(`${WITHOUT_NEWER}${code}`, scope);
  const { said, report, hashes, numbers, stayed, lastError, diagnostics } = JSON.parse(
    String(await scope['result']),
  );
  expect(said).toEqual([2, 3, 7, 3, 3, 'mine']);
  expect(report).toContain('app.stay: 5 calls');
  expect(hashes).toEqual([hashes[0], hashes[0]]);
  expect(numbers).toEqual([
    ['app.add', 100_003, 0, 0],
    ['app.each', 1, 0, 0],
    ['app.fail', 1, 1, 0],
    ['app.pick', 2, 0, 0],
    ['app.stay', 5, 0, 0],
    ['app.wait', 1, 0, 0],
  ]);
  // By a clock of whole milliseconds, one of which may be left off and one be too much.
  expect(stayed).toBeGreaterThanOrEqual(18);
  expect(lastError).toBe('mine');
  expect(diagnostics).toEqual({});
});
