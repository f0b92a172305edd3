import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  CHILDREN,
  emptyProject,
  exampleProject,
  PACKAGE,
  type Ran,
  report,
  reportedRows,
  runWell,
  writeFiles,
} from './support.ts';

const CLI = join(PACKAGE, 'dist/cli/index.cjs');
const APP = '// @monitor\nfunction add(a, b) {\n  return a + b;\n}\nconsole.log(add(1, 2));\n';
const ROW = 'app.add function app.js:2:0 1/0';

/** `tka-perf run -- node …`, which must end well. */
function runNode(root: string, words: readonly string[], cli = CLI): Ran {
  return runWell(process.execPath, [cli, 'run', '--', process.execPath, ...words], root);
}

function project(name: string, files: Readonly<Record<string, string>>): string {
  const root = emptyProject(name);
  writeFiles(root, { 'package.json': '{}', ...files });
  return root;
}

describe('tka-perf run', () => {
  it('leaves TypeScript to a compiler for CommonJS that is required', () => {
    const root = project('run-compiler', {
      'app.ts':
        'enum Color { Red, Green }\n// @monitor\nconst add = (a: number): number => a + Color.Green;\nconsole.log(add(1));\n',
    });
    const { stdout } = runNode(root, ['-r', join(CHILDREN, 'compile-typescript.cjs'), 'app.ts']);
    expect(stdout).toBe('2\n');
    expect(reportedRows(root)).toEqual(['app.add arrow app.ts:3:12 1/0']);
  });

  it('measures ES modules, what they require, and worker threads', () => {
    const root = exampleProject('run-modules');
    runNode(root, ['loaded/plain.mjs', 'worker']);
    expect(report(root).processes).toHaveLength(2);
    expect(reportedRows(root)).toEqual([
      'loaded/lazy.lazy function loaded/lazy.js:2:15 2/0',
      'loaded/legacy.twice arrow loaded/legacy.cjs:2:16 2/0',
    ]);
  });

  it('measures child processes', () => {
    const spawn =
      "require('node:child_process').spawnSync(process.execPath, ['app.js'], { stdio: 'inherit' });";
    const root = project('run-children', { 'app.js': APP, 'start.js': spawn });
    expect(runNode(root, ['start.js']).stdout).toBe('3\n');
    expect(reportedRows(root)).toEqual([ROW]);
  });

  it('measures a CommonJS program where Node was told to require no ES modules', () => {
    const root = project('run-refused', { 'app.js': APP });
    runNode(root, ['--no-experimental-require-module', 'app.js']);
    expect(reportedRows(root)).toEqual([ROW]);
  });

  it("imports the loader below Yarn's Plug'n'Play, which requires no ES modules", () => {
    const root = project('run-pnp', {
      '.pnp.cjs': '',
      'src/print.js': 'console.log(process.env.NODE_OPTIONS);',
    });
    expect(runNode(root, ['src/print.js']).stdout).toMatch(/^--import file:\S+\/register\.js\n$/);
  });

  it('works in a folder with a space in its name', () => {
    const root = project('run space', { 'app.js': APP });
    const installed = join(root, 'node_modules/own copy');
    cpSync(join(PACKAGE, 'dist'), join(installed, 'dist'), { recursive: true });
    cpSync(join(PACKAGE, 'package.json'), join(installed, 'package.json'));
    runNode(root, ['app.js'], join(installed, 'dist/cli/index.cjs'));
    expect(reportedRows(root)).toEqual([ROW]);
  });
});
