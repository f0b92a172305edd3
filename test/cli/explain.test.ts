import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { instrument, type Verdict } from '../../transformer/index.ts';
import { aggregate, line, runCli, temporaryFolder, writerRecords, writeTree } from './support.ts';

const CART = '// @monitor\nexport class Cart {\n  total() {}\n}\nexport function helper() {}\n';

function project(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  writeTree(folder, { 'package.json': '{"type":"module"}', ...files });
  return folder;
}

describe('explain', () => {
  test('says why an export that compilers write is left alone, which builds do not', () => {
    const define =
      'Object.defineProperty(exports, "a", { enumerable: true, get: function () { return b.a; } });';
    const cwd = temporaryFolder();
    writeTree(cwd, { 'a.cjs': `var b = require('./b');\n${define}\n` });
    const all = ['a.cjs', '--functions', 'all'];
    expect(runCli(['explain', ...all], { cwd }).stdout).toContain('left alone: Node reads the names');
    expect(runCli(['instrument', ...all], { cwd }).stderr).not.toContain('TKA209');
  });

  test('says of each function why it is left alone, which builds say of the first alone', () => {
    const cwd = project({
      'a.ts': `${['f', 'g'].map((name) => `function ${name}(own) { let own; }`).join('\n')}\n`,
    });
    const all = ['a.ts', '--functions', 'all'];
    const { stdout } = runCli(['explain', ...all], { cwd });
    const told = stdout.split('\n').filter((text) => text.includes('left alone'));
    expect(told.map((text) => text.trim())).toEqual(
      ['a.f', 'a.g'].map(
        (name) =>
          `TKA210: "${name}" is left alone: it declares its parameter "own" again, which is a SyntaxError`,
      ),
    );
    const { stderr } = runCli(['instrument', ...all], { cwd });
    expect(stderr.match(/TKA210: .*/g)).toEqual([
      'TKA210: "a.f" is left alone (the first of 2 such functions in this file): it declares its parameter "own" again, which is a SyntaxError',
    ]);
  });

  test('tells a file function by function, with source lines', () => {
    const cwd = project({ 'src/cart.ts': CART });
    const { code, stdout } = runCli(['explain', 'src/cart.ts'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        'src/cart.ts: 1 of 2 functions instrumented',
        '',
        '  src/cart.Cart.total  3:3',
        '    total() {}',
        '    instrumented: its class is marked',
        '',
        '  src/cart.helper  5:8',
        '    export function helper() {}',
        '    not instrumented: no mark and no option selects it',
        '',
      ].join('\n'),
    );
  });

  test('finds a function by name in all sources, and says what an option would do', () => {
    const cwd = project({ 'src/cart.ts': CART, 'src/other.ts': 'export const helperless = 1;\n' });
    expect(runCli(['explain', 'helper', '--functions', 'exported'], { cwd }).stdout).toContain(
      'instrumented: functions: exported selects it',
    );
    expect(runCli(['explain', '*.total'], { cwd }).stdout).toContain('src/cart.Cart.total');
  });

  describe('of a compiler’s output', () => {
    const SOURCE = `${CART.replace('total() {}', 'get total(): number {\n    return 1;\n  }')}// @monitor\nconst late = (): void => {};\n`;
    /** As `instrument` names them. */
    const NAMES = ['src/cart.Cart.get total', 'src/cart.late'];

    const compiled = (changes: ts.CompilerOptions): string => {
      const { outputText, sourceMapText = '' } = ts.transpileModule(SOURCE, {
        fileName: 'cart.ts',
        compilerOptions: {
          module: ts.ModuleKind.ESNext,
          target: ts.ScriptTarget.ES2022,
          sourceMap: true,
          ...changes,
        },
      });
      const map = { ...JSON.parse(sourceMapText), sources: ['../src/cart.ts'] };
      return project({
        'src/cart.ts': SOURCE,
        'dist/cart.js': outputText,
        'dist/cart.js.map': JSON.stringify(map),
      });
    };

    test.each([{}, { removeComments: true }, { target: ts.ScriptTarget.ES5 }])(
      '%j: functions have the names and places of their source, and are selected as by instrument',
      (changes) => {
        const cwd = compiled(changes);
        const { stdout } = runCli(['explain', 'dist/cart.js', '--json'], { cwd });
        const [{ file, source, verdicts }] = JSON.parse(stdout).files;
        expect({ file, source }).toEqual({ file: 'dist/cart.js', source: 'src/cart.ts' });
        expect(
          verdicts
            .filter(({ verdict }: Verdict) => verdict === 'instrumented')
            .map(({ name, line, column, source: text }: Verdict) => [name, line, column, text]),
        ).toEqual([
          [NAMES[0], 3, 2, 'get total(): number {'],
          [NAMES[1], 9, 13, 'const late = (): void => {};'],
        ]);
        expect(verdicts.map(({ name, verdict }: Verdict) => [name, verdict])).toContainEqual([
          'src/cart.helper',
          'not selected',
        ]);
        expect(runCli(['explain', 'dist/cart.js'], { cwd }).stdout).toMatch(
          /^dist\/cart\.js, of src\/cart\.ts: 2 of /,
        );
        expect(runCli(['explain', 'Cart.get total', '--json'], { cwd }).stdout).toContain(
          '"file": "dist/cart.js"',
        );
        runCli(['instrument', 'dist'], { cwd });
        const built = readFileSync(join(cwd, 'dist/cart.js'), 'utf8');
        for (const name of NAMES) expect(built).toContain(JSON.stringify(name));
      },
    );
  });

  test('prints a document with --json', () => {
    const cwd = project({ 'src/cart.ts': CART });
    const { files } = JSON.parse(runCli(['explain', 'src', '--json'], { cwd }).stdout) as {
      files: { file: string }[];
    };
    expect(files.map(({ file }) => file)).toEqual(['src/cart.ts']);
  });

  test.each([
    ['Cart.total', 'src/cart.Cart.get total'],
    ['src/cart.Cart.total', 'src/cart.Cart.get total'],
    ['Cart.tax', 'src/cart.Cart.#tax'],
    ['Crat.get total', 'src/cart.Cart.get total'],
    ['helpr', 'src/cart.helper'],
  ])('%s is near to %s', (name, near) => {
    const cwd = project({
      'src/cart.ts': CART.replace('total() {}', 'get total() {\n    return 1;\n  }\n  #tax() {}'),
    });
    const { code, stderr } = runCli(['explain', name], { cwd });
    expect(code).toBe(1);
    expect(stderr).toBe(
      `[tka-perf] no file and no function "${name}" below the working directory; did you mean "${near}"?\n`,
    );
  });

  test.each([
    [['explain', 'nothing'], 1, 'no file and no function "nothing" below the working directory'],
    [['explain', 'src'], 1, 'nothing in "src" is marked or selected'],
    [['explain', 'package.json'], 2, '"package.json" is not a JavaScript or TypeScript file'],
    [['explain'], 2, 'missing required argument'],
  ])('%j ends with %i', (args, code, sentence) => {
    const cwd = project({ 'src/plain.ts': 'export const one = 1;\n' });
    const result = runCli(args, { cwd });
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(sentence);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
  });
});

