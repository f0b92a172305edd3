/** When measuring begins: with the first call, however early that comes, and not with a file that is loaded. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { instrument } from '../transformer/index.ts';
import { BUILT } from './support/fixtures.ts';

const { NODE_OPTIONS: _, ...ENVIRONMENT } = process.env;

/** Instruments the files in a folder of their own, and runs the first one. Returns what it prints, and its journal. */
function run(
  files: Readonly<Record<string, string>>,
  node: readonly string[] = [],
): { readonly stdout: string; readonly stderr: string; readonly dir: string } {
  const folder = join(BUILT, 'first-calls');
  const dir = join(mkdtempSync(join(tmpdir(), 'tka-first-calls-')), 'journal');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [file, code] of Object.entries(files))
    writeFileSync(join(folder, file), instrument(code, { file })?.code ?? code);
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...node, join(folder, Object.keys(files)[0] ?? '')],
    {
      encoding: 'utf8',
      timeout: 20_000,
      env: { ...ENVIRONMENT, NO_COLOR: '1', TKA_PERF_DIR: dir },
    },
  );
  return { stdout, stderr, dir };
}

/** Prints each function with its number of calls. */
const printCalls = (getMonitor: string): string =>
  `for (const { functionName, callCount } of ${getMonitor}().snapshot().aggregates) console.log(functionName, callCount);`;

const MARKED = '\n// @monitor\nfunction early(n) { return n + 1; }\n';

describe('a call that comes before the file’s own code has run', () => {
  test('by a cycle of ES modules is measured', () => {
    const { stdout, stderr } = run({
      'main.mjs': `import { getPerformanceMonitor } from 'tka-perf';
import { seen } from './other.mjs';
${MARKED}export { early };
console.log(seen, early(2));
${printCalls('getPerformanceMonitor')}`,
      'other.mjs': `import { early } from './main.mjs';\nexport const seen = early(1);\n`,
    });
    expect({ stdout, stderr }).toEqual({ stdout: '2 3\nmain.early 2\n', stderr: '' });
  });

  test('by a cycle of CommonJS modules is measured', () => {
    const { stdout, stderr } = run({
      'main.cjs': `module.exports = { early };
const { seen } = require('./other.cjs');
${MARKED}console.log(seen, early(2));
${printCalls("require('tka-perf').getPerformanceMonitor")}`,
      'other.cjs': `const { early } = require('./main.cjs');\nexports.seen = early(1);\n`,
    });
    expect({ stdout, stderr }).toEqual({ stdout: '2 3\nmain.early 2\n', stderr: '' });
  });
});

describe('a program that has taken away what the language has, while a marked module loads', () => {
  const TAKEN = "['Map', 'Set', 'WeakMap', 'Promise', 'Float64Array']";
  const MAIN = `const kept = ${TAKEN}.map((name) => [name, globalThis[name]]);
for (const [name] of kept) globalThis[name] = undefined;
const give = () => Object.assign(globalThis, Object.fromEntries(kept));\n`;

  test('by require goes on, and is not measured', () => {
    const { stdout, stderr, dir } = run({
      'main.cjs': `${MAIN}const { early } = require('./marked.cjs');\ngive();\nconsole.log(early(1));`,
      'marked.cjs': `${MARKED}exports.early = early;`,
    });
    expect({ stdout, stderr }).toEqual({ stdout: '2\n', stderr: '' });
    expect(existsSync(dir)).toBe(false);
  });

  test('by its bundle goes on, and is not measured', () => {
    const { outputFiles } = buildSync({
      stdin: { contents: instrument(`${MARKED}console.log(early(1));`, { file: 'a.js' })?.code ?? '' },
      alias: { 'tka-perf': join(import.meta.dirname, '../dist/runtime/index.js') },
      bundle: true,
      write: false,
    });
    const { stdout, stderr, dir } = run({ 'main.cjs': `${MAIN}${outputFiles[0]?.text}\ngive();` });
    expect({ stdout, stderr }).toEqual({ stdout: '2\n', stderr: '' });
    expect(existsSync(dir)).toBe(false);
  });
});

