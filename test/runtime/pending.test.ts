import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { PerformanceMonitor } from '../../runtime/monitor.ts';
import { explainUncaught, forgetFailures } from '../../runtime/call/pending.ts';
import type { Site } from '../../runtime/call/site.ts';
import { instrument } from '../../transformer/index.ts';
import { BUILT } from '../support/fixtures.ts';
import { contentsOf } from '../support/journal.ts';
import { callSync, makeSite, statsOf } from './support.ts';

const monitor = new PerformanceMonitor(false);
const catcher = makeSite('catcher');
beforeEach(() => forgetFailures());

const lastErrorOf = (site: Site): string | undefined => statsOf(monitor, site).lastError;

/** What a `catch` clause in a file without instrumentation does. */
function swallow(body: () => unknown): void {
  try {
    body();
  } catch {
    // and that was all
  }
}

/** What a `catch` clause in an instrumented file does. */
function report(body: () => unknown): void {
  try {
    body();
  } catch (error) {
    catcher.caught(error);
  }
}

describe('the message of a failed synchronous call', () => {
  test('becomes known where instrumented code catches the error, for all calls that it passed through', () => {
    const inner = makeSite('inner');
    const outer = makeSite('outer');
    const innerBody = {
      inner: () =>
        callSync(inner, function inner() {
          throw new Error('boom');
        }),
    }.inner;
    report(() =>
      callSync(outer, function outer() {
        innerBody();
      }),
    );
    expect(lastErrorOf(inner)).toBe('boom');
    expect(lastErrorOf(outer)).toBe('boom');
    const metrics = monitor.getMetrics().slice(-2);
    expect(metrics.map(({ success, errorMessage }) => [success, errorMessage])).toEqual([
      [false, 'boom'],
      [false, 'boom'],
    ]);
  });

  test('becomes known for each of many errors before anybody asks, and the last one is the last', () => {
    const parse = makeSite('parse');
    const [first, second] = [makeSite('first'), makeSite('second')];
    const fail = (by: Site, message: string): void =>
      report(() =>
        callSync(
          by,
          (by === first ? throughFirst : throughSecond)(() => {
            callSync(parse, function parse() {
              throw new Error(message);
            });
          }),
        ),
      );
    const throughFirst = (body: () => void) =>
      function first() {
        body();
      };
    const throughSecond = (body: () => void) =>
      function second() {
        body();
      };
    const { length } = monitor.getMetrics();
    for (let i = 0; i < 100; i++) {
      fail(first, `${i}a`);
      fail(second, `${i}b`);
    }
    fail(first, 'the last');
    const messages = monitor
      .getMetrics()
      .slice(length)
      .map(({ errorMessage }) => errorMessage);
    expect(messages.slice(0, 64)).toEqual(
      Array.from({ length: 16 }, (_, i) => [`${i}a`, `${i}a`, `${i}b`, `${i}b`]).flat(),
    );
    expect(lastErrorOf(first)).toBe('the last');
    expect(lastErrorOf(parse)).toBe('the last');
    expect(lastErrorOf(second)).toBe('31b');
  });

  test('stays unknown where code without instrumentation has swallowed it and a call returns after that', () => {
    const inner = makeSite('inner');
    const outer = makeSite('outer');
    report(() => {
      callSync(outer, () =>
        swallow(() =>
          callSync(inner, function inner() {
            throw new Error('swallowed');
          }),
        ),
      );
      throw new Error('another');
    });
    expect(statsOf(monitor, inner).errorCount).toBe(1);
    expect(lastErrorOf(inner)).toBeUndefined();
    expect(statsOf(monitor, outer).errorCount).toBe(0);
  });

  test('stays unknown where it was swallowed and another call has begun since', () => {
    const failing = makeSite('failing');
    const other = makeSite('other');
    swallow(() =>
      callSync(failing, function failing() {
        throw new Error('swallowed');
      }),
    );
    report(() =>
      callSync(other, function other() {
        throw new Error('boom');
      }),
    );
    expect(lastErrorOf(failing)).toBeUndefined();
    expect(lastErrorOf(other)).toBe('boom');
  });

  test('is not that of an error which was thrown after the swallowed one in the same caller', () => {
    const failing = makeSite('failing');
    const outer = makeSite('outer');
    report(() =>
      callSync(outer, function outer() {
        swallow(() =>
          callSync(failing, function failing() {
            throw new Error('swallowed');
          }),
        );
        throw new Error('thrown by outer');
      }),
    );
    expect(lastErrorOf(failing)).toBeUndefined();
    expect(lastErrorOf(outer)).toBe('thrown by outer');
  });

  test('is not that of an error which a later job of the event loop catches', async () => {
    const failing = makeSite('<anonymous>@1:0');
    swallow(() =>
      callSync(failing, () => {
        throw new Error('swallowed');
      }),
    );
    await Promise.resolve();
    await Promise.resolve();
    catcher.caught('another');
    expect(lastErrorOf(failing)).toBeUndefined();
  });

  test('is not that of what the clause that has caught the error throws after it', () => {
    const site = makeSite('f');
    const fail = (): never => {
      throw 'first';
    };
    report(() => callSync(site, fail));
    catcher.caught('second');
    expect(lastErrorOf(site)).toBe('first');
  });

  test('of more calls than it may pass through is known of the outermost', () => {
    const sites = Array.from({ length: 66 }, () => makeSite('f'));
    const callFrom = (depth: number): void =>
      callSync(sites[depth] as Site, () => {
        if (depth === 65) throw 'boom';
        callFrom(depth + 1);
      });
    report(() => callFrom(0));
    expect(sites.map(lastErrorOf)).toEqual(sites.map((_, depth) => (depth < 64 ? 'boom' : undefined)));
  });

  test('becomes known where it ends the program, at once or some jobs later', async () => {
    const thrower = (): never => {
      throw new Error('boom');
    };
    const [atOnce, later, other] = [makeSite('thrower'), makeSite('thrower'), makeSite('catcher')];
    swallow(() => callSync(atOnce, thrower));
    explainUncaught('boom');
    expect(lastErrorOf(atOnce)).toBe('boom');

    for (const site of [later, other]) {
      let thrown: unknown;
      try {
        callSync(site, thrower);
      } catch (error) {
        thrown = error;
      }
      await new Promise((resolve) => setTimeout(resolve));
      explainUncaught(thrown);
    }
    expect([later, other].map(lastErrorOf)).toEqual(['boom', undefined]);
  });

  test('of a call that failed with what another call had swallowed and rethrown as its own is the new one', () => {
    const inner = makeSite('inner');
    const outer = makeSite('outer');
    report(() =>
      callSync(outer, function outer() {
        try {
          callSync(inner, function inner() {
            throw new Error('cause');
          });
        } catch (error) {
          catcher.caught(error);
          throw new Error('wrapped', { cause: error });
        }
      }),
    );
    expect(lastErrorOf(inner)).toBe('cause');
    expect(lastErrorOf(outer)).toBe('wrapped');
  });

  test('becomes known through the failure of the async call that it ends', () => {
    const inner = makeSite('inner');
    const outer = makeSite('outer', 'async');
    const call = outer.start();
    try {
      callSync(inner, function inner() {
        throw new TypeError('no such thing');
      });
    } catch (error) {
      call.fail(error);
    }
    expect(lastErrorOf(inner)).toBe('no such thing');
    expect(lastErrorOf(outer)).toBe('no such thing');
  });

  test('of what is not an error is its text', () => {
    for (const [thrown, text] of [
      ['just text', 'just text'],
      [42, '42'],
      [undefined, 'undefined'],
      [null, 'null'],
    ]) {
      const site = makeSite('<anonymous>@1:0');
      report(() =>
        callSync(site, () => {
          throw thrown;
        }),
      );
      expect(lastErrorOf(site)).toBe(text);
    }
  });

  test('is read without running a getter or a trap of the user’s', () => {
    const traps: string[] = [];
    const trap = (name: string) => (): never => {
      traps.push(name);
      throw new Error(name);
    };
    const proxy = new Proxy(new Error('hidden'), {
      get: trap('get'),
      getOwnPropertyDescriptor: trap('descriptor'),
      getPrototypeOf: trap('prototype'),
    });
    const getter = Object.defineProperty({}, 'message', { get: trap('getter') });
    for (const thrown of [proxy, getter]) {
      const site = makeSite('<anonymous>@1:0');
      report(() =>
        callSync(site, () => {
          throw thrown;
        }),
      );
      expect(statsOf(monitor, site).errorCount).toBe(1);
      expect(lastErrorOf(site)).toBeUndefined();
    }
    expect(traps).toEqual([]);
  });

  test('is cut where it is long', () => {
    const site = makeSite('<anonymous>@1:0');
    report(() =>
      callSync(site, () => {
        throw new Error('x'.repeat(1000));
      }),
    );
    expect(lastErrorOf(site)).toHaveLength(200);
  });
});

