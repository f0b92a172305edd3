import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { instrument, type Options, TkaPerfError } from '../transformer/index.ts';
import { resolveOptions } from '../transformer/options.ts';
import { executedFixtures, instrumentFixture } from './support/fixtures.ts';

const MARKED =
  '// @monitor\nexport function total(a: number, b: number): number {\n  const sum = a + b;\n  return sum;\n}\n';

describe('a file without marks', () => {
  test('is left as it is, and not even parsed', () => {
    expect(instrument('export function f( {', { file: 'a.ts' })).toBeUndefined();
  });

  test('is left as it is where it only speaks of the package', () => {
    expect(
      instrument('import { measure } from "tka-perf"; // @here\nexport const a = 1;', { file: 'a.ts' }),
    ).toBeUndefined();
  });
});

test.each(executedFixtures().map((fixture) => [fixture.name, fixture] as const))(
  'instrumenting %s twice is instrumenting it once',
  (_, fixture) => {
    const once = instrumentFixture(fixture);
    if (!once?.sites.length) return;
    expect(instrumentFixture({ ...fixture, code: once.code })).toBeUndefined();
  },
);

test.each([
  ['name="a b" exact', { name: 'a b', exact: true }, 0],
  ['threshold=2s name=\'it "is"\'', { threshold: 2000, name: 'it "is"' }, 0],
  ['name="a -- b" args -- name="c" memory', { name: 'a -- b', args: true }, 0],
  ['no-memory --reason', { memory: false }, 1],
  ["name='a b", {}, 1],
  ['exact name="a -- it is "free" text args', { exact: true }, 1],
  ['name= exact=1', {}, 2],
])('// @monitor %s', (text, options, mistakes) => {
  const result = instrument(`// @monitor ${text}\nfunction f() {}`, { file: 'a.js' });
  expect(result?.sites[0]?.options).toEqual(options);
  expect(result?.diagnostics).toHaveLength(mistakes);
});

describe('a module with runes, in which Svelte has all names with a dollar for itself', () => {
  const code = `export class Counter {
  count = $state(0);
  add(by) { if (by === 0) return this.count; return this.count += by; }
  async *each() { for await (const n of this) yield await n; }
}
export class Timer {
  constructor(start) { this.start = start; this.now = $derived.by(() => start); }
}
export const snapshot = (value) => $state.snapshot(value);
{ /* @monitor name="block" */ { for (;;) break; } }
`;
  const named = (
    file: string,
  ): { readonly names: ReadonlySet<string>; readonly codes: readonly string[] } => {
    const result = instrument(code, { file, functions: 'all' });
    return {
      names: new Set(result?.code.match(/\$\w*/g)),
      codes: result?.diagnostics.map((diagnostic) => diagnostic.code) ?? [],
    };
  };

  test.each(['src/counter.svelte.ts', 'src/counter.svelte.js', 'counter.svelte.test.js'])(
    'gets none of them: %s',
    (file) => {
      expect(named(file).names).toEqual(new Set(['$state', '$derived']));
    },
  );

  test('keeps a constructor that declares a field', () => {
    expect(named('src/counter.svelte.js').codes).toEqual(['TKA213']);
    expect(named('src/counter.js').codes).toEqual([]);
  });
});

