import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findRun } from '../cli/journal/catalog.ts';
import { readProfile } from '../cli/profile/read-profile.ts';
import { instrument } from '../transformer/index.ts';
import { BUILT } from './support/fixtures.ts';

interface Outcome {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment of a program that a user starts in a pipe. */
function environment(dir: string): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _, NODE_OPTIONS: __, ...rest } = process.env;
  return { ...rest, NO_COLOR: '1', TKA_PERF_DIR: dir };
}

/** Runs a program plain and instrumented; the file has the same name both times, so that output can be compared. */
function both(
  extension: 'cjs' | 'mjs',
  code: string,
  args: readonly string[] = [],
): { plain: Outcome; instrumented: Outcome; dir: string } {
  const dir = join(mkdtempSync(join(tmpdir(), 'tka-transparency-')), 'journal');
  const run = (text: string): Outcome => {
    const folder = join(BUILT, 'transparency');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `program.${extension}`);
    writeFileSync(path, text);
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [...args, path], {
      encoding: 'utf8',
      env: environment(dir),
      timeout: 60_000,
    });
    return { status, signal, stdout, stderr };
  };
  const result = instrument(code, { file: `program.${extension}` });
  if (!result?.sites.length) throw new Error('nothing was instrumented');
  return { plain: run(code), instrumented: run(result.code), dir };
}

/** The columns of a stack's frames may move on a line that carries emitted code; lines may not. */
const withoutColumns = ({ stderr, ...rest }: Outcome): Outcome => ({
  ...rest,
  stderr: stderr.replaceAll(/(:\d+):\d+(?=\)?$)/gm, '$1'),
});

describe('an uncaught error', () => {
  test('thrown by a marked function in a callback is reported with its own line and text', () => {
    const { plain, instrumented } = both(
      'cjs',
      `
const made = new Error('made elsewhere');
// @monitor
function fails(input) {
  const copy = input;
  if (copy)
    throw made;
  return 1;
}
// @monitor
function outer() {
  fails(true);
}
setTimeout(outer, 1);
`,
    );
    expect(plain.stderr).toContain('    throw made;\n    ^');
    expect(plain.status).toBe(1);
    expect(withoutColumns(instrumented)).toEqual(withoutColumns(plain));
  });

  test.each([
    ['a method', 'class A { // @monitor\n  m(x) {\n    x.y.z;\n  }\n}\nsetTimeout(() => new A().m({}), 1);'],
    [
      'a constructor',
      'class A { // @monitor\n  constructor(x) {\n    x.y.z;\n  }\n}\nsetTimeout(() => new A({}), 1);',
    ],
    [
      'a getter',
      'const a = {\n  // @monitor\n  get m() {\n    return null.x;\n  }\n};\nsetTimeout(() => a.m, 1);',
    ],
    ['a value that is no error', '// @monitor\nfunction f() {\n  throw { code: 5 };\n}\nsetTimeout(f, 1);'],
    [
      'an async function',
      '// @monitor\nasync function f() {\n  await null;\n  throw new Error("async");\n}\nf();',
    ],
    ['an async function that throws a string', '// @monitor\nasync function f() {\n  throw "text";\n}\nf();'],
    [
      'a plain function that returns a rejected promise',
      '// @monitor\nfunction f() {\n  return Promise.reject(new Error("rejected"));\n}\nf();',
    ],
    [
      'an async function that returns a rejected promise',
      '// @monitor\nasync function f() {\n  return Promise.reject(new Error("rejected"));\n}\nf();',
    ],
  ])('of %s ends the process as before', (_, code) => {
    const { plain, instrumented } = both('cjs', code);
    expect(plain.status).toBe(1);
    // The reported line is the generated one: where a `return` stands on it, it shows what became of that.
    const normal = (outcome: Outcome): Outcome => {
      const { stderr, ...rest } = withoutColumns(outcome);
      return { ...rest, stderr: stderr.replace(/\{\$ret= (.*);(?:break \$tkb)?\}/, 'return $1;') };
    };
    expect(normal(instrumented)).toEqual(normal(plain));
  });

  test.each([
    ['', ''],
    [', its message changed by then,', `error.message = 'cannot start: ' + error.message;`],
  ])('that is thrown again%s some turns later is reported as if we had not seen it', (_, change) => {
    const { plain, instrumented, dir } = both(
      'cjs',
      `
// @monitor
function readConfig(file) {
  const reason = 'ENOENT ' + file;
  throw new Error(reason);
}
// @monitor
function calls() {
  return 1;
}
async function start() {
  try {
    readConfig('app.json');
  } catch (error) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    calls();
    ${change}
    throw error;
  }
}
process.on('uncaughtExceptionMonitor', () => calls());
start();
`,
    );
    expect(plain.stderr).toContain('  throw new Error(reason);');
    expect(withoutColumns(instrumented)).toEqual(withoutColumns(plain));
    expect(existsSync(dir)).toBe(true);
  });

  test('in an ES module shows the original line with --enable-source-maps off and on', () => {
    const code = '// @monitor\nfunction f() {\n  throw new TypeError("esm");\n}\nf();\n';
    const { plain, instrumented } = both('mjs', code);
    expect(withoutColumns(instrumented)).toEqual(withoutColumns(plain));
  });
});

