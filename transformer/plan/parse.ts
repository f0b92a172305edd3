import { basename } from 'node:path/posix';
import { parseSync, type ParserOptions, type ParseResult } from 'oxc-parser';
import type { FileInfo } from './plan.ts';

const LANGUAGES: Readonly<Record<string, ParserOptions['lang']>> = {
  ts: 'ts',
  mts: 'ts',
  cts: 'ts',
  tsx: 'tsx',
};

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

/** ESM syntax or extension tells; else a file that speaks of `module`, `exports` or `require` is CommonJS. */
export function formatOf(
  file: string,
  code: string,
  parsed: ParseResult,
  scripts: 'esm' | 'commonjs' = 'esm',
): 'esm' | 'commonjs' {
  if (/\.[cm]ts$|\.[cm]js$/.test(file))
    return /\.m[tj]s$/.test(file) || parsed.module.hasModuleSyntax ? 'esm' : 'commonjs';
  if (parsed.module.hasModuleSyntax) return 'esm';
  return /\b(?:module\.exports|exports\s*[.[]|require\s*\()/.test(code) ? 'commonjs' : scripts;
}
