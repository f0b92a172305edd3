/**
 * What compilers make of decorators, instrumented afterwards and run: each function is measured once, by its decorator or
 * inlined.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { instrument, type Options } from '../transformer/index.ts';
import { reportedRows } from './hosts/support.ts';

const SOURCE = `import { monitor } from 'tka-perf';
const held = {};
@monitor class All {
  field = () => 1;
  static fixed = () => 2;
  method() { return this.#own() }
  #own() { return 3 }
  'a#b'() { return 4 }
}
class Some {
  @monitor({ name: 'named' }) named() { return 5 }
  @monitor(held) computed() { return 6 }
  // @monitor name="noted"
  @monitor() noted() { return 7 }
  @monitor field = () => 8;
  @monitor get pair() { return 9 }
  set pair(value: number) {}
  static get pair() { return 9 }
  plain() { return 10 }
}
// @monitor name="named"
function named() { return 11 }
@monitor(held) class Held { method() { return 12 } }

const all = new All(), some = new Some();
all.field(); All.fixed(); all.method(); all['a#b'](); some.named(); some.computed(); some.noted(); some.field();
void some.pair; void Some.pair; some.pair = 1; some.plain(); named(); new Held().method();
`;

const TS_OPTIONS: ts.CompilerOptions = {
  sourceMap: true,
  inlineSources: true,
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2022,
};

function byTypeScript(options: ts.CompilerOptions): readonly [string, string] {
  const compilerOptions = { ...TS_OPTIONS, ...options };
  const { outputText, sourceMapText = '' } = ts.transpileModule(SOURCE, {
    fileName: 'a.ts',
    compilerOptions,
  });
  return [outputText.replace(/^.*sourceMappingURL.*$/m, ''), sourceMapText];
}

function byEsbuild(experimentalDecorators: boolean): readonly [string, string] {
  const tsconfigRaw = { compilerOptions: { experimentalDecorators, target: 'es2022' } };
  const { code, map } = transformSync(SOURCE, {
    loader: 'ts',
    sourcefile: 'a.ts',
    sourcemap: 'external',
    target: 'es2022',
    tsconfigRaw,
  });
  return [code, map];
}

const COMPILERS: Readonly<Record<string, () => readonly [string, string]>> = {
  'TypeScript, legacy': () => byTypeScript({ experimentalDecorators: true }),
  'TypeScript, legacy, without comments': () =>
    byTypeScript({ experimentalDecorators: true, removeComments: true }),
  'TypeScript, standard': () => byTypeScript({}),
  'esbuild, legacy': () => byEsbuild(true),
  'esbuild, standard': () => byEsbuild(false),
};

/** A member, and how often it was measured, in whichever rows. */
const MEMBERS: Readonly<Record<string, RegExp>> = {
  field: /^(?:a\.)?All\.field /,
  fixed: /^(?:a\.)?All\.fixed /,
  method: /^(?:a\.)?All\.method /,
  own: /^(?:a\.)?All\.#own /,
  'a#b': /^(?:a\.)?All\.a#b /,
  'named, twice': /^named(?:@.*)? /,
  computed: /^(?:a\.)?Some\.computed /,
  noted: /^noted |Some\.noted /,
  'field of its own': /^(?:a\.)?Some\.field /,
  'get pair': /^(?:a\.)?Some\.get pair /,
  held: /^(?:a\.)?Held\.method /,
};

/** By `functions: 'all'` alone. */
const UNMARKED: Readonly<Record<string, RegExp>> = {
  'set pair': /^(?:a\.)?Some\.set pair /,
  plain: /^(?:a\.)?Some\.plain /,
  'static get pair': /^(?:a\.)?Some\.get pair@/,
};

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'tka-decorated-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function callsOf(code: string): (row: RegExp) => number {
  const dir = mkdtempSync(join(root, 'run-'));
  const runtime = new URL('../dist/runtime/index.js', import.meta.url).href;
  const file = join(dir, 'a.mjs');
  writeFileSync(file, code.replaceAll(/(["'])tka-perf\1(?!\))/g, JSON.stringify(runtime)));
  execFileSync(process.execPath, [file], {
    env: { ...process.env, TKA_PERF_DIR: join(dir, '.tka-perf'), TKA_PERF_RUN: '', NODE_OPTIONS: '' },
  });
  const rows = reportedRows(dir);
  return (pattern) =>
    rows
      .filter((row) => pattern.test(row))
      .reduce((sum, row) => sum + Number(/ (\d+)\/\d+$/.exec(row)?.[1]), 0);
}

describe.each(Object.keys(COMPILERS))('%s', (name) => {
  test.each([
    ['marks', {}],
    ['all functions', { functions: 'all' }],
    ['a pattern', { match: ['*'] }],
  ] as const)('with %s', (_, options: Options) => {
    const [output, inputMap] = COMPILERS[name]?.() ?? ['', ''];
    const result = instrument(output, { file: 'a.js', inputMap, strict: true, ...options });
    expect(result?.diagnostics).toEqual([]);
    const calls = callsOf(result?.code ?? '');
    const expected = { ...MEMBERS, ...(Object.keys(options).length > 0 ? UNMARKED : {}) };
    const found = Object.fromEntries(Object.entries(expected).map(([member, row]) => [member, calls(row)]));
    expect(found).toEqual(
      Object.fromEntries(Object.keys(expected).map((member) => [member, member.endsWith('twice') ? 2 : 1])),
    );
  });
});

test('decorators that a compiler has left where they were are inlined', () => {
  const source =
    "import { monitor } from 'tka-perf';\n@monitor class A { m() {} }\nclass B { @monitor n() {} }\n";
  const { outputText, sourceMapText = '' } = ts.transpileModule(source, {
    fileName: 'a.ts',
    compilerOptions: { ...TS_OPTIONS, target: ts.ScriptTarget.ESNext },
  });
  for (const functions of ['marked', 'all'] as const) {
    const result = instrument(outputText, { file: 'a.js', inputMap: sourceMapText, functions });
    expect(result?.sites.map((site) => site.name)).toEqual(['a.A.m', 'a.B.n']);
    expect(result?.code).not.toContain('@monitor');
  }
});
