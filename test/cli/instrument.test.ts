import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { isThere, runCli, temporaryFolder, writeTree } from './support.ts';

const MARKED = '// @monitor\nexport function total(n) {\n  return n * 2;\n}\n';
const PLAIN = 'export const one = 1;\n';

function project(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  writeTree(folder, { 'package.json': '{"type":"module"}', ...files });
  return folder;
}

const textOf = (...path: readonly string[]): string => readFileSync(join(...path), 'utf8');

/** Line and source that a piece of the file's text comes from, by the map beside it or in it. */
function originOf(
  file: string,
  piece: string,
): { readonly source: string | null; readonly line: number | null } {
  const code = textOf(file);
  const url = /\/\/# sourceMappingURL=(.*)\s*$/.exec(code)?.[1] ?? '';
  const json = url.startsWith('data:')
    ? Buffer.from(url.slice(url.indexOf(',') + 1), 'base64').toString('utf8')
    : textOf(file, '..', url);
  const before = code.slice(0, code.indexOf(piece)).split('\n');
  const position = { line: before.length, column: before.at(-1)?.length ?? 0 };
  return originalPositionFor(new TraceMap(json, `file://${file}.map`), position);
}

describe('in place', () => {
  test('writes files in which something is marked, and leaves the others as they are', () => {
    const cwd = project({ 'dist/cart.js': MARKED, 'dist/one.js': PLAIN });
    const before = statSync(join(cwd, 'dist/one.js')).mtimeMs;
    const { code, stdout, stderr } = runCli(['instrument', 'dist'], { cwd });
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: '',
      stderr: '[tka-perf] 1 function in 1 of 2 files instrumented\n',
    });
    expect(textOf(cwd, 'dist/cart.js')).toContain('"tka-perf"');
    expect(textOf(cwd, 'dist/cart.js').split('\n')).toHaveLength(MARKED.split('\n').length);
    expect(textOf(cwd, 'dist/one.js')).toBe(PLAIN);
    expect(statSync(join(cwd, 'dist/one.js')).mtimeMs).toBe(before);
  });

  test('twice is once', () => {
    const cwd = project({ 'cart.js': MARKED });
    runCli(['instrument', 'cart.js'], { cwd });
    const once = textOf(cwd, 'cart.js');
    runCli(['instrument', 'cart.js'], { cwd });
    expect(textOf(cwd, 'cart.js')).toBe(once);
  });

  test('keeps a file executable, and a symbolic link a link', () => {
    const cwd = project({ 'bin/real.js': `#!/usr/bin/env node\n${MARKED}` });
    chmodSync(join(cwd, 'bin/real.js'), 0o755);
    symlinkSync('real.js', join(cwd, 'bin/link.js'));
    expect(runCli(['instrument', 'bin/link.js'], { cwd }).code).toBe(0);
    expect(statSync(join(cwd, 'bin/real.js')).mode & 0o777).toBe(0o755);
    expect(textOf(cwd, 'bin/real.js')).toMatch(/^#!\/usr\/bin\/env node\n.*"tka-perf"/s);
  });

  test('a compiled file behind a link has the names of its source, and its map leads there', () => {
    const map = { version: 3, sources: ['../src/cart.ts'], names: [], mappings: 'AAAA;AACA' };
    const folder = project({
      'real/src/cart.ts': MARKED,
      'real/dist/cart.js': `${MARKED}//# sourceMappingURL=cart.js.map\n`,
      'real/dist/cart.js.map': JSON.stringify(map),
    });
    symlinkSync('real/dist', join(folder, 'link'));
    const cwd = join(folder, 'real');
    expect(runCli(['explain', '../link/cart.js', '--json'], { cwd }).stdout).toContain('"src/cart.');
    expect(runCli(['instrument', '../link/cart.js', '--out-dir', '../out'], { cwd }).code).toBe(0);
    expect(textOf(folder, 'out/cart.js')).toContain('"src/cart.');
    const written = JSON.parse(textOf(folder, 'out/cart.js.map')) as { sources: string[] };
    expect(written.sources).toEqual(['../real/src/cart.ts']);
  });

  test.each([
    ['a file behind a link beside the root', ['../link/src/cart.js'], 'src/cart'],
    ['a root that is a link', ['--root', '../link', 'src/cart.js'], 'src/cart'],
    ['a file that is in the root by a link', ['--root', '..', '../link/src/cart.js'], 'link/src/cart'],
    ['a file that is nowhere in the root', ['--root', '../other', '../link/src/cart.js'], '../link/src/cart'],
  ])('names of %s', (_, words, name) => {
    const folder = project({ 'real/src/cart.js': MARKED, 'other/x.js': PLAIN });
    symlinkSync('real', join(folder, 'link'));
    const cwd = join(folder, 'real');
    const { stdout } = runCli(['explain', ...words, '--json'], { cwd });
    expect(stdout).toContain(`"${name}.`);
    expect(runCli(['instrument', ...words], { cwd }).code).toBe(0);
    expect(textOf(folder, 'real/src/cart.js')).toContain(`"${name}.`);
  });

  test('takes all kinds of sources, and no declarations and no node_modules', () => {
    const typed = MARKED.replace('(n)', '(n: number): number');
    const cwd = project({
      'a.mjs': MARKED,
      'b.cjs': MARKED.replace('export ', ''),
      'c.jsx': MARKED,
      'd.ts': typed,
      'e.mts': typed,
      'f.cts': typed.replace('export ', ''),
      'g.tsx': typed,
      'h.d.ts': '// @monitor\nexport declare function total(n: number): number;\n',
      'node_modules/x/index.js': MARKED,
      'notes.txt': MARKED,
    });
    expect(runCli(['instrument', '.'], { cwd }).stderr).toMatch(
      /^\[tka-perf\] 7 functions in 7 files instrumented\n/,
    );
    expect(textOf(cwd, 'node_modules/x/index.js')).toBe(MARKED);
    expect(textOf(cwd, 'notes.txt')).toBe(MARKED);
  });
});