describe('a stack', () => {
  test('names functions that were returned as it did', () => {
    const { plain, instrumented } = both(
      'cjs',
      `// @monitor-file
const fail = () => {
  throw new Error('x');
};
const functions = {
  declared: () => function () { fail(); },
  concise: () => () => { fail(); },
  chosen: (isReady) => (isReady ? () => { fail(); } : undefined),
  other: (known) => known || (() => { fail(); }),
  listed() {
    return [() => { fail(); }][0];
  },
  block() {
    return (0, function () { fail(); });
  },
  held() {
    return { member: (0, () => { fail(); }) }.member;
  },
  named: () => function own() { fail(); },
};
for (const [name, make] of Object.entries(functions)) {
  const made = make(name === 'chosen');
  for (const call of [made, () => ({ made }).made()])
    try {
      call();
    } catch (error) {
      console.log(name, made.name, error.stack.split('\\n')[2].replace(/\\S*program|:\\d+\\)?$/g, ''));
    }
}
`,
    );
    expect(instrumented).toEqual(plain);
    expect(plain.stdout.split('\n')).toHaveLength(17);
  });

  // Reading it formats it: what is done to the message later is not in it any more.
  test('has the message that an error has when the program reads it', () => {
    const { plain, instrumented } = both(
      'cjs',
      `const { setTimeout: sleep } = require('node:timers/promises');
// @monitor
function load() {
  return new Promise((_, reject) => setTimeout(() => reject(new Error('refused')), 1));
}
(async () => {
  try {
    await load();
  } catch (error) {
    await sleep(20);
    error.message = 'gave up: ' + error.message;
    console.log(error.stack.split('\\n')[0]);
  }
})();
`,
    );
    expect(instrumented).toEqual(plain);
    expect(plain.stdout).toBe('Error: gave up: refused\n');
  });
});

describe('rejections', () => {
  test('unhandledRejection gets the same promise, once, and handled ones none', () => {
    const { plain, instrumented } = both(
      'mjs',
      `
const own = [];
process.on('unhandledRejection', (reason, promise) => console.log('unhandled', reason.message, own.indexOf(promise)));
process.on('rejectionHandled', () => console.log('handled later'));
// @monitor
function plain(message) {
  const promise = new Promise((_, reject) => setTimeout(() => reject(new Error(message)), 5));
  own.push(promise);
  return promise;
}
// @monitor
async function awaits(message) {
  return plain(message);
}
plain('a');
plain('b').catch((error) => console.log('caught', error.message));
own.push(awaits('c'));
awaits('d').catch((error) => console.log('caught', error.message));
`,
    );
    expect(plain.stdout).toContain('unhandled a 0');
    expect(instrumented).toEqual(plain);
  });
});

