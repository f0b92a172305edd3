import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PACKAGE, reportedRows, runWell } from '../hosts/support.ts';
import { node, nodeWell, write } from './project.ts';
import { install, type Installed, titleOf, TOOLCHAINS } from './ts-patch.ts';

const MARKED = '// @monitor\nexport function twice(n: number): number {\n  return n * 2;\n}\n';
const PLAIN = MARKED.replace('// @monitor', '// nothing');
const MAIN = "import { twice } from './twice.js';\nconsole.log(twice(21));\n";
const ROW = 'src/twice.twice function src/twice.ts:2:7 1/0';

const CONFIG = {
  outDir: 'dist',
  rootDir: 'src',
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
  target: 'ES2022',
  lib: ['ES2022', 'DOM'],
  types: [],
  skipLibCheck: true,
  strict: true,
  plugins: [{ transform: 'tka-perf/typescript' }],
};

for (const toolchain of TOOLCHAINS) {
  describe.skipIf(toolchain.skipped !== undefined)(`${titleOf(toolchain)}`, () => {
    test('installed persistently, plain tsc instruments', () => {
      const installed = install(toolchain, 'persistent');
      const { folder, typescript } = installed;
      const patcher = join(PACKAGE, 'node_modules', toolchain.tsPatch, 'bin/ts-patch.js');
      runWell(process.execPath, [patcher, 'install', '--dir', folder, '--silent'], folder);
      const root = small(installed);
      expect(nodeWell(root, [join(typescript, 'bin/tsc'), '-p', '.'])).toBe('');
      expect(nodeWell(root, ['dist/main.js'])).toBe('42\n');
      expect(reportedRows(root)).toEqual([ROW]);
    });

    test('--incremental: a file is built anew when its mark changes, and only then', () => {
      const installed = install(toolchain, 'incremental');
      const root = small(installed, { incremental: true, tsBuildInfoFile: 'dist/info' });
      const build = (): string => {
        runWell(process.execPath, [installed.tspc, '-p', '.'], root, installed.env);
        return readFileSync(join(root, 'dist/twice.js'), 'utf8');
      };
      const marked = build();
      expect(marked).toContain('tka-perf');
      expect(build()).toBe(marked);
      write(root, { 'src/twice.ts': PLAIN });
      expect(build()).not.toContain('tka-perf');
      write(root, { 'src/twice.ts': MARKED });
      expect(build()).toBe(marked);
    });
  });
}

const [, newest] = TOOLCHAINS;

describe('tspc of TypeScript 5.9', () => {
  if (!newest) throw new Error('no toolchain');

  test('--watch: an edited mark takes effect', async () => {
    const installed = install(newest, 'watch');
    const root = small(installed);
    const output = join(root, 'dist/twice.js');
    const { TKA_PERF_DIR: _dir, NODE_OPTIONS: _options, ...env } = process.env;
    const watcher = spawn(process.execPath, [installed.tspc, '--watch', '--preserveWatchOutput', '-p', '.'], {
      cwd: root,
      env: { ...env, ...installed.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    watcher.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    watcher.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const builds = (count: number): Promise<void> =>
      until(
        () => said.split('Watching for file changes').length > count,
        () => said,
      );
    try {
      await builds(1);
      expect(readFileSync(output, 'utf8')).toContain('tka-perf');
      write(root, { 'src/twice.ts': PLAIN });
      await builds(2);
      expect(readFileSync(output, 'utf8')).not.toContain('tka-perf');
      write(root, { 'src/twice.ts': MARKED.replace('@monitor', '@monitor name="edited" treshold=1') });
      await builds(3);
      expect(readFileSync(output, 'utf8')).toContain('"edited"');
      expect(said.match(/warning TKA102: unknown option "treshold"/g)).toHaveLength(1);
    } finally {
      const ended = new Promise((resolve) => watcher.once('exit', resolve));
      watcher.kill();
      await ended;
    }
    nodeWell(root, ['dist/main.js']);
    expect(reportedRows(root)).toEqual(['edited function src/twice.ts:2:7 1/0']);
  });

  test('composite project references: tsc -b instruments each project, names from its own root', () => {
    const { folder, tspc, env } = install(newest, 'composite');
    const root = join(folder, 'project');
    const compilerOptions = { ...CONFIG, composite: true, declarationMap: true };
    write(root, {
      'package.json': { type: 'module' },
      'tsconfig.json': { files: [], references: [{ path: 'app' }] },
      'lib/tsconfig.json': { compilerOptions, include: ['src'] },
      'lib/src/twice.ts': MARKED,
      'app/tsconfig.json': {
        compilerOptions: { ...compilerOptions, plugins: [{ ...CONFIG.plugins[0], root }] },
        references: [{ path: '../lib' }],
        include: ['src'],
      },
      'app/src/main.ts':
        "import { twice } from '../../lib/src/twice.js';\n// @monitor\nconst show = (n: number): void => console.log(n);\nshow(twice(21));\n",
    });
    runWell(process.execPath, [tspc, '-b'], root, env);
    expect(existsSync(join(root, 'lib/dist/twice.d.ts'))).toBe(true);
    // The output imports the source's path: what a bundler or path mapping would do is done by hand here.
    write(root, { 'lib/src/twice.js': readFileSync(join(root, 'lib/dist/twice.js'), 'utf8') });
    expect(nodeWell(root, ['app/dist/main.js'])).toBe('42\n');
    expect(reportedRows(root)).toEqual([
      'app/src/main.show arrow app/src/main.ts:3:13 1/0',
      'src/twice.twice function src/twice.ts:2:7 1/0',
    ]);
    // Nothing changed: nothing is built.
    expect(nodeWell(root, [tspc, '-b', '--verbose'], env)).toMatch(/app\/tsconfig.json' is up to date/);
  });

  test('a mistake in the options ends the build with one sentence that names it', () => {
    const installed = install(newest, 'options-mistake');
    const root = small(installed, { plugins: [{ transform: 'tka-perf/typescript', fucntions: 'all' }] });
    const { status, stdout, stderr } = node(root, [installed.tspc, '-p', '.'], installed.env);
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain('[tka-perf] unknown option "fucntions"; did you mean "functions"?');
  });

  test('strict: a mark that is wrong fails the build as a TypeScript error', () => {
    const installed = install(newest, 'strict');
    const root = small(installed, { plugins: [{ transform: 'tka-perf/typescript', strict: true }] });
    write(root, { 'src/twice.ts': MARKED.replace('@monitor', '@monitor treshold=1') });
    const { status, stdout } = node(root, [installed.tspc, '-p', '.'], installed.env);
    expect(status).toBe(2);
    expect(stdout).toMatch(/^src\/twice.ts\(1,1\): error .*unknown option "treshold"/);
  });
});

/** A project of two files in the toolchain's folder. */
function small({ folder }: Installed, options: object = {}): string {
  const root = join(folder, 'small');
  write(root, {
    'package.json': { type: 'module' },
    'tsconfig.json': { compilerOptions: { ...CONFIG, ...options }, include: ['src'] },
    'src/twice.ts': MARKED,
    'src/main.ts': MAIN,
  });
  return root;
}

/** Waits for something that another process does. */
async function until(isDone: () => boolean, describeState: () => string): Promise<void> {
  for (let waited = 0; !isDone(); waited++) {
    if (waited > 600) throw new Error(`waited in vain: ${describeState()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