describe('the runtime is loaded', () => {
  const SCRIPT =
    '// @monitor\nfunction f() {\n  return typeof require === "undefined" ? "esm" : require.main;\n}\n';

  test('by import in a package of modules, whatever the text says, and else by require', () => {
    const cwd = project({ 'a.js': SCRIPT, 'b/package.json': '{}', 'b/a.js': SCRIPT, 'c.cjs': SCRIPT });
    runCli(['instrument', '.'], { cwd });
    const loads = ['a.js', 'b/a.js', 'c.cjs'].map(
      (file) => /import"tka-perf"|require\("tka-perf"\)/.exec(textOf(cwd, file))?.[0],
    );
    expect(loads).toEqual(['import"tka-perf"', 'require("tka-perf")', 'require("tka-perf")']);
  });
});

describe('into another folder', () => {
  test('mirrors the tree and copies what has nothing marked', () => {
    const cwd = project({ 'src/a/cart.js': MARKED, 'src/one.js': PLAIN, 'src/data.json': '{}' });
    const { code, stderr } = runCli(['instrument', 'src', '--out-dir', 'build'], { cwd });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: '[tka-perf] 1 function in 1 of 2 files instrumented\n',
    });
    expect(textOf(cwd, 'src/a/cart.js')).toBe(MARKED);
    expect(textOf(cwd, 'build/a/cart.js')).toContain('"tka-perf"');
    expect(textOf(cwd, 'build/one.js')).toBe(PLAIN);
    expect(isThere(cwd, 'build/data.json')).toBe(false);
  });

  test('says of TypeScript which compilers it is for, and nothing where all of it is as it was', () => {
    const cwd = project({
      'src/cart.mts': MARKED,
      'src/one.tsx': PLAIN,
      'other/one.ts': PLAIN,
      'other/cart.js': MARKED,
    });
    const { stderr } = runCli(['instrument', 'src', '--out-dir', 'build'], { cwd });
    expect(stderr).toBe(
      '[tka-perf] 1 function in 1 of 2 files instrumented\n' +
        '[tka-perf] the TypeScript among them is for compilers that strip types: one that checks them finds fault with it;' +
        ' have that one use tka-perf/typescript, or instrument its output\n',
    );
    expect(runCli(['instrument', 'other', '--out-dir', 'build'], { cwd }).stderr).toBe(
      '[tka-perf] 1 function in 1 of 2 files instrumented\n',
    );
  });

  test('does not instrument its own output again', () => {
    const cwd = project({ 'cart.js': MARKED });
    runCli(['instrument', '.', '--out-dir', 'build'], { cwd });
    runCli(['instrument', '.', '--out-dir', 'build'], { cwd });
    expect(isThere(cwd, 'build/build')).toBe(false);
  });

  test('writes what is in a folder beside that folder', () => {
    const cwd = project({ 'src/cart.js': MARKED });
    const { code, stderr } = runCli(['instrument', 'src', '--out-dir', '.'], { cwd });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: '[tka-perf] 1 function in 1 file instrumented\n',
    });
    expect(readFileSync(join(cwd, 'cart.js'), 'utf8')).toContain('tka-perf');
    expect(readFileSync(join(cwd, 'src/cart.js'), 'utf8')).toBe(MARKED);
  });

  test('refuses to write over another source', () => {
    const cwd = project({ 'src/cart.js': MARKED, 'src/src/cart.js': `${MARKED}// other\n` });
    const { code, stderr } = runCli(['instrument', 'src', '--out-dir', '.'], { cwd });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        '[tka-perf] "src/src/cart.js" would be written over "src/cart.js", which is a source too; instrument into another folder\n',
    });
    expect(readFileSync(join(cwd, 'src/cart.js'), 'utf8')).toBe(MARKED);
  });

  test('refuses two files that would become one', () => {
    const cwd = project({ 'a/cart.js': MARKED, 'b/cart.js': MARKED });
    const { code, stderr } = runCli(['instrument', 'a', 'b', '--out-dir', 'out'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toBe(
      '[tka-perf] "a/cart.js" and "b/cart.js" would both become "out/cart.js"; instrument them into different folders\n',
    );
    expect(isThere(cwd, 'out')).toBe(false);
  });
});

