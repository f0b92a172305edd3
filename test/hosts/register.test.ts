import module from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  CHILDREN,
  emptyProject,
  exampleProject,
  PACKAGE,
  report,
  reportedRows,
  run,
  runWell,
  writeFiles,
} from './support.ts';

const REGISTER = 'tka-perf/register';
const hasSyncHooks = 'registerHooks' in module;
const stripsTypes = 'typescript' in process.features && Boolean(process.features.typescript);

const ROWS = [
  'loaded/app.main async loaded/app.ts:10:0 1/0',
  'loaded/lazy.lazy function loaded/lazy.js:2:15 1/0',
  'loaded/legacy.twice arrow loaded/legacy.cjs:2:16 1/0',
  'loaded/shapes.Grid.[Symbol.iterator] generator loaded/shapes.mts:12:2 1/0',
  'loaded/shapes.Grid.constructor constructor loaded/shapes.mts:9:2 1/0',
  'loaded/shapes.area arrow loaded/shapes.mts:4:20 1/0',
  'loaded/typed.half function loaded/typed.cts:2:0 1/0',
].toSorted();

const PLAIN_ROWS = [
  'loaded/lazy.lazy function loaded/lazy.js:2:15 1/0',
  'loaded/legacy.twice arrow loaded/legacy.cjs:2:16 1/0',
];

const SLOPPY = `#!/usr/bin/env node
'use strict'
// @monitor
function name(value) {
  return [module === require.cache[__filename], this === undefined, value].join();
}
console.log(name(1));
`;

/** TypeScript that Node does not run by stripping types, as CommonJS. */
const ENUM_APP = `import { add } from './lib';
interface Shape { sides: number }
enum Color { Red, Green }
// @monitor
class Box {
  constructor(readonly shape: Shape) {}
  paint(): number {
    return add(this.shape.sides, Color.Green);
  }
}
console.log(new Box({ sides: 2 }).paint());
`;
const ENUM_LIBRARY = 'type N = number;\n// @monitor\nexport const add = (a: N, b: N): N => a + b;\n';
const ENUM_ROWS = [
  'app.Box.constructor constructor app.ts:6:2 1/0',
  'app.Box.paint method app.ts:7:2 1/0',
  'lib.add arrow lib.ts:3:19 1/0',
];

/** What TypeScript maps the word before it to, and not the function itself; the first line is not that of the output. */
const EXPORTS = `interface Shape { sides: number }
enum Color { Red, Green }
// @monitor
export function half({ sides }: Shape): number {
  return sides / 2;
}
// @monitor
export async function later(): Promise<number> {
  return Color.Green;
}
half({ sides: 2 });
void later();
`;

/** Tells whether what is loaded from here on has its source map with it. */
const MAPS = `
const { Session } = require('node:inspector');
const session = new Session();
session.connect();
session.on('Debugger.scriptParsed', ({ params: { url, sourceMapURL } }) => {
  if (/marked\\.c?js$/.test(url)) console.log(url.slice(-10), sourceMapURL !== '');
});
session.post('Debugger.enable');
require('./marked.cjs');
import('./marked.js');
`;

describe('a source map comes with what is edited', () => {
  const marked = '// @monitor\nfunction f() { return 1; }\nf();\n';
  const files = {
    'main.cjs': MAPS,
    'marked.cjs': marked,
    'marked.js': marked,
    'package.json': '{"type":"module"}',
  };
  const seen = (flags: readonly string[], env: NodeJS.ProcessEnv = {}): string => {
    const root = emptyProject('register-maps');
    writeFiles(root, files);
    return runWell(process.execPath, ['--import', REGISTER, ...flags, 'main.cjs'], root, env).stdout;
  };
  const both = 'marked.cjs true\n/marked.js true\n';

  it('where somebody reads it: for stacks, for coverage, by a debugger', () => {
    expect(seen(['--enable-source-maps'])).toBe(both);
    expect(seen([], { NODE_V8_COVERAGE: 'coverage' })).toBe(both);
    expect(seen(['--inspect=0'])).toBe(both);
  });

  it('and is left out where nobody does, as V8 would hold it', () => {
    // The thread for hooks of older Nodes does not know.
    expect(seen([])).toBe(`marked.cjs false\n/marked.js ${String(!hasSyncHooks)}\n`);
  });
});

/** Every way to run TypeScript here. */
const WAYS: readonly (readonly string[])[] = [
  ...(stripsTypes ? [['--import', REGISTER]] : []),
  ['--import', 'tsx', '--import', REGISTER],
  ['--import', REGISTER, '--import', 'tsx'],
];

