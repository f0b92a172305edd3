import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@babel/core';
import ts5 from 'typescript';
import ts6 from 'typescript6';
import babelPlugin from '../../transformer/babel.ts';
import { instrument, type InstrumentResult, type Options } from '../../transformer/index.ts';
import typescriptPlugin, { type PluginExtras } from '../../transformer/typescript.ts';

const ROOT: string = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Where fixtures live: a folder each, named after what it shows. */
export const FIXTURES: string = join(ROOT, 'fixtures');
/** Built fixtures: inside the package, so that `tka-perf` resolves to it. */
export const BUILT: string = join(ROOT, 'test/.tmp');

/** One fixture: the source, and how it is driven (`exec.mjs`). */
export interface Fixture {
  readonly name: string;
  /** Path relative to {@link FIXTURES}. */
  readonly file: string;
  readonly code: string;
  readonly options: Options;
}

/** Every fixture that is executed. */
export function executedFixtures(): Fixture[] {
  return readdirSync(FIXTURES)
    .filter((name) => existsSync(join(FIXTURES, name, 'exec.mjs')))
    .map(readFixture);
}

/** Reads a fixture's folder: `input.*`, and `options.json` where the plugin's options are not the defaults. */
export function readFixture(name: string): Fixture {
  const folder = join(FIXTURES, name);
  const input = readdirSync(folder).find((entry) => entry.startsWith('input.'));
  if (!input) throw new Error(`no input in ${folder}`);
  const optionsFile = join(folder, 'options.json');
  const options = existsSync(optionsFile) ? (JSON.parse(readFileSync(optionsFile, 'utf8')) as Options) : {};
  return { name, file: `${name}/${input}`, code: readFileSync(join(folder, input), 'utf8'), options };
}

/** The text printer's result for a fixture. */
export function instrumentFixture({ file, code, options }: Fixture): InstrumentResult | undefined {
  return instrument(code, { ...options, file, root: FIXTURES });
}

type TypeScript = typeof import('typescript');

/** One way through a host: source to JavaScript that Node runs, with or without the plugin. */
export interface Backend {
  readonly name: string;
  readonly extension: '.mjs' | '.cjs';
  /** The output keeps syntax newer than Node 20. */
  readonly keepsNewSyntax: boolean;
  readonly build: (fixture: Fixture, plugin: boolean) => string;
}

/** Every printer; TypeScript by version, module kind and target. */
export const BACKENDS: readonly Backend[] = [
  {
    name: 'text',
    extension: '.mjs',
    keepsNewSyntax: false,
    build: (fixture, plugin) => {
      const code = plugin ? (instrumentFixture(fixture)?.code ?? fixture.code) : fixture.code;
      if (/\.[cm]?js$/.test(fixture.file)) return code;
      return compile(ts5, { ...fixture, code }, false, ts5.ModuleKind.ESNext, ts5.ScriptTarget.ES2022);
    },
  },
  { name: 'babel 7', extension: '.mjs', keepsNewSyntax: false, build: buildWithBabel },
  ...typescriptBackends('typescript 5.9', ts5),
  ...typescriptBackends('typescript 6.0', ts6 as unknown as TypeScript),
];

function typescriptBackends(name: string, ts: TypeScript): Backend[] {
  return [
    {
      name: `${name}, commonjs, es2017`,
      extension: '.cjs',
      keepsNewSyntax: false,
      build: (fixture, plugin) =>
        compile(ts, fixture, plugin, ts.ModuleKind.CommonJS, ts.ScriptTarget.ES2017),
    },
    {
      name: `${name}, esnext, esnext`,
      extension: '.mjs',
      keepsNewSyntax: true,
      build: (fixture, plugin) => compile(ts, fixture, plugin, ts.ModuleKind.ESNext, ts.ScriptTarget.ESNext),
    },
  ];
}

function compile(
  ts: TypeScript,
  { file, code, options }: Fixture,
  plugin: boolean,
  module: number,
  target: number,
): string {
  const program = { getCurrentDirectory: () => FIXTURES };
  const before = plugin
    ? [
        typescriptPlugin(program, options, {
          ts: ts as unknown as PluginExtras['ts'],
          addDiagnostic: () => 0,
        }),
      ]
    : [];
  const { outputText } = ts.transpileModule(code, {
    fileName: join(FIXTURES, file),
    compilerOptions: {
      module,
      target,
      jsx: ts.JsxEmit.React,
      jsxFactory: 'h',
      allowJs: true,
      alwaysStrict: !file.endsWith('.cjs'),
    },
    transformers: { before },
  });
  return outputText;
}

function buildWithBabel({ file, code, options }: Fixture, plugin: boolean): string {
  const result = transformSync(code, {
    filename: join(FIXTURES, file),
    configFile: false,
    babelrc: false,
    sourceType: file.endsWith('.cjs') ? 'script' : 'module',
    presets: [
      ['@babel/preset-typescript', { allowDeclareFields: true, jsxPragma: 'h' }],
      ['@babel/preset-react', { runtime: 'classic', pragma: 'h' }],
    ],
    plugins: [
      ...(plugin ? [[babelPlugin, { ...options, root: FIXTURES }]] : []),
      ['@babel/plugin-proposal-decorators', { version: '2023-11' }],
      '@babel/plugin-transform-explicit-resource-management',
    ],
  });
  return result?.code ?? '';
}

/** Builds every fixture plain and instrumented through one backend, and writes the list that the child process runs. */
export function buildFixtures(backend: Backend): string {
  const folder = join(BUILT, backend.name.replaceAll(/[ ,.]+/g, '-'));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const list = executedFixtures().map((fixture) => {
    // A CommonJS or sloppy fixture stays what it is; only modules follow the backend.
    const extension = extname(fixture.file) === '.cjs' ? '.cjs' : backend.extension;
    const paths = [false, true].map((plugin) => {
      const path = join(folder, `${fixture.name}.${plugin ? 'instrumented' : 'plain'}${extension}`);
      writeFileSync(path, backend.build(fixture, plugin));
      return path;
    });
    return {
      name: fixture.name,
      module: fixture.file.replace(/\.\w+$/, ''),
      exec: join(FIXTURES, fixture.name, 'exec.mjs'),
      paths,
    };
  });
  const path = join(folder, 'list.json');
  writeFileSync(
    path,
    JSON.stringify({ backend: backend.name, keepsNewSyntax: backend.keepsNewSyntax, fixtures: list }),
  );
  return path;
}