test('a script that is loaded twice in one scope is measured both times', () => {
  const options = { file: 'script.js', runtime: 'global' } as const;
  const script = instrument(`${MARKED}console.log(early(1));`, options)?.code ?? '';
  const { stdout, stderr } = run({
    'main.cjs': `const { getPerformanceMonitor } = require('tka-perf');
const { runInThisContext } = require('node:vm');
for (let i = 0; i < 2; i++) runInThisContext(${JSON.stringify(script)});
${printCalls('getPerformanceMonitor')}`,
  });
  expect({ stdout, stderr }).toEqual({ stdout: '2\n2\nscript.early 2\n', stderr: '' });
});

describe('CommonJS whose runtime comes later', () => {
  const program = (wait: string): string => `
const { early } = require('./other.cjs');
const first = early(1);
let failed = 0;
try { early(); } catch { failed++; }
${wait}
console.log(first, failed, early(2));
try { early(); } catch { failed++; }
for (const { functionName, callCount, errorCount } of require('real').getPerformanceMonitor().snapshot().aggregates)
  console.log(functionName, callCount, errorCount);
`;
  const other = `
// @monitor
function early(n) { if (!n) throw new RangeError('none'); return n + 1; }
exports.early = early;
`;
  /** `tka-perf` is a stand-in, as automatic mocks make one; the true one is found by another name. */
  const standIn = `
const Module = require('node:module');
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  if (request === 'tka-perf') return require.resolve('./empty.cjs');
  return resolve.call(this, request === 'real' ? 'tka-perf' : request, ...rest);
};
require('./program.cjs');
`;

  test('is inert until then, and measured from then on', () => {
    const { stdout, stderr } = run({
      'main.cjs': standIn,
      'program.cjs': program("require('real');"),
      'other.cjs': other,
      'empty.cjs': '',
    });
    expect({ stdout, stderr }).toEqual({ stdout: '2 1 3\nother.early 2 1\n', stderr: '' });
  });
});

test.each([0, 5, 8, 11, 12, 15, 20, 21, 22, 30, 80, 250, 600, 900])(
  'a first call %d frames from the end of the stack',
  (frames) => {
    const { stdout, stderr, dir } = run({
      'main.cjs': `${MARKED}let left = -1;
const down = () => {
  try {
    down();
  } catch {
    if (left < 0) left = ${frames};
  }
  if (left-- === 0) early(1);
};
down();
for (let i = 0; i < 10; i++) early(i);
console.log(process.listenerCount('exit'), process.env.TKA_PERF_RUN !== undefined);`,
    });
    expect({ stdout, stderr }).toEqual({ stdout: '1 true\n', stderr: '' });
    expect(existsSync(dir)).toBe(true);
  },
);

test('calls that end at the end of the stack are counted, and no more errors than calls, though they are the first', () => {
  const { stdout, stderr } = run({
    'main.cjs': `let entered = 0;
// @monitor
function endless(n) {
  entered++;
  return endless(n + 1) + 1;
}
try {
  endless(0);
} catch {}
const [{ callCount, errorCount, successRate }] = require('tka-perf').getPerformanceMonitor().snapshot().aggregates;
console.log(JSON.stringify({ lost: entered - callCount, calls: callCount - errorCount, successRate }));`,
  });
  expect(stderr).toBe('');
  const { lost, calls, successRate } = JSON.parse(stdout) as Record<string, number>;
  // Of those that had no room themselves for an entry or an exit.
  expect(lost).toBeLessThan(40);
  expect(calls).toBeLessThan(40);
  expect(successRate).toBeGreaterThanOrEqual(0);
});

