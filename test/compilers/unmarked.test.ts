import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runWell } from '../hosts/support.ts';
import { BABELS } from './babel-versions.ts';
import { nodeWell, project, readTree, SOURCES, workspace, write } from './project.ts';
import { install, TOOLCHAINS } from './ts-patch.ts';

/** The example's sources with every mark taken out. */
function unmarked(folder: string, files: Readonly<Record<string, string | object>>): string {
  const root = project(folder, files);
  const texts = Object.entries(readTree(SOURCES, /\.tsx?$/)).map(([path, text]) => [
    `src/${path}`,
    path.includes('decorated') ? '' : text.replaceAll('@monitor', 'monitor'),
  ]);
  write(root, Object.fromEntries(texts) as Record<string, string>);
  return root;
}

/** Everything that was written: code, maps, declarations. */
const written = (root: string): Record<string, string> => readTree(join(root, 'dist'), /\.(?:js|map|ts)$/);

describe('where nothing is marked, the output is byte for byte that without the plugin', () => {
  test.each(TOOLCHAINS.filter(({ skipped }) => skipped === undefined))('$name', (toolchain) => {
    const { folder, tspc, env } = install(toolchain, 'unmarked');
    const [plain, plugged] = [false, true].map((plugin) => {
      const root = unmarked(join(folder, 'project'), {
        'package.json': { type: 'commonjs' },
        'tsconfig.json': {
          compilerOptions: {
            outDir: 'dist',
            rootDir: 'src',
            module: 'NodeNext',
            moduleResolution: 'NodeNext',
            target: 'ES2017',
            lib: ['ES2022', 'DOM'],
            types: [],
            skipLibCheck: true,
            jsx: 'react',
            jsxFactory: 'h',
            sourceMap: true,
            declaration: true,
            plugins: plugin ? [{ transform: 'tka-perf/typescript' }] : [],
          },
          files: ['src/main.ts', 'src/main-modern.ts'],
        },
      });
      runWell(process.execPath, [tspc, '-p', '.'], root, env);
      return written(root);
    });
    expect(Object.keys(plain ?? {})).toContain('orders.js.map');
    expect(plugged).toEqual(plain);
  });

  test.each(BABELS.filter(({ skipped }) => skipped === undefined))('$name', (babel) => {
    const [plain, plugged] = [false, true].map((plugin) => {
      const root = unmarked(join(workspace(`babel${babel.major}-unmarked`), 'project'), {
        'babel.config.json': {
          presets: [
            [babel.resolve('@babel/preset-env'), { targets: 'ie 11' }],
            [
              babel.resolve('@babel/preset-typescript'),
              { jsxPragma: 'h', ...(babel.major === 7 ? { allowDeclareFields: true } : {}) },
            ],
            [babel.resolve('@babel/preset-react'), { runtime: 'classic', pragma: 'h' }],
          ],
          plugins: plugin ? ['tka-perf/babel'] : [],
        },
      });
      nodeWell(root, [babel.cli, 'src', '--out-dir', 'dist', '--source-maps', '--extensions', '.ts,.tsx']);
      return written(root);
    });
    expect(Object.keys(plain ?? {})).toContain('orders.js.map');
    expect(plugged).toEqual(plain);
  });
});

describe('enabled: false', () => {
  test('leaves everything but our decorators as it is', () => {
    const toolchain = TOOLCHAINS[1];
    if (!toolchain) throw new Error('no toolchain');
    const { folder, tspc, env } = install(toolchain, 'disabled');
    const [plain, disabled] = [[], [{ transform: 'tka-perf/typescript', enabled: false }]].map((plugins) => {
      const root = project(join(folder, 'project'), {
        'package.json': { type: 'module' },
        'tsconfig.json': {
          compilerOptions: {
            outDir: 'dist',
            rootDir: 'src',
            module: 'NodeNext',
            moduleResolution: 'NodeNext',
            target: 'ES2022',
            lib: ['ES2022', 'DOM', 'ESNext.Decorators'],
            types: [],
            skipLibCheck: true,
            sourceMap: true,
            jsx: 'react',
            jsxFactory: 'h',
            plugins,
          },
          files: ['src/main.ts', 'src/main-decorated.ts'],
        },
      });
      runWell(process.execPath, [tspc, '-p', '.'], root, env);
      expect(nodeWell(root, ['dist/main-decorated.js'])).toBe('["one started",4,4,["start","stop"]]\n');
      return { ...written(root), 'decorated.js': '', 'decorated.js.map': '' };
    });
    expect(disabled).toEqual(plain);
    const output = readFileSync(join(folder, 'project/dist/decorated.js'), 'utf8');
    expect(output).toContain('_start_decorators = [tag];');
    expect(output).toContain('export class Worker {');
  });
});