test('is known of slow calls too, at whose end the costs are looked at and the journal is written', () => {
  const folder = join(BUILT, 'slow-failures');
  const journal = join(folder, 'journal');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const program = `
    import { getPerformanceMonitor } from 'tka-perf';
    const monitor = getPerformanceMonitor();
    monitor.configure({ flushIntervalMs: 10 });
    function wait(ms) {
      const end = performance.now() + ms;
      while (performance.now() < end);
    }
    // @monitor
    function inner() {
      wait(30);
      throw new Error('boom');
    }
    // @monitor
    function outer() {
      inner();
    }
    for (let i = 0; i < 15; i++) {
      try {
        outer();
      } catch (error) {
        if (error.message !== 'boom') throw error;
      }
    }
    const unknown = monitor.getMetrics().filter((metric) => metric.errorMessage !== 'boom');
    console.log(unknown.length, monitor.getMetrics().length);
  `;
  writeFileSync(join(folder, 'main.mjs'), instrument(program, { file: 'main.mjs' })?.code ?? '');
  const { stdout, stderr } = spawnSync(process.execPath, [join(folder, 'main.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', TKA_PERF_DIR: journal },
  });
  expect([stdout, stderr]).toEqual(['0 30\n', '']);
  const messages = Object.values(contentsOf(journal)).flatMap(({ metrics }) =>
    metrics.map(({ error }) => error),
  );
  expect(messages).toEqual(Array.from({ length: 30 }, () => 'boom'));
});

