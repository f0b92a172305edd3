import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TransformOptions, transformSync } from '@babel/core';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import babelPlugin from '../../transformer/babel.ts';
import { reportedRows } from '../hosts/support.ts';
import { type BabelVersion, BABELS } from './babel-versions.ts';
import { node, nodeWell, project, readTree, workspace, write } from './project.ts';
import { expectedRows } from './rows.ts';
import { type Traced, traceFile } from './tracing.ts';

/** A Babel configuration. */
interface Variant {
  readonly name: string;
  readonly type: 'module' | 'commonjs';
  readonly presets: (babel: BabelVersion) => readonly unknown[];
  readonly plugins: (babel: BabelVersion) => readonly unknown[];
  /** Where our plugin stands among the others. */
  readonly order: 'first' | 'last';
}

const sources = (babel: BabelVersion): readonly unknown[] => [
  [
    babel.resolve('@babel/preset-typescript'),
    { jsxPragma: 'h', ...(babel.major === 7 ? { allowDeclareFields: true } : {}) },
  ],
  [babel.resolve('@babel/preset-react'), { runtime: 'classic', pragma: 'h' }],
];
const es5 = (babel: BabelVersion): readonly unknown[] => [
  [babel.resolve('@babel/preset-env'), { targets: 'ie 11', modules: 'commonjs' }],
  ...sources(babel),
];
const decorators = (version: 'legacy' | '2023-11') => (babel: BabelVersion) => [
  [babel.resolve('@babel/plugin-proposal-decorators'), { version }],
];

const VARIANTS: readonly Variant[] = [
  {
    name: 'preset-typescript, preset-react, decorators of 2023-11; our plugin first',
    type: 'module',
    presets: sources,
    plugins: decorators('2023-11'),
    order: 'first',
  },
  {
    name: 'preset-env for ES5, preset-typescript, preset-react, legacy decorators; our plugin first',
    type: 'commonjs',
    presets: es5,
    plugins: decorators('legacy'),
    order: 'first',
  },
  {
    name: 'preset-env for ES5, preset-typescript, preset-react, decorators of 2023-11; our plugin last',
    type: 'commonjs',
    presets: es5,
    plugins: decorators('2023-11'),
    order: 'last',
  },
  {
    name: 'preset-typescript, preset-react, legacy decorators; our plugin last',
    type: 'module',
    presets: sources,
    plugins: decorators('legacy'),
    order: 'last',
  },
];

const ENTRIES = ['main.ts', 'main-modern.ts', 'main-decorated.ts'];

for (const babel of BABELS) {
  describe.skipIf(babel.skipped !== undefined)(`${babel.name}`, () => {
    test.each(VARIANTS)('$name', (variant) => {
      const plain = build(babel, variant, false);
      const instrumented = build(babel, variant, true);
      expect(instrumented.outputs).toEqual(plain.outputs);
      expect(reportedRows(instrumented.root)).toEqual(expectedRows(ENTRIES));
      for (const [file, { right }] of Object.entries(plain.traced)) {
        const lost = [...right].filter((token) => !instrumented.traced[file]?.right.has(token));
        // Decorators that were inlined are gone.
        expect({ file, lost: lost.filter((token) => !/^(?:monitor|threshold) /.test(token)) }).toEqual({
          file,
          lost: [],
        });
      }
    });

    // Babel takes each file for a module unless it is told otherwise.
    test.each(['module', 'unambiguous'])('alone, on plain JavaScript of both kinds; %s', (sourceType) => {
      const root = join(workspace(`babel${babel.major}-alone-${sourceType}`), 'project');
      write(root, {
        'package.json': { type: 'module' },
        'babel.config.json': { plugins: ['tka-perf/babel'], sourceType },
        'src/main.js':
          "import { createRequire } from 'node:module';\n// @monitor\nconst call = (f) => f(20);\nconst { twice } = createRequire(import.meta.url)('./twice.cjs');\nconsole.log(call(twice));\n",
        'src/twice.cjs': "'use strict';\n// @monitor\nexports.twice = function (n) {\n  return n * 2;\n};\n",
      });
      compile(babel, root);
      const run = nodeWell(root, ['dist/main.js']);
      expect(run).toBe('40\n');
      expect(reportedRows(root)).toEqual([
        'src/main.call arrow src/main.js:3:13 1/0',
        'src/twice.twice function src/twice.cjs:3:16 1/0',
      ]);
    });

    test('a mark that is wrong is a warning with a code frame, and an error where strict', () => {
      const root = join(workspace(`babel${babel.major}-warning`), 'project');
      const config = (options: object): object => ({ plugins: [['tka-perf/babel', options]] });
      write(root, {
        'package.json': { type: 'module' },
        'babel.config.json': config({}),
        'src/a.js': '\n// @monitor treshold=1\nexport function f() {}\n',
      });
      const { status, stderr } = node(root, [babel.cli, 'src', '--out-dir', 'dist']);
      expect(status).toBe(0);
      expect(stderr).toMatch(
        /src\/a\.js:2:1 warning.*TKA102: unknown option "treshold".*\n(?:.*\n)*> 2 \| \/\/ @monitor/,
      );
      write(root, { 'babel.config.json': config({ strict: true }) });
      const strict = node(root, [babel.cli, 'src', '--out-dir', 'dist']);
      expect(strict.status).not.toBe(0);
      expect(strict.stderr).toContain('unknown option "treshold"');
    });

    test('a map that came with the source is chained to the original', () => {
      const root = join(workspace(`babel${babel.major}-chain`), 'project');
      // What a compiler made of line 5 of a file that is not there any more.
      const map = {
        version: 3,
        sources: ['../ts/a.ts'],
        sourcesContent: ['\n\n\n\nfunction f() {}'],
        names: [],
        mappings: ';AAIA',
      };
      write(root, {
        'package.json': { type: 'module' },
        'babel.config.json': { plugins: ['tka-perf/babel'] },
        'src/a.js': `// @monitor\nfunction f() {}\nf();\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}\n`,
      });
      compile(babel, root);
      const written = JSON.parse(readFileSync(join(root, 'dist/a.js.map'), 'utf8')) as { sources: string[] };
      expect(written.sources).toHaveLength(1);
      expect(written.sources[0]).toMatch(/ts\/a\.ts$/);
      nodeWell(root, ['dist/a.js']);
      expect(reportedRows(root)).toEqual(['ts/a.f function ts/a.ts:5:0 1/0']);
    });
  });
}