describe('source maps', () => {
  const SOURCE =
    'interface Unused {\n  a: number;\n}\n// @monitor\nexport function total(n: number): number {\n  return n * 21;\n}\n';

  function compiled(options: ts.CompilerOptions): Readonly<Record<string, string>> {
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, ...options };
    const { outputText, sourceMapText } = ts.transpileModule(SOURCE, {
      fileName: 'cart.ts',
      compilerOptions,
    });
    // transpileModule knows no folders; tsc would write this.
    const map = sourceMapText?.replace('"cart.ts"', '"../src/cart.ts"');
    return { 'dist/cart.js': outputText, ...(map ? { 'dist/cart.js.map': map } : {}) };
  }

  test('a map beside the file is composed, and leads to the TypeScript line', () => {
    const cwd = project({ 'src/cart.ts': SOURCE, ...compiled({ sourceMap: true }) });
    expect(runCli(['instrument', 'dist'], { cwd }).code).toBe(0);
    const origin = originOf(join(cwd, 'dist/cart.js'), ' n * 21');
    expect(origin).toMatchObject({ source: `file://${join(cwd, 'src/cart.ts')}`, line: 6 });
  });

  test('a map moves with its file to the output folder', () => {
    const cwd = project({ 'src/cart.ts': SOURCE, ...compiled({ sourceMap: true }) });
    const map = textOf(cwd, 'dist/cart.js.map');
    expect(runCli(['instrument', 'dist', '--out-dir', 'deep/er/out'], { cwd }).code).toBe(0);
    const origin = originOf(join(cwd, 'deep/er/out/cart.js'), ' n * 21');
    expect(origin).toMatchObject({ source: `file://${join(cwd, 'src/cart.ts')}`, line: 6 });
    expect(textOf(cwd, 'dist/cart.js.map')).toBe(map);
  });

  test('so does that of a file in which nothing is marked', () => {
    const files = compiled({ sourceMap: true });
    const cwd = project({ ...files, 'dist/cart.js': (files['dist/cart.js'] ?? '').replace('@monitor', '') });
    expect(runCli(['instrument', 'dist', '--out-dir', 'deep/out'], { cwd }).code).toBe(0);
    const origin = originOf(join(cwd, 'deep/out/cart.js'), ' n * 21');
    expect(origin).toMatchObject({ source: `file://${join(cwd, 'src/cart.ts')}`, line: 6 });
  });

  test('an inline map stays inline', () => {
    const cwd = project(compiled({ inlineSourceMap: true }));
    expect(runCli(['instrument', 'dist'], { cwd }).code).toBe(0);
    expect(textOf(cwd, 'dist/cart.js')).toContain('//# sourceMappingURL=data:application/json');
    expect(isThere(cwd, 'dist/cart.js.map')).toBe(false);
    expect(originOf(join(cwd, 'dist/cart.js'), ' n * 21').line).toBe(6);
  });

  test('none came in: none is written, but for --source-map', () => {
    const cwd = project({ 'cart.js': MARKED });
    runCli(['instrument', 'cart.js', '--out-dir', 'out'], { cwd });
    expect(isThere(cwd, 'out/cart.js.map')).toBe(false);
    expect(textOf(cwd, 'out/cart.js')).not.toContain('sourceMappingURL');
    runCli(['instrument', 'cart.js', '--out-dir', 'out', '--source-map'], { cwd });
    const origin = originOf(join(cwd, 'out/cart.js'), ' n * 2');
    expect(origin).toMatchObject({ source: `file://${join(cwd, 'cart.js')}`, line: 3 });
  });

  test.each([
    ['missing.js.map', 'its source map cannot be read (no such file or directory)'],
    [
      'data:application/json;base64,e30=',
      'its source map cannot be read (it is not a source map of version 3)',
    ],
    [
      'https://example.org/cart.js.map',
      'its source map cannot be read (https://example.org/cart.js.map is not a file)',
    ],
  ])('one that cannot be used (%s) is told, and the file instrumented', (url, reason) => {
    const cwd = project({ 'cart.js': `${MARKED}//# sourceMappingURL=${url}\n` });
    expect(runCli(['instrument', 'cart.js'], { cwd })).toMatchObject({
      code: 0,
      stderr: `cart.js: warning: ${reason}; names and lines are those of this file\n[tka-perf] 1 function in 1 file instrumented\n`,
    });
    expect(textOf(cwd, 'cart.js')).toContain('"tka-perf"');
  });
});