describe('a program that loads marked functions', () => {
  test('and calls none leaves no journal, and has no timer', () => {
    const { stdout, stderr, dir } = run({
      'main.cjs': `${MARKED}console.log(process.getActiveResourcesInfo().includes('Timeout'));`,
    });
    expect({ stdout, stderr }).toEqual({ stdout: 'false\n', stderr: '' });
    expect(existsSync(dir)).toBe(false);
  });

  test.each([
    ['child', `fork(__filename, ['child'])`],
    ['worker', `new Worker(__filename, { argv: ['child'] })`],
  ])('and calls none is one run with all that each %s of it calls', (_, begin) => {
    const { stdout, stderr, dir } = run({
      'main.cjs': `const { fork } = require('node:child_process');
const { Worker } = require('node:worker_threads');
${MARKED}if (process.argv[2] === 'child') early(1);
else for (let i = 0; i < 3; i++) ${begin};`,
    });
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
    const [only, ...others] = readdirSync(dir).filter((name) => /^\d/.test(name));
    expect(others).toEqual([]);
    // One of a minute that has ended has another name.
    expect(readdirSync(join(dir, only ?? '')).filter((name) => /\.\d+\.tkap$/.test(name))).toHaveLength(3);
  });

  test('may say where its journal goes before it calls one', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tka-first-calls-'));
    const { stdout, stderr, dir } = run({
      'main.cjs': `${MARKED}process.env.TKA_PERF_DIR = ${JSON.stringify(join(folder, 'later'))};
console.log(early(1));`,
    });
    expect({ stdout, stderr }).toEqual({ stdout: '2\n', stderr: '' });
    expect(existsSync(join(folder, 'later'))).toBe(true);
    expect(existsSync(dir)).toBe(false);
  });
});

test('the first call’s time is its own, and nothing of what finding out the costs takes', () => {
  const { stdout, stderr } = run({
    'main.mjs': `import { getPerformanceMonitor } from 'tka-perf';
// @monitor
function leaf(n) {
  const end = performance.now() + 0.2;
  while (performance.now() < end);
  return n;
}
for (let i = 0; i < 3; i++) leaf(i);
const [{ selfTimeMs, totalExecutionTimeMs }] = getPerformanceMonitor().snapshot().aggregates;
console.log(selfTimeMs === totalExecutionTimeMs || [selfTimeMs, totalExecutionTimeMs].join());`,
  });
  expect({ stdout, stderr }).toEqual({ stdout: 'true\n', stderr: '' });
});

test('a spy on what the language has counts the program’s own calls, and a clock of its own is not asked', () => {
  const { stdout, stderr, dir } = run({
    'main.cjs': `const { max } = Math;
const { stringify } = JSON;
let spied = 0;
process.hrtime.bigint = () => { spied += 1e6; return 5n; };
require('tka-perf');
Math.max = (...all) => { spied++; return max(...all); };
JSON.stringify = (...all) => { spied++; return stringify(...all); };
const { total } = require('./total.cjs');
for (let i = 0; i < 1000; i++) total([i, 2]);
require('tka-perf').getPerformanceMonitor().flush();
console.log(spied);`,
    'total.cjs': `exports.total = total;
// @monitor
function total(all) { return JSON.stringify(Math.max(...all)); }`,
  });
  expect({ stdout, stderr }).toEqual({ stdout: '2000\n', stderr: '' });
  expect(readdirSync(dir).length).toBeGreaterThan(0);
});

test('worker threads of a program that measures nothing itself are one run', () => {
  const { stderr, dir } = run({
    'main.cjs': `const { Worker } = require('node:worker_threads');
const { join } = require('node:path');
let left = 3;
const next = () => { if (left-- > 0) new Worker(join(__dirname, 'worker.cjs')).once('exit', next); };
next();`,
    'worker.cjs': `// @monitor\nfunction work() {}\nwork();`,
  });
  expect(stderr).toBe('');
  expect(readdirSync(dir).filter((name) => !name.startsWith('.'))).toHaveLength(1);
});