test('report tells marks that the last build has not seen', () => {
  const cwd = project({ 'src/cart.ts': CART, 'src/new.ts': '// @monitor\nexport function fresh() {}\n' });
  instrument(CART, { file: 'src/cart.ts', root: cwd, manifest: true });
  const records = writerRecords([['src/cart.Cart.total', (id) => aggregate(id, 3, 2)]]);
  writeTree(cwd, { '.tka-perf/run-a/1-0.0.tkap': records.map(line).join('') });
  const { code, stdout } = runCli(['report'], { cwd });
  expect(code).toBe(0);
  expect(stdout).toContain('⚠️ Marked, but not in the last build');
  expect(stdout).toContain('  • src/new.fresh (src/new.ts:2)\n');
  expect(stdout).not.toContain('• src/cart.Cart.total (');
});

test.runIf(process.platform === 'linux')(
  'a file of a folder that cannot be read is told, the others are explained',
  () => {
    const folder = temporaryFolder();
    writeTree(folder, { 'src/a.ts': '// @monitor\nfunction f() {}\n' });
    // Its name is no UTF-8: nobody who goes by texts finds it.
    writeFileSync(Buffer.from(join(folder, 'src/caf\u00e9.ts'), 'latin1'), '');
    expect(runCli(['explain', 'src'], { cwd: folder })).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('src/a.ts: 1 of 1 function instrumented'),
      stderr: expect.stringMatching(/^\[tka-perf\] cannot read ".*caf.*\.ts": no such file or directory\n$/),
    });
  },
);