describe.each(WAYS)('node %s %s %s %s app.ts', (...flags) => {
  const args = flags.filter((flag) => typeof flag === 'string');

  it('measures ESM and CommonJS, TypeScript and JavaScript', () => {
    const root = exampleProject('register-typescript');
    expect(runWell(process.execPath, [...args, 'loaded/app.ts'], root)).toMatchObject({
      stdout: '6 0 1 8 4 lazy\n',
      stderr: '',
    });
    expect(reportedRows(root)).toEqual(ROWS);
  });

  // Where types alone are stripped Node runs no decorators.
  it.runIf(args.length > 2)('measures what is decorated once, whoever takes the decorators away', () => {
    const root = exampleProject('register-decorated');
    writeFiles(root, {
      'src/decorated.ts': `import { monitor } from 'tka-perf';
@monitor class Cart { size = () => 1; add(n: number) { return n + this.size(); } }
class Shop { @monitor({ name: 'shop.open' }) open() { return 2; } }
console.log(new Cart().add(1), new Shop().open());
`,
    });
    expect(runWell(process.execPath, [...args, 'src/decorated.ts'], root).stdout).toBe('2 2\n');
    const rows = reportedRows(root).map((row) => row.replace(/^src\/decorated\.| src.*| :0:0.*/g, ''));
    expect(rows.toSorted()).toEqual(['Cart.add method', 'Cart.size arrow', 'shop.open method']);
  });

  it('shows an uncaught error where it was written', () => {
    const root = exampleProject('register-error');
    const { status, stderr } = run(
      process.execPath,
      ['--enable-source-maps', ...args, 'loaded/app.ts', 'boom'],
      root,
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/app\.ts:20\n {2}throw new Error\(what as string\);\n {8}\^\n/);
    expect(stderr).toMatch(/at fails \(.*app\.ts:20:9\)/);
  });
});

it.each([
  ['', []],
  [' where somebody loads other files, too', ['-r', './styles.cjs']],
])('an uncaught error of a CommonJS program is printed as it is without us%s', (_, flags) => {
  const root = exampleProject('register-commonjs-error');
  writeFiles(root, {
    'styles.cjs': "require.extensions['.css'] = () => {};\n",
    'boom.cjs': "// @monitor\nfunction boom() {\n  throw new Error('boom');\n}\nboom();\n",
  });
  const printed = (...ours: string[]): string =>
    run(process.execPath, [...flags, ...ours, '--enable-source-maps', 'boom.cjs'], root).stderr.split(
      '\n\n',
    )[0] ?? '';
  expect(printed()).toMatch(/boom\.cjs:3\n/);
  expect(printed('-r', 'tka-perf/register')).toBe(printed());
});

it('of TypeScript that Node runs, or that is JavaScript, an error says nothing of TypeScript', () => {
  const root = exampleProject('register-commonjs-typescript');
  writeFiles(root, {
    'package.json': '{ "type": "commonjs" }',
    'styles.cjs': "require.extensions['.css'] = () => {};\n",
    'boom.ts': "#!/usr/bin/env node\nfunction boom() {\n  throw new Error('boom');\n}\nboom();\n",
    ...(stripsTypes ? { 'typed.ts': "throw new Error('boom' as string);\n" } : {}),
  });
  for (const file of ['boom.ts', ...(stripsTypes ? ['typed.ts'] : [])]) {
    const { stderr } = run(process.execPath, ['-r', './styles.cjs', '-r', 'tka-perf/register', file], root);
    expect(stderr).toContain('Error: boom');
    expect(stderr).not.toContain('[tka-perf]');
  }
});