interface Build {
  readonly root: string;
  /** What the entries print, stacks of errors through the source maps among it. */
  readonly outputs: readonly string[];
  readonly traced: Readonly<Record<string, Traced>>;
}

function build(babel: BabelVersion, variant: Variant, plugin: boolean): Build {
  const folder = workspace(`babel${babel.major}-${plugin ? 'instrumented' : 'plain'}`);
  const others = variant.plugins(babel);
  const ours = plugin ? ['tka-perf/babel'] : [];
  const root = project(join(folder, 'project'), {
    'package.json': { type: variant.type },
    'babel.config.json': {
      presets: variant.presets(babel),
      plugins: variant.order === 'first' ? [...ours, ...others] : [...others, ...ours],
    },
  });
  compile(babel, root);
  const dist = join(root, 'dist');
  const files = Object.keys(readTree(dist, /^(?:orders|view|modern|decorated)\.js$/));
  return {
    root,
    outputs: ENTRIES.map((entry) =>
      nodeWell(root, ['--enable-source-maps', join('dist', entry.replace('.ts', '.js'))], {
        TKA_PERF_RUN: 'one',
      }),
    ),
    traced: Object.fromEntries(files.map((file) => [file, traceFile(join(dist, file))])),
  };
}

function compile({ cli }: BabelVersion, root: string): void {
  nodeWell(root, [
    cli,
    'src',
    '--out-dir',
    'dist',
    '--source-maps',
    '--extensions',
    '.js,.cjs,.ts,.tsx',
    ...(readTree(join(root, 'src'), /\.cjs$/)['twice.cjs'] === undefined ? [] : ['--keep-file-extension']),
  ]);
}

test('what another loader has compiled before has the lines of its source', () => {
  const source = 'interface A {\n  b: number;\n}\n// @monitor\nexport function f(a: A) {\n  return a.b;\n}\n';
  const { outputText, sourceMapText = '' } = ts.transpileModule(source, {
    fileName: '/p/src/a.ts',
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, sourceMap: true },
  });
  const inputSourceMap = {
    ...(JSON.parse(sourceMapText) as NonNullable<TransformOptions['inputSourceMap']>),
    sources: ['/p/src/a.ts'],
  };
  const result = transformSync(outputText.replace(/^.*sourceMappingURL.*$/m, ''), {
    filename: '/p/src/a.ts',
    cwd: '/p',
    configFile: false,
    babelrc: false,
    inputSourceMap: { ...inputSourceMap, sourcesContent: [source] },
    plugins: [[babelPlugin, { root: '/p' }]],
  });
  expect(result?.code).toMatch(/\["src\/a\.f",\s*"function",\s*5,\s*7\b/);
});

test('what is no file, as Metro’s polyfills, is left alone', () => {
  const compile = (filename: string): string | null | undefined =>
    transformSync('// @monitor\nfunction f() {}', {
      filename,
      configFile: false,
      babelrc: false,
      plugins: [[babelPlugin, { functions: 'all' }]],
    })?.code;
  expect(compile('\0polyfill:external-require')).toBe('// @monitor\nfunction f() {}');
  expect(compile('polyfill.js')).toContain('tka-perf');
});