describe('a promise that is returned', () => {
  test('and what it holds are left alone', () => {
    const { plain, instrumented } = both(
      'cjs',
      `const { setTimeout: sleep } = require('node:timers/promises');
const calls = [];
const note = (name) => (calls.push(name), name);
class Value {
  get [Symbol.toStringTag]() { return note('tag'); }
  static get name() { return note('name'); }
}
class Failure extends Error {
  get name() { return note('error name'); }
  get stack() { return note('stack'); }
  get cause() { return note('cause'); }
}
// @monitor
function fulfilled(value) {
  return new Promise((resolve) => setTimeout(resolve, 1, value));
}
// @monitor
function rejected(reason) {
  return new Promise((_, reject) => setTimeout(reject, 1, reason));
}
(async () => {
  await fulfilled(new Value());
  await fulfilled(new Failure('in order'));
  await rejected(new Failure('x')).catch(() => {});
  Error.prepareStackTrace = () => note('prepareStackTrace');
  await rejected(new Error('x')).catch(() => {});
  await sleep(20);
  console.log(calls);
})();
`,
    );
    expect(instrumented).toEqual(plain);
    expect(plain.stdout).toBe('[]\n');
  });

  test('is watched, and left alone, whatever inspect prints unless it is told otherwise', () => {
    const { plain, instrumented, dir } = both(
      'cjs',
      `const { setTimeout: sleep } = require('node:timers/promises');
const { inspect } = require('node:util');
const calls = [];
Object.assign(inspect.defaultOptions, {
  colors: true,
  getters: true,
  showHidden: true,
  showProxy: true,
  sorted: () => (calls.push('sorted'), 0),
});
// @monitor
function wait(fails) {
  const promise = new Promise((resolve, reject) => setTimeout(fails ? reject : resolve, 30, new Error('late')));
  Object.defineProperty(promise, 'extra', { get: () => calls.push('getter'), enumerable: true });
  Object.defineProperty(promise, 'other', { get: () => calls.push('getter'), enumerable: true });
  return promise;
}
(async () => {
  await wait(false);
  await wait(true).catch(() => {});
  await sleep(20);
  console.log(JSON.stringify(calls));
})();
`,
    );
    expect(instrumented).toEqual(plain);
    expect(plain.stdout).toBe('[]\n');
    const run = findRun(dir, undefined);
    const {
      calls,
      errors,
      minNs = 0,
      lastError,
    } = readProfile(run).functions.values().next().value?.aggregate ?? {};
    expect({ calls, errors, lastError }).toEqual({ calls: 2, errors: 1, lastError: 'late' });
    expect(minNs).toBeGreaterThan(25e6);
  });

  test('is not asked by a then that a program has put in its place first', () => {
    const patch = `const own = Promise.prototype.then;
globalThis.calls = 0;
Promise.prototype.then = function then(...args) {
  globalThis.calls++;
  return own.apply(this, args);
};`;
    const { plain, instrumented } = both(
      'cjs',
      `const inner = new Function('return (async () => { await null; return 1; })()');
// @monitor
async function outer() {
  return inner();
}
outer();
setTimeout(() => console.log(globalThis.calls), 20);
`,
      ['--import', `data:text/javascript,${encodeURIComponent(patch)}`],
    );
    expect(instrumented).toEqual(plain);
    expect(plain.stdout).toMatch(/^[1-9]/);
  });
});