describe(`node --import ${REGISTER} app.mjs`, () => {
  const args = ['--import', REGISTER];

  it('measures ESM and CommonJS', () => {
    const root = exampleProject('register-plain');
    expect(runWell(process.execPath, [...args, 'loaded/plain.mjs'], root)).toMatchObject({
      stdout: '2 lazy main\n',
      stderr: '',
    });
    expect(reportedRows(root)).toEqual(PLAIN_ROWS);
  });

  it('measures below a folder with # and ? in its name', () => {
    const root = exampleProject('register-odd#1?');
    runWell(process.execPath, [...args, 'loaded/plain.mjs'], root);
    expect(reportedRows(root)).toEqual(PLAIN_ROWS);
  });

  it('measures worker threads too', () => {
    const root = exampleProject('register-worker');
    runWell(process.execPath, [...args, 'loaded/plain.mjs', 'worker'], root);
    expect(report(root).processes).toHaveLength(2);
    expect(reportedRows(root)).toEqual(PLAIN_ROWS.map((row) => row.replace('1/0', '2/0')));
  });

  it('measures a CommonJS entry, hashbang and directive kept', () => {
    const root = emptyProject('register-commonjs');
    writeFiles(root, { 'package.json': '{}', 'bin/tool.cjs': SLOPPY });
    expect(runWell(process.execPath, [...args, 'bin/tool.cjs'], root).stdout).toBe('true,true,1\n');
    expect(reportedRows(root)).toEqual(['bin/tool.name function bin/tool.cjs:4:0 1/0']);
  });

  it('finds its own runtime where the project has none', () => {
    const root = exampleProject('register-absent');
    runWell('rm', ['-rf', 'node_modules/tka-perf'], root);
    const loader = join(PACKAGE, 'dist/transformer/hosts/register.js');
    runWell(process.execPath, ['--import', `file://${loader}`, 'loaded/plain.mjs'], root);
    expect(reportedRows(root)).toEqual(PLAIN_ROWS);
  });

  it('shows the original TypeScript of compiled JavaScript', () => {
    const root = exampleProject('register-compiled');
    const tsc = join(PACKAGE, 'node_modules/typescript/bin/tsc');
    writeFiles(root, {
      'tsconfig.json': JSON.stringify({
        compilerOptions: { module: 'nodenext', target: 'es2022', sourceMap: true, types: [], outDir: 'dist' },
        files: ['loaded/shapes.mts'],
      }),
      'loaded/shapes.mts':
        '// @monitor\nexport function fails(what: string): never {\n  throw new Error(what);\n}\n\n\nfails(`now`);\n',
    });
    runWell(process.execPath, [tsc], root);
    const { stderr } = run(process.execPath, ['--enable-source-maps', ...args, 'dist/shapes.mjs'], root);
    expect(stderr).toMatch(/shapes\.mts:3:9\)/);
    expect(reportedRows(root)).toEqual(['loaded/shapes.fails function loaded/shapes.mts:2:7 1/1']);
  });
});

describe(`node -r ${REGISTER} app.mjs`, () => {
  const args = ['-r', REGISTER, 'loaded/plain.mjs'];

  it('measures ESM and CommonJS, on worker threads too', () => {
    const root = exampleProject('register-required');
    runWell(process.execPath, [...args, 'worker'], root);
    expect(reportedRows(root)).toEqual(PLAIN_ROWS.map((row) => row.replace('1/0', '2/0')));
  });

  it('runs a program that shows no format as CommonJS', () => {
    const root = emptyProject('register-formatless');
    const code =
      '// @monitor\nfunction f() {\n  return 010;\n}\nconsole.log(f(), this === module.exports);\n';
    writeFiles(root, {
      'package.json': '{}',
      'app.js': code,
      'plain.js': '// @monitor\nfunction f() {}\nf();\n',
    });
    expect(runWell(process.execPath, ['-r', REGISTER, 'app.js'], root).stdout).toBe('8 true\n');
    runWell(process.execPath, ['-r', REGISTER, 'plain.js'], root);
    expect(reportedRows(root)).toEqual(['plain.f function plain.js:2:0 1/0']);
  });

  it('goes on, and says why, where the program has put something else in place of a built-in', () => {
    const root = emptyProject('register-replaced');
    writeFiles(root, {
      'package.json': '{}',
      'app.cjs': 'globalThis.Set = function () {};\nrequire("./lib.cjs");\n',
      'lib.cjs': '// @monitor\nfunction f() {\n  return 1;\n}\nconsole.log(f());\n',
    });
    const { stdout, stderr } = runWell(process.execPath, ['-r', REGISTER, 'app.cjs'], root);
    expect(stdout).toBe('1\n');
    expect(stderr).toMatch(
      /^\[tka-perf\] .*lib\.cjs is left as it is: the transform has failed \(.*\)\. Has the program .*\?\n$/,
    );
  });

  it('says in a sentence where Node was told to require no ES modules', () => {
    const root = exampleProject('register-refused');
    expect(runWell(process.execPath, ['--no-experimental-require-module', ...args], root)).toMatchObject({
      stdout: '2 lazy main\n',
      stderr: '[tka-perf] nothing is measured: Node was told to require no ES modules; use --import\n',
    });
  });
});

