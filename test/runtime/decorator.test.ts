import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, test } from 'vitest';
import type * as Runtime from '../../runtime/index.ts';

const dir = mkdtempSync(join(tmpdir(), 'tka-perf-decorator-'));
process.env['TKA_PERF_DIR'] = dir;
const runtime: typeof Runtime = await import('../../runtime/index.ts');
await import('reflect-metadata');
const monitor = runtime.getPerformanceMonitor();
afterAll(() => rmSync(dir, { recursive: true }));

type Kind = 'standard' | 'legacy';

/** Compiles the source as TypeScript does for decorators of that kind, runs it, and gives what it returns. */
function run(kind: Kind, source: string): unknown {
  const { outputText, diagnostics } = ts.transpileModule(`const result = (() => {${source}})()`, {
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      experimentalDecorators: kind === 'legacy',
      useDefineForClassFields: true,
    },
  });
  if (diagnostics?.length) throw new Error(JSON.stringify(diagnostics.map(({ messageText }) => messageText)));
  const { monitor: decorator, monitorPerformance } = runtime;
  return new Function('monitor', 'monitorPerformance', `${outputText}; return result`)(
    decorator,
    monitorPerformance,
  );
}

const callsOf = (name: string): number => monitor.getFunctionStats(name)?.callCount ?? 0;

describe.each(['standard', 'legacy'] as const)('@monitor as a %s decorator', (kind) => {
  const C = kind === 'standard' ? 'Standard' : 'Legacy';

  test('measures methods, static ones, getters and setters, and keeps name, length and this', () => {
    const seen = run(
      kind,
      `class ${C} {
        value = 2;
        @monitor times(a: number, b: number) { return this.value * a * b; }
        @monitor() static make() { return new this(); }
        @monitor({ memory: false }) get doubled() { return this.value * 2; }
        @monitor set doubled2(v: number) { this.value = v; }
      }
      const made = ${C}.make();
      const results = [made.times(3, 4), made.doubled, (made.doubled2 = 5), made.value];
      return [results, ${C}.prototype.times.name, ${C}.prototype.times.length, made instanceof ${C}];`,
    );
    expect(seen).toEqual([[24, 4, 5, 5], 'times', 2, true]);
    for (const member of ['times', 'make', 'get doubled', 'set doubled2'])
      expect(callsOf(`${C}.${member}`)).toBe(1);
  });

  test('measures promises to settlement, errors with their message, generators to their end', async () => {
    const made = run(
      kind,
      `class ${C}Kinds {
        @monitor async wait() { await 0; return 1; }
        @monitor async refuse() { throw new Error('refused'); }
        @monitor fail() { throw new Error('failed'); }
        @monitor *count(n: number) { for (let i = 0; i < n; i++) yield i; }
        @monitor async *later() { yield 1; yield 2; }
      }
      return new ${C}Kinds();`,
    ) as {
      wait(): Promise<number>;
      refuse(): Promise<never>;
      fail(): never;
      count(n: number): Generator<number>;
      later(): AsyncGenerator<number>;
    };
    const waiting = made.wait();
    expect(monitor.getFunctionStats(`${C}Kinds.wait`)).toMatchObject({ inFlight: 1, callCount: 0 });
    expect(await waiting).toBe(1);
    await expect(made.refuse()).rejects.toThrow('refused');
    expect(() => made.fail()).toThrow('failed');
    const generator = made.count(3);
    expect(Object.keys(generator)).toEqual([]);
    expect([...generator]).toEqual([0, 1, 2]);
    for (const _ of made.count(3)) break;
    const later: number[] = [];
    for await (const each of made.later()) later.push(each);
    expect(later).toEqual([1, 2]);
    await new Promise(setImmediate);
    expect(monitor.getFunctionStats(`${C}Kinds.wait`)).toMatchObject({
      inFlight: 0,
      callCount: 1,
      kind: 'async',
    });
    expect(monitor.getFunctionStats(`${C}Kinds.refuse`)).toMatchObject({
      errorCount: 1,
      lastError: 'refused',
    });
    expect(monitor.getFunctionStats(`${C}Kinds.fail`)).toMatchObject({ errorCount: 1, lastError: 'failed' });
    expect(monitor.getFunctionStats(`${C}Kinds.count`)).toMatchObject({
      callCount: 2,
      inFlight: 0,
      kind: 'generator',
    });
    expect(monitor.getFunctionStats(`${C}Kinds.later`)).toMatchObject({
      callCount: 1,
      inFlight: 0,
      kind: 'async-generator',
    });
  });

  test('keeps what other decorators have left on the function, as frameworks do by reflect-metadata', () => {
    const seen = run(
      kind,
      `const leave = (value, context, descriptor) => {
        const fn = typeof context === 'object' ? value : descriptor.value;
        fn.left = 'here';
        Reflect.defineMetadata('path', '/', fn);
      };
      class ${C}Route {
        @monitor @leave get_() { return 1; }
        @leave @monitor *items() { yield 1; }
        @leave @monitor index() { return 1; }
      }
      @monitor class ${C}Routes { @leave get_() { return 2; } }
      const told = (holder, key) => {
        const fn = holder.prototype[key];
        return [fn.left, Reflect.getMetadata('path', fn), fn.name];
      };
      return [
        told(${C}Route, 'get_'), told(${C}Route, 'items'), told(${C}Route, 'index'), told(${C}Routes, 'get_'),
        new ${C}Route().get_(),
      ];`,
    );
    const left = ['here', '/'];
    expect(seen).toEqual([[...left, 'get_'], [...left, 'items'], [...left, 'index'], [...left, 'get_'], 1]);
    expect(callsOf(`${C}Route.get_`)).toBe(1);
  });

  test('on a class measures its members once each, and the class stays the class it is', () => {
    const seen = run(
      kind,
      `const made: unknown[] = [];
      @monitor
      class ${C}Class {
        static Self = ${C}Class;
        constructor() { made.push(new.target); }
        one() { return 1; }
        @monitor two() { return this.one() + 1; }
        static three() { return 3; }
        get four() { return 4; }
      }
      const instance = new ${C}Class();
      return [instance.two(), ${C}Class.three(), instance.four, made[0] === ${C}Class, ${C}Class.name,
        Object.keys(${C}Class.prototype)];`,
    );
    expect(seen).toEqual([2, 3, 4, true, `${C}Class`, []]);
    for (const member of ['one', 'two', 'three', 'get four']) expect(callsOf(`${C}Class.${member}`)).toBe(1);
  });

  test('takes the options of the mark and the seed’s names of them', () => {
    run(
      kind,
      `class ${C}Options {
        @monitor({ name: '${C}.named', args: true }) named(a: number) { return a; }
        @monitorPerformance({ includeArgs: true, thresholdMs: 10_000 }) fast(a: number) { return a; }
      }
      const made = new ${C}Options();
      made.named(1);
      made.fast(1);`,
    );
    expect(callsOf(`${C}.named`)).toBe(1);
    expect(monitor.getMetrics().at(-1)).toMatchObject({
      functionName: `${C}.named`,
      argsHash: expect.any(String),
    });
    expect(monitor.getFunctionStats(`${C}Options.fast`)).toMatchObject({
      callCount: 0,
      belowThresholdCalls: 1,
    });
  });
});

