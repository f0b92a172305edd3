import { basename } from 'node:path/posix';
import { parseSync, type ParserOptions, type ParseResult } from 'oxc-parser';
import { usesCommonJs } from './commonjs-names.ts';
import type { FileInfo } from './plan.ts';

const LANGUAGES: Readonly<Record<string, ParserOptions['lang']>> = {
  ts: 'ts',
  mts: 'ts',
  cts: 'ts',
  tsx: 'tsx',
};

/** Spares files without these words the walk. */
const COMMONJS_WORDS = /\b(?:require|module|exports|__filename|__dirname)\b/;

/** Parses a file as the language that its extension names. */
export function parse(file: string, code: string, format: FileInfo['format']): ParseResult {
  const extension = /\.([cm]?[jt]sx?)$/.exec(file)?.[1] ?? 'js';
  const lang = LANGUAGES[extension] ?? 'jsx';
  const isModule = format === 'esm' || extension === 'mjs' || extension === 'mts';
  const isCommonJs = format === 'commonjs' || extension === 'cjs' || extension === 'cts';
  const name = basename(file);
  const result = parseSync(name, code, {
    lang,
    sourceType: isModule ? 'module' : isCommonJs ? 'commonjs' : 'unambiguous',
  });
  // CommonJS allows `return` at the top and `await` as a name; TypeScript allows ESM syntax in it.
  if (result.errors.length === 0 || isModule) return result;
  const other = parseSync(name, code, { lang, sourceType: isCommonJs ? 'module' : 'commonjs' });
  return other.errors.length === 0 ? other : result;
}

/**
 * How a file is loaded: extension or ESM syntax tells; else one that uses what only CommonJS has is CommonJS. What
 * comments, strings and variables of its own say does not count.
 */
export function formatOf(
  file: string,
  code: string,
  { module, program }: ParseResult,
  scripts: 'esm' | 'commonjs' = 'esm',
): 'esm' | 'commonjs' {
  if (/\.[cm]ts$|\.[cm]js$/.test(file))
    return /\.m[tj]s$/.test(file) || module.hasModuleSyntax ? 'esm' : 'commonjs';
  if (module.hasModuleSyntax) return 'esm';
  // A `return` at the top parses as CommonJS only.
  if (scripts === 'commonjs' || program.sourceType === 'commonjs') return 'commonjs';
  return COMMONJS_WORDS.test(code) && usesCommonJs(program) ? 'commonjs' : 'esm';
}