test.each(['throw first;', 'Promise.reject(first);'])(
  'errors are not read while others are caught, however many: %s is reported as without us',
  (end) => {
    const folder = join(BUILT, 'pending-uncaught');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const program = `// @monitor
function attempt(i) {
  throw new Error('attempt ' + i);
}
let first;
for (let i = 0; i < 300; i++) try { attempt(i); } catch (error) { first ??= error; }
first.message += ', the first of 300';
${end}
`;
    const [plain, ours] = ['plain.cjs', 'ours.cjs'].map((file) => {
      const path = join(folder, file);
      writeFileSync(path, file === 'plain.cjs' ? program : (instrument(program, { file })?.code ?? ''));
      const { stderr, status } = spawnSync(process.execPath, [path], {
        encoding: 'utf8',
        env: { ...process.env, NODE_OPTIONS: '', TKA_PERF_DIR: join(folder, 'journal') },
      });
      return { status, stderr: stderr.replaceAll(path, 'program.cjs') };
    });
    const lines = (text = ''): string[] =>
      text.split('\n').filter((line) => /^program|^Error|^ {4}at /.test(line));
    expect(ours?.status).toBe(plain?.status);
    expect(lines(ours?.stderr)).toEqual(lines(plain?.stderr));
    expect(lines(ours?.stderr)[1]).toBe('Error: attempt 0, the first of 300');
  },
);
