import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PACKAGE, reportedRows } from '../hosts/support.ts';
import { node, nodeWell, project, workspace, write } from './project.ts';
import { expectedRows } from './rows.ts';

const TSC = join(PACKAGE, 'node_modules/typescript7/bin/tsc');
const CLI = join(PACKAGE, 'dist/cli/index.cjs');

const OPTIONS = {
  outDir: 'dist',
  rootDir: 'src',
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
  lib: ['ES2022', 'DOM', 'ESNext.Disposable', 'ESNext.Decorators'],
  types: [],
  skipLibCheck: true,
  strict: true,
  jsx: 'react',
  jsxFactory: 'h',
};

/** A decorator that the compiler has lowered measures at run time, where nothing tells the place. */
const loweredDecorators = (target: string): readonly string[] => [
  'Service.start method :0:0 1/0',
  `Service.stop ${target === 'ES2015' ? 'method' : 'async'} :0:0 1/0`,
  'Worker.work method :0:0 1/0',
];

describe('TypeScript 7 and then tka-perf instrument', () => {
  test.each([
    ['module', 'ES2022', { sourceMap: true }],
    ['module', 'ES2022', { sourceMap: true, inlineSources: true, removeComments: true }],
    ['module', 'ESNext', { inlineSourceMap: true, inlineSources: true }],
    ['commonjs', 'ES2017', { sourceMap: true, declaration: true }],
    ['commonjs', 'ES2015', { sourceMap: true, removeComments: true }],
  ])('as %s, target %s, %j: the rows are those of the plugin', (type, target, maps) => {
    // Node does not know decorators, which the newest target leaves as they are.
    const decorated = target === 'ESNext' ? [] : ['main-decorated.ts'];
    const entries = ['main.ts', 'main-modern.ts', ...decorated];
    const root = project(join(workspace('typescript7', { tslib: 'tslib' }), 'project'), {
      'package.json': { type },
      'tsconfig.json': {
        compilerOptions: { ...OPTIONS, ...maps, target },
        files: entries.map((entry) => `src/${entry}`),
      },
    });
    const run = (id: string): string[] =>
      entries.map((entry) =>
        nodeWell(root, ['--enable-source-maps', join('dist', entry.replace('.ts', '.js'))], {
          TKA_PERF_RUN: id,
        }),
      );
    expect(nodeWell(root, [TSC, '-p', '.'])).toBe('');
    const plain = run('plain');
    const instrumented = node(root, [CLI, 'instrument', 'dist']);
    expect(instrumented).toMatchObject({ status: 0, stdout: '' });
    expect(run('instrumented')).toEqual(plain);

    // Older targets make a private method a function whose place the map does not tell. And blocks are marked by
    // nothing but a comment.
    const isLost = (row: string): boolean =>
      (target.startsWith('ES201') && row.includes('#check')) ||
      ('removeComments' in maps && row.startsWith('report.line'));
    expect(reportedRows(root)).toEqual(
      [
        ...expectedRows(entries.slice(0, 2)).filter((row) => !isLost(row)),
        ...(decorated.length > 0 ? loweredDecorators(target) : []),
      ].toSorted(),
    );
  });
});

describe('the plugin under TypeScript 7', () => {
  test('says in one sentence what to do', () => {
    const folder = workspace('typescript7-plugin', { typescript: 'typescript7' });
    write(folder, {
      'build.mjs': `import tkaPerf from 'tka-perf/typescript';
try {
  tkaPerf({ getCurrentDirectory: () => process.cwd() });
} catch (error) {
  console.log(error.name, error.code, error.message);
}
`,
    });
    expect(nodeWell(folder, ['build.mjs'])).toBe(
      'TkaPerfError no-transformers [tka-perf] TypeScript 7.0.2 has no transformer API; build with tsc as before and then run "tka-perf instrument <outDir>"\n',
    );
  });
});