/** How a CommonJS program loads ES modules by `require`, in each of the ways that make a file one. */
const REQUIRED_MODULES = {
  'package.json': '{ "name": "required" }',
  'main.cjs': `const { add } = require('./typeless.js');
const { half, folder } = require('./named.mjs');
const { twice } = require('./typed/twice.js');
console.log(add(1, 2), half(4), twice(2), folder === __dirname);
`,
  'typeless.js': '// @monitor\nexport const add = (a, b) => a + b;\n',
  'named.mjs':
    '// @monitor\nexport function half(n) {\n  return n / 2;\n}\nexport const folder = import.meta.dirname;\n',
  'typed/package.json': '{ "type": "module" }',
  'typed/twice.js': '// @monitor\nexport default function twice(n) { return n * 2; }\nexport { twice };\n',
};
const REQUIRED_ROWS = [
  'named.half function named.mjs:2:7 1/0',
  'typed/twice.twice function typed/twice.js:2:15 1/0',
  'typeless.add arrow typeless.js:2:19 1/0',
];

/** What makes a text an ES module to Node without a word of theirs. */
const OWN_NAMES = [
  'let a = 1, module = 2;',
  'const { a, ...exports } = {};',
  'const { a = 1, module } = {};',
  'let a, /* x */ module;',
  'let é, module;',
  "const { 'a': module } = {};",
  "const p = String('x'), __filename = p;",
  'class exports {}',
  'class require extends Object {}',
  'let __dirname',
];