describe('names of exports that Node reads from the text of a CommonJS module', () => {
  const forms = {
    'at its top': (define: string) => define,
    'in a function': (define: string) => `function setup() { ${define} }\nsetup();`,
    'in a UMD factory': (define: string) =>
      `(function (global, factory) {\n  factory(exports, require('path'));\n})(this, (function (exports, m_1) { 'use strict';\n${define}\n}));`,
  };
  test.each(Object.entries(forms))('are still there: %s', (_, form) => {
    const define =
      'Object.defineProperty(exports, "x", { enumerable: true, get: function () { return m_1.x; } });';
    const code = `var m_1 = { x: 1 };\n${form(define)}\nfunction other() {\n  return 1;\n}\n`;
    const result = instrument(code, { file: '/project/src/a.cjs', root: '/project', functions: 'all' });
    expect(result?.code).toContain(define);
    expect(result?.diagnostics).toEqual([]);
    expect(result?.sites.map(({ name }) => name)).toContain('src/a.other');
  });

  const assign = 'exports[key] = _b[key];';
  test.each([
    `if (key === "default" || key === "__esModule") return; ${assign}`,
    `if (key === 'default' || key === '__esModule') return\n module.${assign}`,
    `if (key === "default" || key === "__esModule") return; if (key in exports && exports[key] === _b[key]) return; ${assign}`,
    `if (key === "default" || key === "__esModule") return; if (Object.prototype.hasOwnProperty.call(_names, key)) return; ${assign}`,
    `if (key !== 'default') ${assign}`,
    `if (key !== 'default' && !exports.hasOwnProperty(key)) ${assign}`,
    `if (key !== 'default' && !Object.prototype.hasOwnProperty.call(exports, key)) ${assign}`,
    'if (key === "default" || key === "__esModule") return; Object.defineProperty(exports, key, { enumerable: true, get: function () { return _b[key]; } });',
  ])('of another module too: %s', (body) => {
    const folder = mkdtempSync(join(tmpdir(), 'tka-exports-'));
    const code = `var _names = {}; var _b = require("./b.cjs");\nObject.keys(_b).forEach(function (key) { ${body} });`;
    const options = { root: folder, functions: 'all', runtime: 'global' } as const;
    const result = instrument(`${code}\nfunction other() {}`, { file: join(folder, 'a.cjs'), ...options });
    expect(result?.sites.map(({ name }) => name)).toEqual(['a.other']);
    writeFileSync(join(folder, 'b.cjs'), 'exports.ofB = 1;');
    writeFileSync(join(folder, 'a.cjs'), result?.code ?? '');
    writeFileSync(join(folder, 'c.mjs'), 'import { ofB } from "./a.cjs"; console.log(ofB);');
    expect(execFileSync(process.execPath, [join(folder, 'c.mjs')], { encoding: 'utf8' })).toBe('1\n');
  });

  test.each([
    'Object.keys(routes).forEach(function (key) { app[key] = routes[key]; });',
    'Object.keys(routes).forEach((key) => { exports[key] = routes[key]; });',
    'Object.keys(routes).forEach(function (key) { if (key === "index") return; exports[key] = routes[key]; });',
    'Object.keys(require("./b")).forEach(function (key) { if (key !== "default") exports[key] = 1; });',
    'Object.keys(routes).forEach(visit, () => 1);',
  ])('are not read from every loop over keys: %s', (code) => {
    const result = instrument(code, { file: 'a.cjs', functions: 'all' });
    expect(result?.diagnostics).toEqual([]);
    expect(result?.sites).toHaveLength(1);
  });
});

test.each([
  ['try { var globalThis = this; } catch {}', 'a.cjs', 'globalThis'],
  ['for (var [globalThis] of []);', 'a.cjs', 'globalThis'],
  ['switch (1) { default: function globalThis() {} }', 'a.cjs', 'globalThis'],
  ['import { globalThis } from "x";', 'a.ts', 'globalThis'],
  ['export default class globalThis {}', 'a.ts', 'globalThis'],
  ['var require = ((load) => load)(require);', 'a.cjs', 'require'],
  ['const require = createRequire(import.meta.url);', 'a.mjs', undefined],
  ['declare const require: (name: string) => unknown;', 'a.cts', undefined],
  ['interface Symbol { own: 1 }', 'a.ts', undefined],
  ['{ let Symbol; } function g() { var globalThis; }', 'a.cjs', undefined],
])('%s in %s: what emitted code needs and the file declares is %s', (declaration, file, name) => {
  const code = `${declaration}\n// @monitor\nfunction f() {}`;
  const { diagnostics, sites } = instrument(code, { file }) ?? {};
  expect(diagnostics).toMatchObject(name === undefined ? [] : [{ code: 'TKA206', args: ['a.f', name] }]);
  expect(sites).toHaveLength(name === undefined ? 1 : 0);
});

test.each([
  ['gone', 'undefined'],
  ['another function', 'Object'],
])('a file that is loaded while Symbol is %s runs, and is measured when it is back', (_, other) => {
  const { code = '' } =
    instrument('// @monitor\nfunction f() { return 1; }\nreturn f;', { file: 'a.cjs' }) ?? {};
  const context = createContext({});
  const registry = `globalThis[Symbol.for('tka-perf')] = {
    unit: () => ({ first: 0, enter: () => { entered++; return 1; }, exit: () => {}, probes: {} }) };`;
  const script = `var entered = 0; ${registry} const own = Symbol; Symbol = ${other};
    const f = (function (require) { ${code} })(() => {});
    const before = [f(), entered]; Symbol = own; [...before, f(), entered].join();`;
  expect(runInContext(script, context)).toBe('1,0,1,1');
});