describe('options', () => {
  const TWO = 'export function one() { return 1; }\nfunction two() { return one() + one(); }\n';

  test.each([
    [['--functions', 'exported'], 1],
    [['--functions', 'all'], 2],
    [['--match', 'one', '--match', 'two'], 2],
    [['--functions', 'all', '--include', 'lib/**'], 0],
    [['--functions', 'all', '--exclude', '**/a.js'], 0],
    [['--functions', 'all', '--no-enabled'], 0],
  ])('%s selects %i', (flags, count) => {
    const cwd = project({ 'a.js': TWO });
    const { stderr } = runCli(['instrument', 'a.js', ...flags], { cwd });
    expect(stderr).toContain(`[tka-perf] ${count} function`);
    expect(textOf(cwd, 'a.js') === TWO).toBe(count === 0);
  });

  test('--root is what names are relative to', () => {
    const cwd = project({ 'packages/shop/cart.js': MARKED });
    runCli(['instrument', 'packages', '--root', 'packages'], { cwd });
    expect(textOf(cwd, 'packages/shop/cart.js')).toContain('"shop/cart.total"');
  });

  test('--runtime global imports nothing', () => {
    const cwd = project({ 'cart.js': MARKED });
    runCli(['instrument', 'cart.js', '--runtime', 'global'], { cwd });
    expect(textOf(cwd, 'cart.js')).not.toMatch(/import\s*"tka-perf"/);
  });
});