describe.each(['--import', '-r'])('ES modules that are loaded by require, under %s', (flag) => {
  const project = (name: string, files: Readonly<Record<string, string>>): string => {
    const root = emptyProject(name);
    writeFiles(root, { 'package.json': '{}', ...files });
    return root;
  };
  /** Without warnings: Node 22.12 has one of its own, for such a module. */
  const args = ['--no-warnings', flag, REGISTER];

  it('run as they are, and are measured', () => {
    const root = project('register-esm', REQUIRED_MODULES);
    const ran = runWell(process.execPath, [...args, 'main.cjs'], root);
    expect(ran).toMatchObject({ stdout: '3 2 4 true\n', stderr: '' });
    expect(reportedRows(root)).toEqual(REQUIRED_ROWS);
  });

  it('find our own runtime where the project has none', () => {
    const root = project('register-esm-absent', REQUIRED_MODULES);
    runWell('rm', ['-rf', 'node_modules/tka-perf'], root);
    const loader = join(PACKAGE, 'dist/transformer/hosts/register');
    const ours = flag === '-r' ? `${loader}.cjs` : `file://${loader}.js`;
    const { stdout } = runWell(process.execPath, ['--no-warnings', flag, ours, 'main.cjs'], root);
    expect(stdout).toBe('3 2 4 true\n');
    expect(reportedRows(root)).toEqual(REQUIRED_ROWS);
  });

  it('are those that Node finds by syntax of whatever kind', () => {
    const root = project('register-esm-syntax', {
      'main.cjs': `for (const name of ['meta', 'own', 'words', ${OWN_NAMES.map((_, i) => `'own${i}'`).join(', ')}]) require('./' + name + '.js');\n`,
      ...Object.fromEntries(
        OWN_NAMES.map((declaration, i) => [
          `own${i}.js`,
          `// @monitor\nfunction f() {}\nf();\n${declaration}\n`,
        ]),
      ),
      'meta.js': '// @monitor\nfunction meta() {\n  return import.meta.url;\n}\nmeta();\n',
      'own.js': '// @monitor\nfunction own() {}\nconst module = own();\n',
      'words.js':
        '// @monitor\nfunction words() {\n  return "import a; export b";\n}\nmodule.exports = words();\n',
    });
    runWell(process.execPath, [...args, 'main.cjs'], root);
    expect(reportedRows(root)).toEqual([
      'meta.meta function meta.js:2:0 1/0',
      'own.own function own.js:2:0 1/0',
      ...OWN_NAMES.map((_, i) => `own${i}.f function own${i}.js:2:0 1/0`),
      'words.words function words.js:2:0 1/0',
    ]);
  });

  it('may be the program itself', () => {
    const root = project('register-esm-main', {
      'main.js': '// @monitor treshold=1\nfunction main() {}\n// @monitor\nexport function f() {}\nf();\n',
    });
    expect(runWell(process.execPath, [...args, 'main.js'], root).stderr.match(/TKA102/g)).toHaveLength(1);
    expect(reportedRows(root)).toContain('main.f function main.js:4:7 1/0');
  });

  it('show an uncaught error where it was written', () => {
    const root = project('register-esm-error', {
      'main.cjs': "require('./boom.js').boom();\n",
      'boom.js': "// @monitor\nexport function boom() {\n  throw new Error('boom');\n}\n",
    });
    const { stderr } = run(process.execPath, ['--enable-source-maps', ...args, 'main.cjs'], root);
    expect(stderr).toMatch(/boom\.js:3\n {2}throw new Error\('boom'\);\n/);
    expect(stderr).toMatch(/at (?:Module\.)?boom \(.*boom\.js:3:9\)/);
  });

  it('that are no CommonJS and are to be have their error shown as they are written', () => {
    const root = project('register-esm-commonjs', {
      'package.json': '{ "type": "commonjs" }',
      'main.cjs': "require('./wrong.js');\n",
      'wrong.js': '// @monitor\nexport function f() {}\n',
    });
    const { status, stderr } = run(process.execPath, [...args, 'main.cjs'], root);
    expect(status).toBe(1);
    expect(stderr).toMatch(/wrong\.js:2\nexport function f\(\) \{\}\n\^+\n/);
  });

  it('do as without us where there is `await` at the top, and can be imported then', () => {
    const root = project('register-esm-await', {
      'main.cjs':
        "try {\n  require('./late.js');\n} catch ({ code }) {\n  console.log(code);\n  import('./late.js').then(({ f }) => f());\n}\n",
      'late.js': '// @monitor\nexport function f() {}\nawait 0;\n',
    });
    expect(runWell(process.execPath, [...args, 'main.cjs'], root).stdout).toBe('ERR_REQUIRE_ASYNC_MODULE\n');
    expect(reportedRows(root)).toEqual(['late.f function late.js:2:7 1/0']);
  });

  const IMPORTING = {
    'main.cjs':
      "const { sum } = require('./sum.mjs');\nconst { one } = require('./lib/one.mjs');\nconsole.log(sum(one()));\n",
    'sum.mjs':
      "import { one } from './lib/one.mjs';\nimport two from './two.cjs';\nexport { three } from './lib/three.mjs';\nimport './plain.mjs';\n// @monitor\nexport const sum = (n) => n + one() + two();\n",
    'lib/one.mjs': "export { three } from './three.mjs';\n// @monitor\nexport const one = () => 1;\n",
    'lib/three.mjs':
      '// @monitor treshold=1\nexport const three = () => 3;\n// @monitor\nexport const four = () => 4;\n',
    'two.cjs': '// @monitor\nconst two = () => 2;\nmodule.exports = two;\n',
    'plain.mjs': 'export const plain = () => 0;\n',
  };

  it('import others, which are measured, or it is said that they are not', () => {
    const root = project('register-esm-imports', IMPORTING);
    const { stdout, stderr } = runWell(process.execPath, [...args, 'main.cjs'], root);
    expect(stdout).toBe('4\n');
    const rows = ['sum.sum arrow sum.mjs:6:19 1/0', 'two.two arrow two.cjs:2:12 1/0'];
    if (hasSyncHooks) {
      expect(stderr).toMatch(/^\[tka-perf\] lib\/three\.mjs:1:1 warning TKA102: .*\n$/);
      expect(reportedRows(root)).toEqual(['lib/one.one arrow lib/one.mjs:3:19 2/0', ...rows]);
    } else {
      expect(stderr).toMatch(
        /^\[tka-perf\] \S+one\.mjs and 1 more are not measured where \S+sum\.mjs, .* use Node 22\.15 or newer\n$/,
      );
      expect(reportedRows(root)).toEqual(rows);
    }
  });

  it('import others that have been imported before, and are measured', () => {
    const root = project('register-esm-imported', {
      ...IMPORTING,
      'first.cjs': "import('./lib/one.mjs').then(() => require('./main.cjs'));\n",
    });
    const { stdout, stderr } = runWell(process.execPath, [...args, 'first.cjs'], root);
    expect(stdout).toBe('4\n');
    expect(stderr.split('\n')[0]).toMatch(/^\[tka-perf\] lib\/three\.mjs:1:1 warning TKA102: /);
    if (hasSyncHooks) expect(stderr.match(/\n/g)).toHaveLength(1);
    expect(reportedRows(root)).toContain('lib/one.one arrow lib/one.mjs:3:19 2/0');
  });

  it('may be a text without a file of its own', () => {
    const root = project('register-esm-text', {
      'main.cjs':
        "const m = new module.constructor('text');\nm._compile('// @monitor\\nexport function f() {}\\nf();\\n', 'text.js');\nconsole.log(typeof m.exports.f);\n",
    });
    expect(runWell(process.execPath, [...args, 'main.cjs'], root)).toMatchObject({
      stdout: 'function\n',
      stderr: '',
    });
  });

  it('are measured on the thread that requires them, whatever others import', () => {
    const root = project('register-esm-threads', {
      'main.cjs': `const { Worker, isMainThread } = require('node:worker_threads');
if (isMainThread) new Worker(__filename).on('exit', () => require('./own.mjs').f());
else import('./own.mjs').then(({ f }) => f());
`,
      'own.mjs': '// @monitor\nexport const f = () => {};\n',
    });
    runWell(process.execPath, [...args, 'main.cjs'], root);
    expect(reportedRows(root)).toEqual(['own.f arrow own.mjs:2:17 2/0']);
  });

  it('are found by their names as without us', () => {
    const root = project('register-esm-found', {
      'main.cjs': "require('./both');\nconsole.log(require('./other'));\n",
      'other.mjs': 'throw new Error();\n',
      'other/index.js': "module.exports = 'the folder';\n",
      'both.mjs': '// @monitor\nexport const f = () => {};\n',
      'both/index.js': "require('../both.mjs').f();\n",
    });
    expect(runWell(process.execPath, [...args, 'main.cjs'], root).stdout).toBe('the folder\n');
    expect(reportedRows(root)).toEqual(['both.f arrow both.mjs:2:17 1/0']);
  });
});

