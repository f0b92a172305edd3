/** A `yield*` stands in a stack where its argument names what it calls: the maps of all printers lead there. */
import { transformSync } from '@babel/core';
import { originalPositionFor, type SourceMapInput, TraceMap } from '@jridgewell/trace-mapping';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import babelPlugin from '../../transformer/babel.ts';
import { instrument } from '../../transformer/index.ts';
import typescriptPlugin from '../../transformer/typescript.ts';

const SOURCE = `// @monitor-file
function* close() { yield*one(); }
function* apart() { const a =   yield*   /* all */  one(two()); return a; }
function* member() { yield* three().four; }
function* method() { yield* this.sides.seven(this); }
function* computed() { yield* this[8](/**/); }
async function* waits() { yield* await five(); }
function* next() { yield*
  six(); }
`;

/** Where V8 says that each of them is: line and column. */
const PLACES = ['one();', 'one(two', 'four', 'seven', '(/**/)', 'await', 'six'].map((begin) => {
  const before = SOURCE.slice(0, SOURCE.indexOf(begin)).split('\n');
  return `${before.length}:${before.at(-1)?.length}`;
});
const DELEGATION = /yield\s*\*\s*(?:\/\*.*?\*\/\s*)?\$\w+\.suspend\(/g;
const OPTIONS = { root: '/p' } as const;

const PRINTERS: Readonly<Record<string, () => readonly [string, unknown]>> = {
  text: () => {
    const result = instrument(SOURCE, { ...OPTIONS, file: '/p/a.ts' });
    return [result?.code ?? '', result?.map];
  },
  babel: () => {
    const plugins = [[babelPlugin, OPTIONS]];
    const settings = { filename: '/p/a.js', sourceMaps: true, configFile: false, babelrc: false, plugins };
    const result = transformSync(SOURCE, settings);
    return [result?.code ?? '', result?.map];
  },
  typescript: () => {
    const extras = { ts: ts as never, addDiagnostic: () => 0 };
    const before = [typescriptPlugin({ getCurrentDirectory: () => '/p' }, OPTIONS, extras)];
    const { outputText, sourceMapText } = ts.transpileModule(SOURCE, {
      fileName: '/p/a.ts',
      compilerOptions: { sourceMap: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
      transformers: { before: before as never },
    });
    return [outputText, JSON.parse(sourceMapText ?? '{}')];
  },
};

describe.each(Object.keys(PRINTERS))('the map of %s', (name) => {
  test('leads from where V8 places a delegation to its argument', () => {
    const [code, map] = PRINTERS[name]?.() ?? ['', {}];
    const traced = new TraceMap(map as SourceMapInput);
    const places = Array.from(code.matchAll(DELEGATION), ({ 0: text, index }) => {
      // V8 takes the place of the called name.
      const before = code.slice(0, index + text.lastIndexOf('suspend(')).split('\n');
      const at = { line: before.length, column: before.at(-1)?.length ?? 0 };
      const { line, column } = originalPositionFor(traced, at);
      return `${line}:${column}`;
    });
    expect(places.toSorted()).toEqual(PLACES.toSorted());
  });
});
