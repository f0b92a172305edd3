import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reportedRows } from '../hosts/support.ts';
import { nodeWell, project, workspace } from './project.ts';
import { expectedRows } from './rows.ts';

const BUILD = `import webpack from 'webpack';
import tkaPerf from 'tka-perf/typescript';

const entries = { main: './src/main.ts', modern: './src/main-modern.ts', decorated: './src/main-decorated.ts' };
const compiler = webpack({
  context: process.cwd(),
  mode: 'development',
  devtool: 'source-map',
  target: 'node20',
  entry: entries,
  output: { path: process.cwd() + '/dist', filename: '[name].cjs' },
  resolve: { extensions: ['.ts', '.tsx', '.js'], extensionAlias: { '.js': ['.ts', '.tsx', '.js'] } },
  module: {
    rules: [
      {
        test: /\\.tsx?$/,
        loader: 'ts-loader',
        options: {
          transpileOnly: process.argv[2] === 'transpileOnly',
          getCustomTransformers: (program) => ({ before: [tkaPerf(program)] }),
        },
      },
    ],
  },
});
compiler.run((error, stats) => {
  if (error || stats.hasErrors()) {
    console.log(error ?? stats.toString());
    process.exitCode = 1;
  }
  compiler.close(() => {});
});
`;

test.each(['typechecked', 'transpileOnly'])('webpack with ts-loader, %s: the rows are the same', (mode) => {
  const folder = workspace(`ts-loader-${mode}`, {
    typescript: 'typescript',
    webpack: 'webpack',
    'ts-loader': 'ts-loader',
  });
  const root = project(join(folder, 'project'), {
    'package.json': { type: 'module' },
    'tsconfig.json': {
      compilerOptions: {
        module: 'ESNext',
        moduleResolution: 'bundler',
        target: 'ES2022',
        lib: ['ES2022', 'DOM', 'ESNext.Decorators'],
        types: [],
        skipLibCheck: true,
        jsx: 'react',
        jsxFactory: 'h',
        sourceMap: true,
      },
      include: ['src'],
    },
    'build.mjs': BUILD,
  });
  expect(nodeWell(root, ['build.mjs', mode])).toBe('');
  for (const entry of ['main', 'modern', 'decorated'])
    nodeWell(root, ['--enable-source-maps', `dist/${entry}.cjs`], { TKA_PERF_RUN: 'one' });
  expect(reportedRows(root)).toEqual(expectedRows(['main.ts', 'main-modern.ts', 'main-decorated.ts']));
});