describe('a compiler for CommonJS', () => {
  const compiler = join(CHILDREN, 'compile-typescript.cjs');
  const project = (name: string): string => {
    const root = emptyProject(name);
    writeFiles(root, { 'package.json': '{}', 'app.ts': ENUM_APP, 'lib.ts': ENUM_LIBRARY });
    return root;
  };

  it.each([
    ['after us', ['-r', REGISTER, '-r', compiler]],
    ['before us', ['-r', compiler, '-r', REGISTER]],
  ])('that is required %s gets files as they are, and names and lines are theirs', (_, flags) => {
    const root = project('register-compiler');
    const args = ['--no-warnings', ...flags, 'app.ts'];
    expect(runWell(process.execPath, args, root)).toMatchObject({
      stdout: '3\n',
      stderr: '',
    });
    expect(reportedRows(root)).toEqual(ENUM_ROWS);
  });

  it.each([
    ['after us', ['-r', REGISTER, '-r', compiler]],
    ['before us', ['-r', compiler, '-r', REGISTER]],
  ])('that is required %s, and has no extension of its own, gets files as they are', (_, flags) => {
    const root = project('register-compiler-cts');
    writeFiles(root, { 'typed.cts': EXPORTS });
    runWell(process.execPath, ['--no-warnings', ...flags, 'typed.cts'], root);
    expect(reportedRows(root)).toEqual([
      'typed.half function typed.cts:4:7 1/0',
      'typed.later async typed.cts:8:7 1/0',
    ]);
  });

  it('that leaves no source map: functions are found by their names', () => {
    const root = project('register-compiler-unmapped');
    writeFiles(root, { 'unmapped.ts': EXPORTS });
    runWell(process.execPath, ['--no-warnings', '-r', compiler, '-r', REGISTER, 'unmapped.ts'], root);
    expect(reportedRows(root)).toEqual([
      'unmapped.half function unmapped.ts:4:7 1/0',
      'unmapped.later async unmapped.ts:8:7 1/0',
    ]);
  });

  it.each(['typed.cts', 'unmapped.cts'])('that keeps comments has marked blocks measured: %s', (file) => {
    const root = project(`register-compiler-block-${file}`);
    const block = 'interface Shape { sides: number }\n// @monitor name="checkout"\n{\n  void 0;\n}\n';
    writeFiles(root, { [file]: block });
    const flags = ['--no-warnings', '-r', compiler, '-r', REGISTER];
    expect(runWell(process.execPath, [...flags, file], root).stderr).toBe('');
    expect(reportedRows(root)).toHaveLength(1);
  });

  it('that keeps none has those told that it leaves no trace of', () => {
    const root = project('register-compiler-lost');
    const block = 'interface Shape { sides: number }\n// @monitor name="checkout"\n{\n  void 0;\n}\n';
    writeFiles(root, { 'lost.ts': block });
    const flags = ['--no-warnings', '-r', compiler, '-r', REGISTER];
    expect(runWell(process.execPath, [...flags, 'lost.ts'], root).stderr).toMatch(
      /^\[tka-perf\] lost\.ts:3:1 warning TKA217: "checkout" is left alone: another loader .*\n$/,
    );
  });

  it('that a program falls back to says nothing', () => {
    const root = project('register-fallback');
    writeFiles(root, {
      'lib.ts': '// @monitor\nexports.f = function f() {};\n',
      'app.cjs': "import('./lib.ts?').catch(() => require('./lib.ts')).then(({ f }) => f());\n",
    });
    const flags = ['--no-warnings', '-r', REGISTER, '-r', compiler];
    expect(runWell(process.execPath, [...flags, 'app.cjs'], root).stderr).toBe('');
    expect(reportedRows(root)).toHaveLength(1);
  });

  it.runIf(!stripsTypes)('is passed by where --import makes the entry an ES module, and we say so', () => {
    const root = project('register-passed-by');
    const args = ['--import', REGISTER, '-r', compiler, 'app.ts'];
    expect(run(process.execPath, args, root).stderr).toMatch(
      /^\[tka-perf\] Node loads \S+app\.ts as an ES module, past the compiler .* "-r tka-perf\/register" in its place\n/,
    );
  });
});

