import { transformSync } from '@babel/core';
import ts from 'typescript';
import babelPlugin from '../../transformer/babel.ts';
import { instrument, type Options } from '../../transformer/index.ts';
import typescriptPlugin, { type PluginExtras } from '../../transformer/typescript.ts';
import type { Mode } from './test262.ts';

const OPTIONS: Options = { functions: 'all', runtime: 'global', root: '/' };

/** What a printer makes of a text, plain and instrumented; `undefined` where the host itself refuses the text. */
export interface Printed {
  readonly plain: string;
  readonly instrumented: string;
}

/** A printer as the conformance run uses it. */
export interface Printer {
  readonly name: string;
  readonly print: (code: string, file: string, mode: Mode) => Printed | undefined;
}

/** The three printers. For Babel and TypeScript "plain" is what they print without our plugin. */
export const PRINTERS: readonly Printer[] = [
  {
    name: 'text',
    print: (code, file, mode) => ({
      plain: code,
      instrumented: instrument(code, { ...OPTIONS, file, format: formatOf(mode) })?.code ?? code,
    }),
  },
  {
    name: 'babel',
    print: (code, file, mode) => attempt((plugin) => babel(code, file, mode, plugin)),
  },
  {
    name: 'typescript',
    print: (code, file) => attempt((plugin) => typescript(code, file, plugin)),
  },
];

function formatOf(mode: Mode): 'esm' | undefined {
  return mode === 'module' ? 'esm' : undefined;
}

/** What the host refuses or fails at without us (TypeScript 5.9 on `return o?.c.#f` in JavaScript) tells nothing of us. */
function attempt(print: (plugin: boolean) => string): Printed | undefined {
  let plain: string;
  try {
    plain = print(false);
  } catch {
    return undefined;
  }
  return { plain, instrumented: print(true) };
}

function babel(code: string, file: string, mode: Mode, plugin: boolean): string {
  const result = transformSync(code, {
    filename: file,
    configFile: false,
    babelrc: false,
    compact: false,
    sourceType: mode === 'module' ? 'module' : 'script',
    parserOpts: { createParenthesizedExpressions: false },
    plugins: plugin ? [[babelPlugin, OPTIONS]] : [],
  });
  return result?.code ?? '';
}

function typescript(code: string, file: string, plugin: boolean): string {
  const { outputText, diagnostics = [] } = ts.transpileModule(code, {
    fileName: file,
    reportDiagnostics: true,
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ESNext,
      allowJs: true,
      alwaysStrict: false,
    },
    transformers: {
      before: plugin
        ? [
            typescriptPlugin(undefined, OPTIONS, {
              ts: ts as unknown as PluginExtras['ts'],
              addDiagnostic: () => 0,
            }),
          ]
        : [],
    },
  });
  if (diagnostics.length > 0) throw new SyntaxError('TypeScript does not parse it');
  return outputText;
}