describe('what is wrong is said', () => {
  const BAD_MARK = MARKED.replace('@monitor', '@monitor threshold=abc');

  test('a bad mark is a warning, and with --strict an error', () => {
    const cwd = project({ 'cart.js': BAD_MARK });
    const loose = runCli(['instrument', 'cart.js', '--out-dir', 'out'], { cwd });
    expect(loose.code).toBe(0);
    expect(loose.stderr).toMatch(/^cart\.js:1:\d+ warning TKA103: bad value "abc" for threshold/);
    const strict = runCli(['instrument', 'cart.js', '--out-dir', 'out', '--strict'], { cwd });
    expect(strict.code).toBe(1);
    expect(strict.stderr).toMatch(/^cart\.js:1:\d+ error TKA103/);
  });

  test('files that cannot be written are told, and no advice to mark functions', () => {
    const cwd = project({ 'cart.js': MARKED, occupied: '' });
    const { code, stderr } = runCli(['instrument', 'cart.js', '--out-dir', 'occupied/out'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^cart\.js: error: .*\n\[tka-perf\] 0 functions in 0 of 1 file instrumented\n$/);
  });

  test('a file that does not parse is left alone, and the others are instrumented', () => {
    const broken = '// @monitor\nfunction ( {\n';
    const cwd = project({ 'a.js': broken, 'b.js': MARKED });
    const { code, stderr } = runCli(['instrument', '.'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^a\.js:.*does not parse/);
    expect(stderr).toContain('[tka-perf] 1 function in 1 of 2 files instrumented');
    expect(textOf(cwd, 'a.js')).toBe(broken);
  });

  test('a file that is not UTF-8 keeps its bytes', () => {
    const cwd = project({});
    const bytes = Buffer.concat([Buffer.from(MARKED), Buffer.from([0x2f, 0x2f, 0xe4, 0x0a])]);
    writeFileSync(join(cwd, 'a.js'), bytes);
    const { code, stderr } = runCli(['instrument', 'a.js'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toContain('a.js: warning: left as it is: it is not UTF-8 text\n');
    expect(readFileSync(join(cwd, 'a.js')).equals(bytes)).toBe(true);
  });

  test('a second time, what was done before is told and left', () => {
    const cwd = project({ 'a.js': MARKED, 'b.js': PLAIN });
    expect(runCli(['instrument', 'a.js', 'b.js'], { cwd }).stderr).toBe(
      '[tka-perf] 1 function in 1 of 2 files instrumented\n',
    );
    const once = readFileSync(join(cwd, 'a.js'), 'utf8');
    const { code, stderr } = runCli(['instrument', 'a.js', 'b.js'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toBe(
      '[tka-perf] 0 functions in 0 of 2 files instrumented; 1 file had been before; mark functions with // @monitor, or select them with --functions or --match\n',
    );
    expect(readFileSync(join(cwd, 'a.js'), 'utf8')).toBe(once);
    expect(runCli(['explain', '.'], { cwd }).stderr).toContain(
      '(1 file instrumented before: explain the sources instead)',
    );
    expect(runCli(['instrument', 'a.js'], { cwd }).stderr).toBe(
      '[tka-perf] 0 functions in 0 of 1 file instrumented; 1 file had been before\n',
    );
  });

  test('files that are left out are told, and what lets them in', () => {
    const cwd = project({ 'a.js': MARKED, 'node_modules/x/index.js': MARKED, 'node_modules/x/b.js': PLAIN });
    const instrument = (...args: string[]): string => runCli(['instrument', ...args], { cwd }).stderr;
    expect(instrument('node_modules/x')).toBe(
      '[tka-perf] 0 functions in 0 of 2 files instrumented; 2 files are below node_modules, which --include "**/node_modules/**" lets in\n',
    );
    expect(instrument('a.js', 'node_modules/x/b.js', '--exclude', 'a.*')).toBe(
      '[tka-perf] 0 functions in 0 of 2 files instrumented; 2 files are left out by what --include and --exclude say\n',
    );
    expect(textOf(cwd, 'node_modules/x/index.js')).toBe(MARKED);
    expect(instrument('node_modules/x', '--include', '**/node_modules/**')).toBe(
      '[tka-perf] 1 function in 1 of 2 files instrumented\n',
    );
    // One that was instrumented before and is left out now is told once.
    expect(instrument('node_modules/x/index.js')).toBe(
      '[tka-perf] 0 functions in 0 of 1 file instrumented; 1 file is below node_modules, which --include "**/node_modules/**" lets in\n',
    );
  });

  test('nothing selected comes with what to do', () => {
    const cwd = project({ 'a.js': PLAIN });
    expect(runCli(['instrument', 'a.js'], { cwd }).stderr).toBe(
      '[tka-perf] 0 functions in 0 of 1 file instrumented; mark functions with // @monitor, or select them with --functions or --match\n',
    );
  });

  test.each([
    [['nowhere'], 2, 'cannot read "nowhere": no such file or directory'],
    [['package.json'], 2, '"package.json" is not a JavaScript or TypeScript file'],
    [['a.d.ts'], 2, '"a.d.ts" only declares types; there is nothing to instrument'],
    [['empty'], 1, 'no JavaScript or TypeScript files in "empty"'],
    [[], 2, 'missing required argument "paths"; see "tka-perf instrument --help"'],
    [
      ['empty', '--functions', 'some'],
      2,
      'option "--functions <which>" argument "some" is invalid; allowed are marked, exported, all',
    ],
  ])('%j gives %i', (args, code, sentence) => {
    const cwd = project({ 'a.d.ts': 'export {};', 'empty/.keep': '' });
    expect(runCli(['instrument', ...args], { cwd })).toEqual({
      code,
      signal: null,
      stdout: '',
      stderr: `[tka-perf] ${sentence}\n`,
    });
  });
});
