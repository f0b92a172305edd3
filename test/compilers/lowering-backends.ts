import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as BabelCore from '@babel/core';
import * as babel7 from '@babel/core';
import ts5 from 'typescript';
import ts50 from 'typescript50';
import ts6 from 'typescript6';
import babelPlugin from '../../transformer/babel.ts';
import typescriptPlugin, { type PluginExtras } from '../../transformer/typescript.ts';
import { type Backend, type Fixture, FIXTURES } from '../support/fixtures.ts';
import { RUNS_BABEL_8 } from './versions.ts';

type TypeScript = typeof ts5;

/** A backend, and what it cannot do. */
export interface LoweringBackend extends Backend {
  /** Fixtures in syntax that is newer than the host, or that it lowers wrongly itself. */
  readonly tooNew?: readonly string[];
  /** Sites that are left alone (TKA208). */
  readonly leavesAlone?: RegExp;
}

/** TypeScript before 5.2. */
const OLD: Partial<LoweringBackend> = {
  tooNew: [
    'using-declarations-are-disposed-inside-the-call',
    'await-using-is-disposed-in-order',
    'await-using-in-blocks-without-a-space',
    // Its lowered `for await` leaves an iterator open.
    'for-await-loops-with-jumps-and-labels',
  ],
  leavesAlone: /^(?:Derived|Square)\.constructor$/,
};

const old = ts50 as unknown as TypeScript;

/** Hosts that take apart what the other tests leave whole: generators, `async`, classes, block scopes. */
export const LOWERING_BACKENDS: readonly LoweringBackend[] = [
  { ...typescript('typescript 5.0, commonjs, es5', old, ts5.ScriptTarget.ES5), ...OLD },
  { ...typescript('typescript 5.0, commonjs, es2017', old, ts5.ScriptTarget.ES2017), ...OLD },
  typescript('typescript 5.9, commonjs, es5', ts5, ts5.ScriptTarget.ES5),
  typescript('typescript 5.9, commonjs, es2015', ts5, ts5.ScriptTarget.ES2015),
  typescript('typescript 6.0, commonjs, es2015', ts6 as unknown as TypeScript, ts5.ScriptTarget.ES2015),
  babel('babel 7, es5', babel7, createRequire(import.meta.url), true),
  ...(RUNS_BABEL_8 ? await babel8Backends() : []),
];

function typescript(name: string, ts: TypeScript, target: number): Backend {
  return {
    name,
    extension: '.cjs',
    keepsNewSyntax: false,
    build: ({ file, code, options }, plugin) => {
      const program = { getCurrentDirectory: () => FIXTURES };
      const extras = { ts: ts as unknown as PluginExtras['ts'], addDiagnostic: () => 0 };
      const before = plugin ? [typescriptPlugin(program, options, extras)] : [];
      const { outputText } = ts.transpileModule(code, {
        fileName: join(FIXTURES, file),
        compilerOptions: {
          module: ts.ModuleKind.CommonJS,
          target,
          downlevelIteration: true,
          jsx: ts.JsxEmit.React,
          jsxFactory: 'h',
          allowJs: true,
          alwaysStrict: !file.endsWith('.cjs'),
        },
        transformers: { before },
      });
      return outputText;
    },
  };
}

async function babel8Backends(): Promise<Backend[]> {
  const require = createRequire(new URL('./babel8/package.json', import.meta.url));
  const core = (await import(require.resolve('@babel/core'))) as typeof BabelCore;
  return [babel('babel 8', core, require, false), babel('babel 8, es5', core, require, true)];
}

function babel(name: string, core: typeof BabelCore, require: NodeJS.Require, lowers: boolean): Backend {
  const typeScriptOptions = core.version.startsWith('7.') ? { allowDeclareFields: true } : {};
  return {
    name,
    extension: '.mjs',
    keepsNewSyntax: false,
    build: ({ file, code, options }: Fixture, plugin) => {
      const result = core.transformSync(code, {
        filename: join(FIXTURES, file),
        configFile: false,
        babelrc: false,
        sourceType: file.endsWith('.cjs') ? 'script' : 'module',
        presets: [
          ...(lowers ? [[require.resolve('@babel/preset-env'), { targets: 'ie 11', modules: false }]] : []),
          [require.resolve('@babel/preset-typescript'), { ...typeScriptOptions, jsxPragma: 'h' }],
          [require.resolve('@babel/preset-react'), { runtime: 'classic', pragma: 'h' }],
        ] as BabelCore.PluginItem[],
        plugins: [
          [require.resolve('@babel/plugin-proposal-decorators'), { version: '2023-11' }],
          require.resolve('@babel/plugin-transform-explicit-resource-management'),
          ...(plugin ? [[babelPlugin, { ...options, root: FIXTURES }]] : []),
        ] as BabelCore.PluginItem[],
      });
      return result?.code ?? '';
    },
  };
}