describe('options of the loader', () => {
  const unmarked = {
    'app.mjs':
      'export function seen() {\n  return hidden();\n}\nfunction hidden() {\n  return 1;\n}\nconsole.log(seen());\n',
  };

  it('come from package.json and TKA_PERF_OPTIONS, which wins', () => {
    const root = emptyProject('register-options');
    writeFiles(root, { ...unmarked, 'package.json': '{ "tka-perf": { "functions": "all" } }' });
    runWell(process.execPath, ['--import', REGISTER, 'app.mjs'], root);
    expect(reportedRows(root)).toHaveLength(2);
    const env = { TKA_PERF_OPTIONS: '{"functions":"exported"}', TKA_PERF_RUN: 'second' };
    runWell(process.execPath, ['--import', REGISTER, 'app.mjs'], root, env);
    expect(reportedRows(root)).toEqual(['app.seen function app.mjs:1:7 1/0']);
  });

  it('may have a root that is seen from package.json, or from the working directory in TKA_PERF_OPTIONS', () => {
    const root = emptyProject('register-root');
    const app = join(root, 'apps/one');
    writeFiles(app, {
      'src/app.mjs': '// @monitor\nexport function f() {}\nf();\n',
      'package.json': '{ "tka-perf": { "root": ".." } }',
    });
    const cwd = join(app, 'src');
    runWell(process.execPath, ['--import', REGISTER, 'app.mjs'], cwd);
    expect(reportedRows(cwd)).toEqual(['one/src/app.f function one/src/app.mjs:2:7 1/0']);
    const env = { TKA_PERF_OPTIONS: '{"root":"../../.."}', TKA_PERF_RUN: 'second' };
    runWell(process.execPath, ['--import', REGISTER, 'app.mjs'], cwd, env);
    expect(reportedRows(cwd)).toEqual(['apps/one/src/app.f function apps/one/src/app.mjs:2:7 1/0']);
  });

  it('that are wrong are told in a sentence, and the program runs', () => {
    const root = emptyProject('register-wrong');
    writeFiles(root, { ...unmarked, 'package.json': '{}' });
    for (const [options, message] of [
      [
        '{"function":"all"}',
        /^\[tka-perf\] nothing is measured: unknown option "function"; did you mean "functions"\?\n$/,
      ],
      ['{', /^\[tka-perf\] nothing is measured: TKA_PERF_OPTIONS is not JSON: .*\n$/],
      ['[]', /^\[tka-perf\] nothing is measured: the options in TKA_PERF_OPTIONS are not an object/],
    ] as const) {
      const env = { TKA_PERF_OPTIONS: options };
      const { stdout, stderr } = runWell(process.execPath, ['--import', REGISTER, 'app.mjs'], root, env);
      expect(stdout).toBe('1\n');
      expect(stderr).toMatch(message);
    }
  });

  it('are of no use where the parser cannot be loaded: the program runs', () => {
    const root = emptyProject('register-no-addons');
    writeFiles(root, { ...unmarked, 'package.json': '{}' });
    const args = ['--no-addons', '--import', REGISTER, 'app.mjs'];
    const { stdout, stderr } = runWell(process.execPath, args, root);
    expect(stdout).toBe('1\n');
    expect(stderr).toMatch(
      /^\[tka-perf\] nothing is measured: the parser is native code, .*--allow-addons\)\n$/,
    );
  });

  it('strict ends the program at a wrong mark, else a line on stderr tells of it', () => {
    const root = emptyProject('register-strict');
    writeFiles(root, { 'package.json': '{}', 'app.mjs': '// @monitor treshold=1\nfunction a() {}\na();\n' });
    const args = ['--import', REGISTER, 'app.mjs'];
    expect(runWell(process.execPath, args, root).stderr).toMatch(
      /^\[tka-perf\] app\.mjs:1:1 warning TKA102: .*\n$/,
    );
    const strict = run(process.execPath, args, root, { TKA_PERF_OPTIONS: '{"strict":true}' });
    expect(strict.status).toBe(1);
    expect(strict.stderr).toContain('app.mjs:1:1 error TKA102');
  });
});

