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

  it('says in a sentence where Node was told to require no ES modules', () => {
    const root = exampleProject('register-refused');
    expect(runWell(process.execPath, ['--no-experimental-require-module', ...args], root)).toMatchObject({
      stdout: '2 lazy main\n',
      stderr: '[tka-perf] nothing is measured: Node was told to require no ES modules; use --import\n',
    });
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
    expect(runWell(process.execPath, [...flags, 'app.ts'], root)).toMatchObject({
      stdout: '3\n',
      stderr: '',
    });
    expect(reportedRows(root)).toEqual(ENUM_ROWS);
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
    /^\[tka-perf\] Node v20\S+ does not run TypeScript .*; use Node 22\.18 or newer .*\n/,
  );
  expect(stderr.match(/\[tka-perf\]/g)).toHaveLength(1);
});

it.runIf(!hasSyncHooks)('says so too of TypeScript that Node takes for CommonJS', () => {
  const root = emptyProject('register-old-commonjs');
  writeFiles(root, { 'package.json': '{}', 'app.ts': 'enum Color { Red }\nconsole.log(Color.Red);\n' });
  const { status, stderr } = run(process.execPath, ['-r', REGISTER, 'app.ts'], root);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^\[tka-perf\] Node v20\S+ does not run TypeScript /);
});

it.runIf(stripsTypes)('says which flag keeps Node from running TypeScript', () => {
  const root = exampleProject('register-no-strip');
  const args = ['--no-experimental-strip-types', '--import', REGISTER, 'loaded/app.ts'];
  expect(run(process.execPath, args, root).stderr).toMatch(
    /^\[tka-perf\] Node was told to run no TypeScript \S+; leave --no-experimental-strip-types out, /,
  );
});
