/**
 * What V8 takes into each instrumented function: the few instructions of a counted call, and nothing else. A whole
 * program would pay for more in compiling, and no number in a report would tell.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const runtime = fileURLToPath(new URL('../../dist/runtime/index.cjs', import.meta.url));
const script = `
  require(${JSON.stringify(runtime)});
  const { enter, exit, first } = globalThis[Symbol.for('tka-perf')].unit(2, 'a.js', [['a.f', 'function', 1, 0]]);
  exit(~enter(0, first));
  console.log(JSON.stringify([enter, exit].flatMap((fn) => [fn.name, /([\\w$]+)\\((?:[\\w$]+,?)+\\)\\}?\\)?;?\\}?$/.exec(String(fn))?.[1]])));
`;

function run(...flags: string[]): string {
  const env = { ...process.env, TKA_PERF_DIR: '/dev/null/none' };
  return execFileSync(process.execPath, [...flags, '-e', script], { encoding: 'utf8', env });
}

/** Bytes of bytecode of the functions of these names. */
function bytecodesOf(names: readonly string[]): number[] {
  return names.map((name) => {
    const printed = run('--print-bytecode', `--print-bytecode-filter=${name}`);
    const [, length] =
      new RegExp(`for function: ${name.replaceAll('$', '\\$')} [^]*?Bytecode length: (\\d+)`).exec(printed) ??
      [];
    return Number(length);
  });
}

describe('V8 takes in', () => {
  const [, limit] = /--max-inlined-bytecode-size=(\d+)/.exec(run('--v8-options')) ?? [];
  const names = JSON.parse(run()) as [enter: string, timed: string, exit: string, timed: string];
  const [enter, enterTimed, exit, exitTimed] = bytecodesOf(names) as [number, number, number, number];

  test('what a counted call does', () => {
    expect(enter).toBeLessThan(100);
    expect(exit).toBeLessThan(100);
  });

  test('and not what a timed one does', () => {
    expect(enterTimed).toBeGreaterThan(Number(limit));
    expect(exitTimed).toBeGreaterThan(Number(limit));
  });
});
