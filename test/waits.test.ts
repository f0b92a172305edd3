import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setClock } from '../runtime/platform/clock.ts';
import { getPerformanceMonitor } from '../runtime/index.ts';
import { instrument } from '../transformer/index.ts';
import { FakeClock } from './runtime/support.ts';

const clock = new FakeClock();
beforeEach(() => void clock.install());
afterEach(() => setClock());

let made = 0;

/**
 * Instruments and runs `async function f() { <body> }`: `busy(ms)` runs, `later(ms)` is a promise that takes that long.
 * @returns milliseconds that the call ran and waited
 */
async function splitOf(
  body: string,
  prefix: string = 'async function',
): Promise<{ ran: number; waited: number }> {
  const name = `waits${made++}`;
  const code = `// @monitor no-memory\n${prefix} f() {${body}}`;
  const result = instrument(code, { file: `${name}.js`, root: '.', runtime: 'global' });
  if (!result) throw new Error('nothing was instrumented');
  // Node 20 and 22 have no `using`.
  const lowered = ts.transpile(result.code, { target: ts.ScriptTarget.ES2022 });
  const busy = (ms: number): void => clock.advance(ms);
  const later = async (ms: number, fails?: boolean): Promise<number> => {
    await undefined;
    clock.advance(ms);
    if (fails) throw new Error('refused');
    return ms;
  };
  const stream = {
    async *of(...delays: number[]): AsyncGenerator<number> {
      for (const delay of delays) yield later(delay);
    },
  };
  const resource = (ms: number) => ({ [Symbol.asyncDispose]: () => later(ms) });
  const run = new Function('busy', 'later', 'stream', 'resource', `${lowered};return f`);
  const f = run(busy, later, stream.of, resource) as () => Promise<unknown> & Iterable<unknown>;
  await Promise.resolve(prefix.endsWith('*') ? consume(f()) : f()).catch(() => {});
  const stats = getPerformanceMonitor().getFunctionStats(`${name}.f`);
  return { ran: stats?.activeTimeMs ?? Number.NaN, waited: stats?.waitTimeMs ?? Number.NaN };
}

/** Takes one value, is busy for a second, and closes the generator. */
function consume(values: Iterable<unknown>): void {
  for (const _ of values) {
    clock.advance(1000);
    break;
  }
}

describe('time between awaits is told from time at them', () => {
  test.each([
    ['an await', 'busy(1); await later(20); busy(300)', 301, 20],
    ['an await that fails', 'try { busy(1); await later(20, true) } catch {} busy(300)', 301, 20],
    ['a finally behind one', 'try { await later(20, true) } finally { busy(300) }', 300, 20],
    ['for await', 'for await (const x of stream(20, 20)) busy(x / 10); busy(300)', 304, 40],
    [
      'its continue',
      'for await (const x of stream(20, 5, 20)) { if (x === 5) continue; busy(300) }',
      600,
      45,
    ],
    ['its break', 'for await (const x of stream(20, 5)) { busy(1); break } busy(300)', 301, 20],
    [
      'its label',
      'a: for await (const x of stream(1, 1)) for (;;) { busy(20); continue a } busy(300)',
      340,
      2,
    ],
    [
      'one in another',
      'for await (const x of stream(1, 1)) for await (const y of stream(10)) busy(300)',
      600,
      22,
    ],
    ['its error', 'try { for await (const x of stream(1)) throw 1 } catch { busy(300) } busy(4000)', 4300, 1],
    ['await using', '{ busy(1); await using x = resource(20); busy(300) } busy(4000)', 4301, 20],
    [
      'two of them',
      'await using x = resource(20), y = resource(1); busy(300); await using z = resource(5)',
      300,
      26,
    ],
    ['its block left by break', 'for (;;) { await using x = resource(20); break } busy(300)', 300, 20],
    [
      'its block left by throw',
      'try { { await using x = resource(20); throw 1 } } catch { busy(300) }',
      300,
      20,
    ],
  ])('%s', async (_, body, ran, waited) => {
    expect(await splitOf(body)).toEqual({ ran, waited });
  });

  test('a finally of a generator that its consumer closes', async () => {
    const body = 'try { busy(1); yield 1 } finally { busy(300) }';
    expect(await splitOf(body, 'function*')).toEqual({ ran: 301, waited: 1000 });
  });
});

describe('where nothing can be placed behind a block, its disposal counts as running', () => {
  test('a block of a try', async () => {
    const body = 'try { await using x = resource(20); busy(1) } finally { busy(300) } busy(4000)';
    expect(await splitOf(body)).toEqual({ ran: 4321, waited: 0 });
  });
});