test.each([
  ['for (var [Symbol] of []);', 'a.cjs'],
  ['switch (1) { default: function Symbol() {} }', 'a.cjs'],
  ['import { Symbol } from "x";', 'a.ts'],
  ['export default class Symbol {}', 'a.ts'],
])('%s in %s: a module reaches the global Symbol beside it, a script does not', (declaration, file) => {
  const marked = `${declaration}\n// @monitor\nfunction f() {}`;
  const { code = '', diagnostics } = instrument(marked, { file }) ?? {};
  expect(diagnostics).toEqual([]);
  expect(code).toContain('globalThis[globalThis.Symbol.for("tka-perf")];');
  expect(instrument(code, { file })).toBeUndefined();
  const script = instrument(marked, { file, runtime: 'global' });
  expect(script?.diagnostics).toMatchObject([{ code: 'TKA206', args: ['a.f', 'Symbol'] }]);
});

describe('of functions that are left alone for one reason', () => {
  const told = (code: string, options: Options): readonly string[] =>
    instrument(code, { file: 'a.ts', ...options })?.diagnostics.map(
      ({ line, args, count }) => `${line} ${args[0]} ${count}`,
    ) ?? [];
  const CODE = 'const globalThis = 1;\nexport function f() { () => 1; }\nexport function g() {}';

  test('the first is told, and how many, where options select all', () => {
    expect(told(CODE, { functions: 'all' })).toEqual(['2 a.f 3']);
    expect(told(CODE, { functions: 'exported' })).toEqual(['2 a.f 2']);
  });

  test('a single one is told as it is', () => {
    expect(told('const globalThis = 1;\nfunction f() {}', { functions: 'all' })).toEqual(['2 a.f undefined']);
  });

  test('each that was asked for is told, beside the first of the others', () => {
    expect(told(CODE, { match: ['*'] })).toHaveLength(3);
    expect(told(`// @monitor-file\n${CODE}`, { functions: 'all' })).toHaveLength(3);
    const marked = CODE.replace('export function g', '// @monitor\nexport function g');
    expect(told(marked, { functions: 'all' })).toEqual(['2 a.f 2', '4 a.g undefined']);
  });
});