describe('the process', () => {
  test.each(['exit', 'beforeExit', 'uncaughtExceptionMonitor'])(
    'has as many listeners of %s as Node takes without a warning',
    (event) => {
      const { plain, instrumented } = both(
        'cjs',
        `for (let i = 0; i < 5; i++) process.on('${event}', () => {});
// @monitor
function f() {
  return 1;
}
f();
for (let i = 0; i < 5; i++) process.on('${event}', () => {});
`,
      );
      expect(plain.stderr).toBe('');
      expect(instrumented).toEqual(plain);
    },
  );

  test('ends by itself with its own exit code, prints nothing of ours, and leaves a journal', () => {
    const { plain, instrumented, dir } = both(
      'cjs',
      `
// @monitor
function work(n) {
  return n < 2 ? n : work(n - 1) + work(n - 2);
}
console.log(work(15));
process.on('exit', (code) => console.log('exit', code, process.exitCode));
process.exitCode = 7;
`,
    );
    expect(plain).toMatchObject({ status: 7, stdout: '610\nexit 7 7\n', stderr: '' });
    expect(instrumented).toEqual(plain);
    expect(readdirSync(dir).filter((name) => !name.startsWith('.'))).toHaveLength(1);
  });

  test('process.exit inside a marked function flushes what was measured', () => {
    const { plain, instrumented, dir } = both(
      'cjs',
      '// @monitor\nfunction leave() {\n  process.exit(3);\n}\n// @monitor\nfunction before() {}\nbefore();\nleave();\n',
    );
    expect(instrumented).toEqual(plain);
    expect(plain.status).toBe(3);
    expect(existsSync(dir)).toBe(true);
  });

  test('does not notice a journal that cannot be written', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tka-transparency-'));
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const code =
      instrument('// @monitor\nfunction f() {}\nf();\nsetTimeout(f, 1200);\n', { file: 'program.cjs' })
        ?.code ?? '';
    const path = join(BUILT, 'unwritable.cjs');
    mkdirSync(BUILT, { recursive: true });
    writeFileSync(path, code);
    const result = spawnSync(process.execPath, [path], {
      encoding: 'utf8',
      env: environment(join(file, 'inside')),
    });
    expect(result).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  test('has one monitor, whether the package is imported or required', () => {
    const path = join(BUILT, 'two-copies.mjs');
    mkdirSync(BUILT, { recursive: true });
    writeFileSync(
      path,
      `
import { createRequire } from 'node:module';
import { getPerformanceMonitor, measure } from 'tka-perf';
const required = createRequire(import.meta.url)('tka-perf');
measure('imported', () => 1);
required.measure('required', () => 2);
const names = getPerformanceMonitor().getMostCalledFunctions().map(({ functionName }) => functionName).sort();
console.log(required.getPerformanceMonitor() === getPerformanceMonitor(), names.join());
`,
    );
    const result = spawnSync(process.execPath, [path], {
      encoding: 'utf8',
      env: environment(mkdtempSync(join(tmpdir(), 'tka-'))),
    });
    expect(result).toMatchObject({ stdout: 'true imported,required\n', stderr: '' });
  });
});

/** Calls of every kind, some of them failing, for a while. */
const WORKLOAD = `
async function later(n) { await null; if (n % 7 === 0) throw new Error('seven'); return n; }
function* pairs(n) { yield n; yield n + 1; }
function half(n) { if (n % 3 === 0) throw new Error('three'); return n / 2; }
function promised(n) { return new Promise((resolve) => setImmediate(resolve, n)); }
function plain(n) { return n + 1; }
async function work(times) {
  let sum = 0;
  for (let n = 1; n <= times; n++) {
    for (let i = 0; i < 300; i++) sum += plain(i);
    try { sum += half(n); } catch (error) { sum += error.message.length; }
    for (const each of pairs(n)) sum += each;
    await later(n).then((value) => { sum += value; }, (error) => { sum += error.message.length; });
    sum += await promised(n);
  }
  return sum;
}
`;

const BUILT_INS = `
const BUILT_INS = [
  [Math, 'floor'], [Math, 'min'], [Math, 'max'], [Math, 'round'], [Math, 'abs'], [Math, 'trunc'], [Math, 'clz32'],
  [Array, 'from'], [Array.prototype, 'push'], [Array.prototype, 'slice'], [Array.prototype, 'forEach'],
  [Array.prototype, 'map'], [Array.prototype, 'filter'], [Array.prototype, 'some'], [Array.prototype, 'concat'],
  [Array.prototype, Symbol.iterator], [Map.prototype, 'get'], [Map.prototype, 'set'], [Map.prototype, 'delete'],
  [Set.prototype, 'add'], [WeakMap.prototype, 'get'], [Object, 'keys'], [Object, 'entries'], [JSON, 'stringify'],
  [String.prototype, 'slice'], [globalThis, 'String'], [Number, 'isNaN'], [Date, 'now'], [performance, 'now'],
];
`;

describe('what the program puts in place of built-in functions', () => {
  test('is not called without end where it is instrumented itself', () => {
    const { plain, instrumented } = both(
      'cjs',
      `// @monitor-file
${BUILT_INS}${WORKLOAD}
for (const [holder, name] of BUILT_INS) {
  const real = holder[name];
  holder[name] = { [name](...args) { return Reflect.apply(real, this, args); } }[name];
}
work(60).then((sum) => console.log(sum));
`,
    );
    expect(plain).toMatchObject({ status: 0, stderr: '' });
    expect(instrumented).toEqual(plain);
  });

  test('throws into nobody but the program', () => {
    const { plain, instrumented } = both(
      'cjs',
      `// @monitor-file
${BUILT_INS}${WORKLOAD}
async function main() {
  await work(5);
  for (const [holder, name] of BUILT_INS) {
    const real = holder[name];
    let calls = 0;
    // @monitor-ignore
    const stub = () => { throw new Error(\`stub of \${String(name)}\`); };
    const sums = [];
    // What Node itself needs between two turns of the event loop is left to it.
    if (holder !== globalThis && name !== Symbol.iterator) holder[name] = stub;
    for (let n = 0; n < 2000; n++) try { sums[n] = plain(n); } catch (error) { sums[n] = error; }
    for (let n = 0; n < 20; n++) try { sums[n] = half(n); } catch (error) { sums[n] = error; }
    holder[name] = real;
    console.log(name, sums.filter((each) => each instanceof Error).map((error) => error.message).join());
  }
  console.log(await work(5));
}
main();
`,
    );
    expect(plain).toMatchObject({ status: 0, stderr: '' });
    expect(instrumented).toEqual(plain);
  });

  test('hears nothing of the journal where it stands for a function of node:fs', () => {
    const { plain, instrumented, dir } = both(
      'cjs',
      `// @monitor-file
const fs = require('node:fs');
const heard = [];
// Not those that Node's own functions call by this object.
for (const name of ['readFileSync', 'mkdirSync', 'writeFileSync', 'readdirSync', 'unlinkSync']) {
  const real = fs[name];
  fs[name] = (...args) => { heard.push(name); return Reflect.apply(real, fs, args); };
}
function plain(n) { return n + 1; }
for (const until = Date.now() + 400; Date.now() < until;) plain(1);
console.log(heard.join());
`,
    );
    expect(plain).toMatchObject({ status: 0, stdout: '\n', stderr: '' });
    expect(instrumented).toEqual(plain);
    expect(readdirSync(dir)).not.toEqual([]);
  });
});