it.each([
  ['before us', ['--import', './hooks.mjs', '--import', REGISTER]],
  ['after us', ['--import', REGISTER, '--import', './hooks.mjs']],
])('measures CommonJS beside hooks on a thread, set %s', (_, flags) => {
  const root = emptyProject('register-thread-hooks');
  writeFiles(root, {
    'package.json': '{}',
    'hooks.mjs':
      "import { register } from 'node:module';\nregister('data:text/javascript,export const load = (url, context, next) => next(url, context);');\n",
    'app.cjs': "// @monitor\nfunction a() {}\na();\nrequire('./lib.cjs').b();\nimport('./late.cjs');\n",
    'lib.cjs': '// @monitor\nexports.b = () => {};\n',
    'late.cjs': '// @monitor\nfunction c() {}\nc();\n',
  });
  runWell(process.execPath, [...flags, 'app.cjs'], root);
  expect(reportedRows(root)).toEqual([
    'app.a function app.cjs:2:0 1/0',
    'late.c function late.cjs:2:0 1/0',
    'lib.b arrow lib.cjs:2:12 1/0',
  ]);
});

it.each([
  'throw null;',
  'throw undefined;',
  "throw { get code() { throw new Error('asked'); } };",
  'throw new Proxy({}, { get() { throw 1; } });',
])('what nobody catches ends the program as it does without us: %s', (text) => {
  const root = emptyProject('register-thrown');
  writeFiles(root, { 'package.json': '{}', 'none.mjs': '', 'app.cjs': `${text}\n` });
  const { status, stderr } = run(process.execPath, ['--import', './none.mjs', 'app.cjs'], root);
  expect(status).not.toBe(0);
  expect(run(process.execPath, ['--import', REGISTER, 'app.cjs'], root)).toMatchObject({ status, stderr });
});

it('leaves a file that does not parse to Node', () => {
  const root = emptyProject('register-syntax');
  writeFiles(root, { 'package.json': '{}', 'app.mjs': '// @monitor\nfunction {\n' });
  const { status, stderr } = run(process.execPath, ['--import', REGISTER, 'app.mjs'], root);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^\[tka-perf\] app\.mjs:2:10 warning TKA301/);
  expect(stderr).toContain('SyntaxError');
});

it.runIf(!hasSyncHooks)('says in a sentence what runs TypeScript where Node does not', () => {
  const root = exampleProject('register-old');
  const { status, stderr } = run(process.execPath, ['--import', REGISTER, 'loaded/app.ts'], root);
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^\[tka-perf\] Node v2[02]\S+ does not run TypeScript .*; use Node 22\.18 or newer .*\n/,
  );
  expect(stderr.match(/\[tka-perf\]/g)).toHaveLength(1);
});

it.runIf(!hasSyncHooks)('says so too of TypeScript that Node takes for CommonJS', () => {
  const root = emptyProject('register-old-commonjs');
  writeFiles(root, { 'package.json': '{}', 'app.ts': 'enum Color { Red }\nconsole.log(Color.Red);\n' });
  const { status, stderr } = run(process.execPath, ['-r', REGISTER, 'app.ts'], root);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^\[tka-perf\] Node v2[02]\S+ does not run TypeScript /);
});

it.runIf(stripsTypes)('says which flag keeps Node from running TypeScript', () => {
  const root = exampleProject('register-no-strip');
  const args = ['--no-experimental-strip-types', '--import', REGISTER, 'loaded/app.ts'];
  expect(run(process.execPath, args, root).stderr).toMatch(
    /^\[tka-perf\] Node was told to run no TypeScript \S+; leave --no-experimental-strip-types out, /,
  );
});