describe('names', () => {
  const namesOf = (code: string, file = 'src/a.ts'): string[] =>
    instrument(code, { file, functions: 'all' })?.sites.map(({ name }) => name) ?? [];

  test('begin with the path from the root, without the extension', () => {
    expect(namesOf('export function f() {}', 'lib/deep/a.mts')).toEqual(['lib/deep/a.f']);
    expect(instrument(MARKED, { file: '/project/src/a.tsx', root: '/project/' })?.sites[0]?.name).toBe(
      'src/a.total',
    );
  });

  test('tell where an anonymous function stands, columns from 1', () => {
    expect(namesOf('export function f() {\n  [1].map((x) => x);\n}')).toEqual([
      'src/a.f',
      'src/a.f.<anonymous>@2:11',
    ]);
  });

  test('come from variables, properties, assignments and defaults', () => {
    const code = [
      'const a = () => 1;',
      'let b; b = function () {};',
      'exports.c = () => 1; module.exports.d = function () {};',
      'A.prototype.e = function () {};',
      'const { f = () => 1 } = {};',
      'const o = { g() {}, "h-i": () => 1, 7() {}, [x.y]() {} };',
      'export default () => 1;',
    ].join('\n');
    expect(namesOf(code).map((name) => name.replace('src/a.', ''))).toEqual([
      'a',
      'b',
      'c',
      'd',
      'A.prototype.e',
      'f',
      'o.g',
      'o.h-i',
      'o.7',
      'o.[x.y]',
      'default',
    ]);
  });

  test('stay unique when getters, statics and redeclarations share one', () => {
    const names = namesOf('class A { x() {} static x() {} get x() { return 1 } set x(v) {} }');
    expect(names).toEqual(['src/a.A.x', 'src/a.A.x@1:18', 'src/a.A.get x', 'src/a.A.set x']);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('options', () => {
  test.each([
    [{ fucntions: 'all' }, 'unknown option "fucntions"; did you mean "functions"?'],
    [{ functions: 'some' }, 'option "functions" must be one of "marked", "exported", "all", not "some"'],
    [{ match: 'A.*' }, 'option "match" must be a list of globs, not "A.*"'],
    [{ exclude: [''] }, 'option "exclude" must be a list of globs, not [""]'],
    [{ root: 5 }, 'option "root" must be a path, not 5'],
  ])('%j is refused in one sentence', (options, message) => {
    const run = (): unknown => instrument(MARKED, { file: 'a.ts', ...(options as object) });
    expect(run).toThrow(TkaPerfError);
    expect(run).toThrow(`[tka-perf] ${message}`);
  });

  test('include and exclude are globs on the path from the root', () => {
    const at = (file: string, options: object = {}): boolean =>
      instrument(MARKED, { file, root: '/p', ...options }) !== undefined;
    expect(at('node_modules/x/a.ts')).toBe(false);
    expect(at('node_modules/x/a.ts', { exclude: [] })).toBe(true);
    expect(at('node_modules/x/a.ts', { exclude: ['**/*.gen.ts'] })).toBe(false);
    expect(at('node_modules/x/a.ts', { include: ['**/*.ts'] })).toBe(false);
    expect(at('node_modules/x/a.ts', { include: ['src/**', 'node_modules/x/**'] })).toBe(true);
    expect(at('node_modules/x/a.gen.ts', { include: ['node_modules/x/**'], exclude: ['**/*.gen.ts'] })).toBe(
      false,
    );
    expect(at('src/a.ts', { include: ['src/**'] })).toBe(true);
    expect(at('test/a.ts', { include: ['src/**'] })).toBe(false);
    expect(at('src/a.gen.ts', { exclude: ['**/*.gen.ts'] })).toBe(false);
  });

  test.each([
    [undefined, '/w/apps/web'],
    ['../..', '/w'],
    ['./src/', '/w/apps/web/src'],
    ['/elsewhere', '/elsewhere'],
  ])('a root of %j is seen from the host’s folder', (root, expected) => {
    expect(resolveOptions(root === undefined ? {} : { root }, '/w/apps/web').root).toBe(
      resolve(expected).replaceAll('\\', '/'),
    );
  });

  test('include and exclude hold above the root too, as in a workspace whose packages lie in its own folder', () => {
    const at = (file: string, options: object = {}): boolean =>
      instrument(MARKED, { file: `/w/${file}`, root: '/w/apps/web', ...options }) !== undefined;
    expect(at('packages/lib/a.ts')).toBe(true);
    expect(at('node_modules/x/a.ts')).toBe(false);
    expect(at('apps/node_modules/x/a.ts')).toBe(false);
    expect(at('node_modules/x/a.ts', { exclude: [] })).toBe(true);
    expect(at('node_modules/x/a.ts', { include: ['../../node_modules/x/**'] })).toBe(true);
    expect(at('packages/lib/a.ts', { include: ['**/lib/**'] })).toBe(true);
    expect(at('packages/lib/a.ts', { exclude: ['**/packages/**'] })).toBe(false);
    // Others begin at the root.
    expect(at('packages/lib/a.ts', { include: ['packages/**'] })).toBe(false);
    expect(at('packages/lib/a.ts', { exclude: ['*/lib/**'] })).toBe(true);
  });

  test('runtime global emits no import, and a lookup of its own for each file', () => {
    const a = instrument('// @monitor\nfunction f() {}', { file: 'a.js', runtime: 'global' })?.code ?? '';
    const b = instrument('// @monitor\nfunction f() {}', { file: 'b.js', runtime: 'global' })?.code ?? '';
    expect(a).not.toMatch(/import|require/);
    const lookup = /function (\$tk_\w+)/;
    expect(lookup.exec(a)?.[1]).not.toBe(lookup.exec(b)?.[1]);
  });

  test('CommonJS files load the runtime by require, ES modules by import', () => {
    const first = (code: string, file: string, format?: 'esm' | 'commonjs'): string =>
      /import"tka-perf"|require\("tka-perf"\)/.exec(
        instrument(`// @monitor\n${code}`, { file, format })?.code ?? '',
      )?.[0] ?? '';
    expect(first('exports.f = function () {}', 'a.js')).toBe('require("tka-perf")');
    expect(first('function f() {}', 'a.cjs')).toBe('require("tka-perf")');
    expect(first('function f() {}', 'a.js')).toBe('import"tka-perf"');
    expect(first('function f() {}', 'a.js', 'commonjs')).toBe('require("tka-perf")');
    expect(first('export function f() {}', 'a.js')).toBe('import"tka-perf"');
  });

  test.each([
    ["function f() { return require('x'); }", 'require'],
    ['module.exports = () => 1;', 'require'],
    ['exports["f"] = () => 1;', 'require'],
    ['const f = () => __dirname + __filename;', 'require'],
    ['const f = () => ({ require });', 'require'],
    ['function f() {} if (f) return;', 'require'],
    [
      '(function (g, factory) { factory(exports); })(this, function (exports) { exports.a = 1; });',
      'require',
    ],
    ['{ const require = 1; } const f = () => require("x");', 'require'],
    ['declare const require: any; const f = () => require("x");', 'require'],
    ['import x = require("x"); const f = () => x;', 'require'],
    ["// unlike require('x'), this is a module\nfunction f() {}", 'import'],
    ['const f = () => "module.exports = 1";', 'import'],
    ['const exports = { a: 1 }; const f = () => exports.a;', 'import'],
    ['(function () { if (1) { var module = {}; } return () => module.exports; })();', 'import'],
    ['({ 1: [function (require, module, exports) { exports.a = require("x"); }] });', 'import'],
    ['try {} catch (module) { (() => module.exports)(); }', 'import'],
    ['for (const exports of []) (() => exports.a)();', 'import'],
    ['switch (1) { case 1: let require = () => 1; require(); }', 'import'],
    ['(class module { static exports = () => module.exports; });', 'import'],
    ['const f = (o) => o.require({ exports: o.module.exports }).module;', 'import'],
    ['class A { require() {} exports = () => this.require(); }', 'import'],
    ['const f = () => typeof require === "function";', 'import'],
    ['module: for (;;) { (() => 1)(); break module; }', 'import'],
    ['enum E { require, exports = 2 } const f = () => E.require;', 'import'],
    ['namespace N { export const exports = { a: 1 }; export const f = () => exports.a; }', 'import'],
  ])('%s is loaded by %s', (code, word) => {
    const options = { functions: 'all', strict: true } as const;
    const result = instrument(`let other = () => 1;\n${code}`, { file: 'a.ts', ...options });
    expect(result?.diagnostics).toEqual([]);
    expect(/import"tka-perf"|require\("tka-perf"\)/.exec(result?.code ?? '')?.[0]).toMatch(word);
  });
});

describe('source maps', () => {
  /** Every word of the original that stands in the output must lead back to its own line and column. */
  function unmapped(original: string, output: string, map: object): string[] {
    const traced = new TraceMap(map as never);
    const wrong: string[] = [];
    for (const [index, line] of output.split('\n').entries()) {
      for (const { 0: word, index: column } of line.matchAll(/[A-Za-z_]\w{3,}/g)) {
        const found = originalPositionFor(traced, { line: index + 1, column });
        if (found.line === null || !original.includes(word)) continue;
        const there = original.split('\n')[found.line - 1]?.slice(found.column) ?? '';
        if (
          !there.startsWith(word) &&
          !/^(?:return|function|const|this|break|throw|catch|finally|continue|arguments|caught|fail|error|wrong)$/.test(
            word,
          )
        )
          wrong.push(`${word} at ${index + 1}:${column}`);
      }
    }
    return wrong;
  }

  test.each(
    executedFixtures()
      .filter(({ code }) => !code.includes('\r'))
      .map((fixture) => [fixture.name, fixture] as const),
  )('%s', (_, fixture) => {
    const result = instrumentFixture(fixture);
    if (!result?.sites.length) return;
    expect(result.map.sources).toEqual([basename(fixture.file)]);
    const traced = new TraceMap(result.map as never);
    for (const { line, column } of result.sites) {
      const code = result.code.split('\n')[line - 1] ?? '';
      const hits = [...code].some((__, at) => {
        const found = originalPositionFor(traced, { line, column: at });
        return found.line === line && found.column === column;
      });
      expect(hits, `line ${line} column ${column}`).toBe(true);
    }
    // Names that the emitted strings repeat are in the header's line: look behind it. Some emitted words may be the
    // file's too.
    const lines = result.code
      .split('\n')
      .map((line) => (line.includes('Symbol.for("tka-perf")') ? '' : line))
      .map((line) => line.replaceAll('=void 0;', '=     0;').replaceAll('using $tkd', '      $tkd'))
      .map((line) => line.replaceAll('!==null&&(', '!==    &&('));
    expect(unmapped(fixture.code, lines.join('\n'), result.map)).toEqual([]);
  });

  test('an incoming map is chained: the result leads to the TypeScript source', () => {
    const { outputText, sourceMapText } = ts.transpileModule(
      `enum Unused { A }\ninterface Gone {}\n${MARKED}`,
      {
        fileName: 'cart.ts',
        compilerOptions: { sourceMap: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
      },
    );
    const result = instrument(outputText, { file: 'dist/cart.js', inputMap: sourceMapText ?? '' });
    expect(result?.map.sources).toEqual(['cart.ts']);
    const lines = result?.code.split('\n') ?? [];
    const line = lines.findIndex((text) => text.includes('sum = a + b'));
    const found = originalPositionFor(new TraceMap(result?.map as never), {
      line: line + 1,
      column: lines[line]?.indexOf('sum') ?? -1,
    });
    expect(found).toMatchObject({ source: 'cart.ts', line: 5, column: 8 });
  });

  test.each([
    [
      'a class',
      '// @monitor\nexport class A { x = 1; over(a: any) { return a } }',
      false,
      ['A.constructor', 'A.over'],
    ],
    [
      'a class, without comments',
      '// @monitor\nexport class A { x = 1; over(a: any) { return a } }',
      true,
      ['A.over'],
    ],
    ['a method', 'export class A { x = 1; /* @monitor */ over(a: any) { return a } }', false, ['A.over']],
    [
      'a method, without comments',
      'export class A { x = 1; /* @monitor */ over(a: any) { return a } }',
      true,
      ['A.over'],
    ],
    [
      'a class with an accessor',
      '// @monitor\nexport class A { accessor w = 1; constructor(public l: string) {} over() { return 1 } }',
      true,
      ['A.constructor', 'A.over'],
    ],
  ])(
    'what a compiler makes in %s is no other function of its line',
    (_, source, removeComments, expected) => {
      const { outputText, sourceMapText } = ts.transpileModule(source, {
        fileName: 'a.ts',
        compilerOptions: {
          sourceMap: true,
          inlineSources: true,
          target: ts.ScriptTarget.ES2021,
          removeComments,
        },
      });
      const result = instrument(outputText, { file: 'a.js', inputMap: sourceMapText ?? '' });
      expect(result?.sites.map(({ name }) => name).toSorted()).toEqual(expected.map((name) => `a.${name}`));
      expect(result?.diagnostics).toEqual([]);
    },
  );

  test.each([
    // The decorator, lowered, measures methods where it runs, and neither fields nor the constructor.
    ['by a decorator', '@monitor\n', ['S.fn']],
    ['by both', '// @monitor\n@monitor\n', ['S.fn']],
    ['by a comment', '// @monitor\n', ['S.m', 'S.fn']],
  ])('a class that is marked %s is looked for by itself, whatever marks the others', (_, mark, expected) => {
    const source = [
      "import { monitor } from 'tka-perf';",
      '// @monitor',
      'export class A { fn = (x: number): number => x + 1; m(): number { return this.fn(1); } }',
      `${mark}export class S { m() { return 1; } fn = () => 2; }`,
      '@monitor export class T { m() { return 1; } }',
    ].join('\n');
    const { outputText, sourceMapText } = ts.transpileModule(source, {
      fileName: 'a.ts',
      compilerOptions: {
        sourceMap: true,
        inlineSources: true,
        experimentalDecorators: true,
        target: ts.ScriptTarget.ES2021,
        removeComments: true,
      },
    });
    const result = instrument(outputText, { file: 'a.js', inputMap: sourceMapText ?? '' });
    const names = ['A.fn', 'A.m', ...expected].map((name) => `a.${name}`);
    expect(result?.sites.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
  });

  test.each([
    ['legacy decorators', true, { functions: 'all' }],
    ['standard decorators', false, { functions: 'all' }],
    ['decorators and a pattern', true, { match: ['*'] }],
  ] as const)(
    'what lowered %s measure where they run is not measured twice',
    (_, experimentalDecorators, options) => {
      const source = [
        "import { monitor } from 'tka-perf';",
        'const held = {};',
        '@monitor export class A { f = () => 1; constructor() {} m() { return this.#p(); } #p() { return 1; } }',
        'export class B {',
        "  @monitor({ name: 'b.named' }) named() { return 1; }",
        '  @monitor(held) computed() { return 2; } plain() { return 3; }',
        '  // @monitor\n  @monitor get both() { return 4; }',
        '}',
        '@monitor(held) export class C { m() { return 1; } }',
      ].join('\n');
      const { outputText, sourceMapText } = ts.transpileModule(source, {
        fileName: 'a.ts',
        compilerOptions: {
          sourceMap: true,
          inlineSources: true,
          experimentalDecorators,
          target: ts.ScriptTarget.ES2022,
        },
      });
      const result = instrument(outputText, { file: 'a.js', inputMap: sourceMapText ?? '', ...options });
      const names = result?.sites.map(({ name }) => name).filter((name) => !name.includes('<anonymous>'));
      expect(names?.toSorted()).toEqual(['a.A.#p', 'a.A.constructor', 'a.A.f', 'a.B.plain']);
    },
  );

  test('a decorator of a class that must run is not inlined besides, in its methods or elsewhere', () => {
    const source = "import { monitor } from 'tka-perf';\n@monitor(options) class C { f = () => 1; m() {} }";
    const result = instrument(source, { file: 'a.ts', functions: 'all' });
    expect(result?.sites.map(({ name }) => name)).toEqual(['a.C.f']);
  });

  test('sites of a compiler’s output have the names, kinds and lines of its source', () => {
    const source = [
      'interface Gone {}',
      'enum Level { Low }',
      '// @monitor-file',
      'export async function load(id: number): Promise<number> {',
      '  const twice = [id].map((n: number) => n * 2);',
      '  return twice[0]!;',
      '}',
      'export class Cart<T> {',
      '  #items: T[] = [];',
      '  private handler = (item: T): number => this.#items.push(item);',
      '  get total(): number { return this.handler.length; }',
      '  static *all(): Generator<number> { yield 1; }',
      '}',
      '',
    ].join('\n');
    const own = instrument(source, { file: 'src/cart.ts' });
    for (const target of [ts.ScriptTarget.ES2022, ts.ScriptTarget.ES2015]) {
      const { outputText, sourceMapText } = ts.transpileModule(source, {
        fileName: 'cart.ts',
        compilerOptions: { sourceMap: true, inlineSources: true, target, module: ts.ModuleKind.CommonJS },
      });
      const map = { ...(JSON.parse(sourceMapText ?? '{}') as object), sources: ['../src/cart.ts'] };
      const result = instrument(outputText, { file: 'dist/cart.js', inputMap: map as never });
      const placesOf = (sites: typeof own): unknown[] =>
        (sites?.sites ?? []).map(({ name, line, column }) => ({ name, line, column }));
      const wanted = placesOf(own);
      const found = placesOf(result);
      // An older target adds functions of its own (`__awaiter`, constructors): all of the source's are there.
      expect(found).toEqual(expect.arrayContaining(wanted));
      if (target === ts.ScriptTarget.ES2022)
        expect(result?.sites.map(({ name, kind }) => [name, kind])).toEqual(
          own?.sites.map(({ name, kind }) => [name, kind]),
        );
    }
  });

  test.each([ts.ScriptTarget.ES2015, ts.ScriptTarget.ES5])(
    'what a compiler has made of one function has rows of its own but for the one that is called (target %d)',
    (target) => {
      const source = [
        'new Promise(async (done) => { await 1; done(2); });',
        'class Cart { async load() { await 1; } *all() { yield 1; } }',
        'function* gen() { yield 1; yield 2; }',
        'export {};',
      ].join('\n');
      const { outputText, sourceMapText = '' } = ts.transpileModule(source, {
        fileName: 'a.ts',
        compilerOptions: { sourceMap: true, inlineSources: true, target, module: ts.ModuleKind.CommonJS },
      });
      const names = instrument(outputText, {
        file: 'a.js',
        inputMap: sourceMapText,
        functions: 'all',
      })?.sites.map(({ name }) => name);
      expect(new Set(names).size).toBe(names?.length);
      const own = ['a.<anonymous>@1:13', 'a.Cart.load', 'a.Cart.all', 'a.gen'];
      for (const name of own) expect(names?.filter((each) => each === name)).toEqual([name]);
      // Each of them is the outermost: what is called.
      for (const name of names ?? []) {
        const of = own.find((each) => name.startsWith(`${each}.`));
        if (of) expect(names?.indexOf(of)).toBeLessThan(names?.indexOf(name) ?? 0);
      }
    },
  );

  test('helpers that a compiler maps to the first function of a source are none of its calls', () => {
    const code = 'function helper() {}\nfunction gen() {}\nfunction copy() {}\n';
    const origin = (line: number): unknown => [[0, 0, line, 0]];
    const namesBy = (sourceLines: readonly number[]): unknown => {
      const inputMap = {
        version: 3,
        names: [],
        sources: ['a.ts'],
        sourcesContent: ['function gen() {}\nfunction other() {}\n'],
        mappings: sourceLines.map(origin),
      };
      const result = instrument(code, { file: 'a.js', functions: 'all', inputMap: inputMap as never });
      return result?.sites.map(({ name }) => name);
    };
    expect(namesBy([0, 0, 1])).toEqual(['a.helper', 'a.gen', 'a.other']);
    // Renamed copies of one function are that function.
    expect(namesBy([1, 0, 1])).toEqual(['a.other', 'a.gen', 'a.other']);
  });

  test('a mark of no use in the source is told of its output too', () => {
    const source = '/* @monitor */ const a = 1;\n// @monitor\nfunction f() { return a }\n';
    const { outputText, sourceMapText } = ts.transpileModule(source, {
      fileName: 'a.ts',
      compilerOptions: { sourceMap: true, inlineSources: true, target: ts.ScriptTarget.ES2022 },
    });
    const result = instrument(outputText, { file: 'a.js', inputMap: sourceMapText ?? '' });
    expect(result?.diagnostics.map(({ code }) => code)).toEqual(['TKA101']);
  });

  test('sites of a bundle name the files that they come from', () => {
    const code = [
      '/* @monitor */ function one() { return 1; }',
      '/* @monitor */ function two() { return 2; }',
      '/* @monitor */ function three() { return 3; }',
      '/* @monitor args */ function own() {}',
    ].join('\n');
    const origin = (source: number, line: number): unknown => [[0, source, line, 0]];
    const inputMap = {
      version: 3,
      sources: ['../src/a.ts', '../src/b.ts'],
      sourcesContent: [
        'function one() { return 1; }\nfunction three() { return 3; }',
        'function two() { return 2; }',
      ],
      names: [],
      // The last line is the bundler's.
      mappings: [origin(0, 0), origin(1, 0), origin(0, 1), [[0]]],
    };
    const result = instrument(code, { file: 'dist/all.js', inputMap: inputMap as never });
    expect(result?.sites.map(({ name, file, line }) => [name, file, line])).toEqual([
      ['src/a.one', undefined, 1],
      ['src/b.two', 'src/b.ts', 1],
      ['src/a.three', undefined, 2],
      ['dist/all.own', 'dist/all.js', 4],
    ]);
    expect(result?.code).toContain(
      '"src/a.ts",[["src/a.one","function",1,0],["src/b.two","function",1,0,{},"src/b.ts"],' +
        '["src/a.three","function",2,0],["dist/all.own","function",4,20,{"args":true},"dist/all.js"]]',
    );
  });

  test.each([
    ['webpack://cart/./src/cart.ts?1a2b', 'packages/cart/src/cart.total', 3],
    ['webpack:///src/cart.ts', 'packages/cart/src/cart.total', 3],
    ['webpack5://cart/src/c%61rt.ts', 'packages/cart/src/cart.total', 3],
    [pathToFileURL(join(import.meta.dirname, '../elsewhere/cart.ts')).href, 'elsewhere/cart.total', 3],
    // No file, but a module of the bundler's own, or one that is gone: names and lines are the output's.
    ['webpack://cart/webpack/bootstrap', 'packages/cart/dist/all.total', 2],
    ['file://somewhere/cart.ts', 'packages/cart/dist/all.total', 2],
    ['', 'packages/cart/dist/all.total', 2],
    [null, 'packages/cart/dist/all.total', 2],
    [undefined, 'packages/cart/dist/all.total', 2],
  ])('a source that is told as %s has the name %s', (source, name, line) => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'tka-perf-')));
    const text = '\n// @monitor\nfunction total() {}\n';
    mkdirSync(join(root, 'packages/cart/src'), { recursive: true });
    writeFileSync(join(root, 'packages/cart/src/cart.ts'), text);
    const sources = source === undefined ? [] : [source];
    const inputMap = { version: 3, sources, sourcesContent: [text], names: [], mappings: ';AAEA' };
    const result = instrument('// @monitor\nfunction total() {}\n', {
      file: 'packages/cart/dist/all.js',
      root: name.startsWith('elsewhere') ? join(import.meta.dirname, '..') : root,
      inputMap: inputMap as never,
    });
    expect(result?.sites.map((site) => [site.name, site.line])).toEqual([[name, line]]);
  });

  test('a source that is told by its whole path is relative to the root as others are', () => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'tka-perf-')));
    const sources = [join(root, 'src/cart.ts')];
    const text = '\n// @monitor\nfunction total() {}\n';
    const inputMap = { version: 3, sources, sourcesContent: [text], names: [], mappings: ';AAEA' };
    const code = '// @monitor\nfunction total() {}\n';
    const result = instrument(code, { file: 'dist/all.js', root, inputMap: inputMap as never });
    expect(result?.sites.map(({ name, line }) => [name, line])).toEqual([['src/cart.total', 3]]);
  });

  test('a map whose mappings are none costs the names of the sources, and nothing else', () => {
    const inputMap = { version: 3, sources: ['a.ts'], names: [], mappings: 42 };
    const result = instrument('// @monitor\nfunction f() {}\n', {
      file: 'a.js',
      inputMap: inputMap as never,
    });
    expect(result?.sites.map(({ name }) => name)).toEqual(['a.f']);
  });
});

test.each([
  'function f() { break; }',
  'function f() { continue; }',
  'function f() { a: for (;;) { (() => { break a; })(); } }',
  'function f() { a: { continue a; } }',
  'function f(a) { let a; }',
  'async function f() { for (;;) { await 0; break b; } }',
])('%s is a SyntaxError, and stays one', (program) => {
  const result = instrument(program, { file: 'a.js', functions: 'all', runtime: 'global' });
  expect(() => new Function(result?.code ?? program)).toThrow(SyntaxError);
});

test('a file that is nested too deeply for the stack is left as it is, and told', () => {
  const code = `// @monitor\nfunction f() { return ${'1 + '.repeat(50_000)}1; }\n`;
  const result = instrument(code, { file: 'deep.js' });
  expect(result?.code).toBe(code);
  expect(result?.sites).toEqual([]);
  expect(result?.diagnostics.map(({ code: told, severity }) => [told, severity])).toEqual([
    ['TKA302', 'warning'],
  ]);
});