describe('@monitor as a standard decorator', () => {
  test('measures private methods, fields holding functions, and accessors holding them', () => {
    const seen = run(
      'standard',
      `class Fields {
        @monitor #secret() { return 1; }
        @monitor arrow = (a: number) => a + this.#secret();
        @monitor accessor held = () => 5;
        @monitor plain = 7;
        @monitor classic = function () { return 3; };
        @monitor later = async () => 4;
      }
      const made = new Fields();
      void made.later();
      return [made.arrow(1), made.arrow.length, made.held(), made.plain, made.classic()];`,
    );
    expect(seen).toEqual([2, 1, 5, 7, 3]);
    for (const member of ['#secret', 'arrow', 'held']) expect(callsOf(`Fields.${member}`)).toBe(1);
    const kinds = ['#secret', 'arrow', 'held', 'classic', 'later'].map(
      (member) => monitor.getFunctionStats(`Fields.${member}`)?.kind,
    );
    expect(kinds).toEqual(['method', 'arrow', 'arrow', 'function', 'async']);
  });
});

describe('@monitor as a legacy decorator', () => {
  test('tells of fields, which it cannot reach', () => {
    const before = monitor.diagnostics['decorated-field'] ?? 0;
    expect(run('legacy', 'class Out { @monitor of = () => 1; } return new Out().of();')).toBe(1);
    expect(monitor.diagnostics['decorated-field']).toBe(before + 1);
    // Babel gives a descriptor.
    const descriptor = { configurable: true, enumerable: true, writable: true, initializer: () => () => 1 };
    expect(runtime.monitor({}, 'of', descriptor as PropertyDescriptor)).toBeUndefined();
    expect(monitor.diagnostics['decorated-field']).toBe(before + 2);
    runtime.monitor({}, 'of', 0 as never); // of a parameter
    expect(monitor.diagnostics['decorated-field']).toBe(before + 2);
  });
});
