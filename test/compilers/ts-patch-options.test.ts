import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { reportedRows, run, runWell } from '../hosts/support.ts';
import { nodeWell, project, readTree, write } from './project.ts';
import { expectedRows } from './rows.ts';
import { type Traced, traceFile } from './tracing.ts';
import { install, type Installed, titleOf, TOOLCHAINS } from './ts-patch.ts';

/** Compiler options, as one project sets them. */
interface Variant {
  readonly name: string;
  readonly type: 'module' | 'commonjs';
  readonly options: Readonly<Record<string, unknown>>;
  readonly entries: readonly string[];
  /** TypeScript versions that it is tried with: what is likely to differ between them, not everything with each. */
  readonly versions: readonly number[];
}

const VARIANTS: readonly Variant[] = [
  {
    name: 'module CommonJS, target ES5, downlevelIteration',
    type: 'commonjs',
    options: { module: 'CommonJS', moduleResolution: 'node', target: 'ES5', downlevelIteration: true },
    entries: ['main.ts'],
    versions: [5, 5.9],
  },
  {
    name: 'module CommonJS, target ES2015, importHelpers, experimentalDecorators, emitDecoratorMetadata',
    type: 'commonjs',
    options: {
      module: 'CommonJS',
      moduleResolution: 'node',
      target: 'ES2015',
      importHelpers: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
    entries: ['main.ts', 'main-modern.ts', 'main-decorated.ts', 'main-decorated-types.ts'],
    versions: [5, 5.9, 6],
  },
  {
    name: 'module NodeNext (ES modules), target ES2017, isolatedModules, standard decorators',
    type: 'module',
    options: { module: 'NodeNext', moduleResolution: 'NodeNext', target: 'ES2017', isolatedModules: true },
    entries: ['main.ts', 'main-modern.ts', 'main-decorated.ts'],
    versions: [5, 5.9],
  },
  {
    name: 'module NodeNext (CommonJS), target ES2022',
    type: 'commonjs',
    options: { module: 'NodeNext', moduleResolution: 'NodeNext', target: 'ES2022' },
    entries: ['main.ts', 'main-modern.ts', 'main-decorated.ts'],
    versions: [5.9, 6],
  },
  {
    name: 'module ESNext, target ESNext, verbatimModuleSyntax',
    type: 'module',
    options: { module: 'ESNext', moduleResolution: 'bundler', target: 'ESNext', verbatimModuleSyntax: true },
    entries: ['main.ts', 'main-modern.ts'],
    versions: [5.9],
  },
  {
    name: 'module Preserve, target ES2022',
    type: 'module',
    options: { module: 'Preserve', moduleResolution: 'bundler', target: 'ES2022' },
    entries: ['main.ts', 'main-modern.ts', 'main-decorated.ts'],
    versions: [5.9, 6],
  },
];

for (const toolchain of TOOLCHAINS) {
  describe.skipIf(toolchain.skipped !== undefined)(`${titleOf(toolchain)}`, () => {
    let installed: Installed;
    beforeAll(() => {
      installed = install(toolchain, 'options');
    });
    const version = Number(/[\d.]+$/.exec(toolchain.name)?.[0]);
    test.each(VARIANTS.filter(({ versions }) => versions.includes(version)))('$name', (variant) => {
      const plain = build(installed, variant, version, false);
      const instrumented = build(installed, variant, version, true);
      expect(instrumented.outputs).toEqual(plain.outputs);
      expect(instrumented.declarations).toEqual(plain.declarations);
      expect(Object.keys(plain.declarations)).toContain('orders.d.ts');

      const isLeftAlone = (row: string): boolean => version < 5.2 && row.includes('Cart.constructor');
      expect(instrumented.said).toMatch(
        version < 5.2 ? /^src\/orders.ts\(73,3\): warning TKA208: .*\n$/ : /^$/,
      );
      expect(reportedRows(instrumented.root)).toEqual(
        expectedRows(variant.entries).filter((row) => !isLeftAlone(row)),
      );

      for (const [file, { right }] of Object.entries(plain.traced)) {
        expect(right.size).toBeGreaterThan(10);
        const lost = [...right].filter((token) => !instrumented.traced[file]?.right.has(token));
        // Decorators that were inlined are gone.
        expect({ file, lost: lost.filter((token) => !/^(?:monitor|threshold) /.test(token)) }).toEqual({
          file,
          lost: [],
        });
      }
    });
  });
}

test('an option that is not valid is an error of the compiler, in one line', () => {
  const [toolchain] = TOOLCHAINS.filter(({ skipped }) => skipped === undefined);
  if (!toolchain) throw new Error('no compiler runs on this Node');
  const { folder, tspc, env } = install(toolchain, 'bad-option');
  const root = join(folder, 'project');
  write(root, {
    'src/a.ts': '// @monitor\nexport const one = (): number => 1;\n',
    'tsconfig.json': {
      compilerOptions: {
        outDir: 'dist',
        rootDir: 'src',
        types: [],
        target: 'ES2022',
        module: 'NodeNext',
        plugins: [{ transform: 'tka-perf/typescript', functons: 'all' }],
      },
      files: ['src/a.ts'],
    },
  });
  const { status, stdout, stderr } = run(process.execPath, [tspc, '-p', '.'], root, env);
  expect([stdout, stderr, status]).toEqual([
    'error TS401: [tka-perf] unknown option "functons"; did you mean "functions"?\n',
    '',
    2,
  ]);
});

interface Build {
  readonly root: string;
  /** What the compiler printed. */
  readonly said: string;
  /** What the entries print, stacks of errors through the source maps among it. */
  readonly outputs: readonly string[];
  readonly declarations: Readonly<Record<string, string>>;
  readonly traced: Readonly<Record<string, Traced>>;
}

function build({ folder, tspc, env }: Installed, variant: Variant, version: number, plugin: boolean): Build {
  const root = project(join(folder, plugin ? 'instrumented' : 'plain'), {
    'package.json': { type: variant.type },
    'tsconfig.json': config(variant, plugin, version),
  });
  const { stdout, stderr } = runWell(process.execPath, [tspc, '-p', '.'], root, env);
  const dist = join(root, 'dist');
  const files = Object.keys(readTree(dist, /^(?:orders|view|modern|decorated)\.js$/));
  return {
    root,
    said: stdout + stderr,
    outputs: variant.entries.map((entry) =>
      nodeWell(root, ['--enable-source-maps', join('dist', entry.replace('.ts', '.js'))], {
        TKA_PERF_RUN: 'one',
      }),
    ),
    declarations: readTree(dist, /\.d\.ts$/),
    traced: Object.fromEntries(files.map((file) => [file, traceFile(join(dist, file))])),
  };
}

function config({ options, entries }: Variant, plugin: boolean, version: number): object {
  return {
    compilerOptions: {
      outDir: 'dist',
      rootDir: 'src',
      strict: true,
      lib: ['ES2022', 'DOM', ...(version >= 5.2 ? ['ESNext.Disposable', 'ESNext.Decorators'] : [])],
      types: [],
      skipLibCheck: true,
      sourceMap: true,
      declaration: true,
      jsx: 'react',
      jsxFactory: 'h',
      ...options,
      ...(version >= 6 ? { ignoreDeprecations: '6.0' } : {}),
      plugins: plugin ? [{ transform: 'tka-perf/typescript' }] : [],
    },
    files: entries.map((entry) => `src/${entry}`),
  };
}
