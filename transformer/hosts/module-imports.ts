import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { textOf } from '../disk.ts';
import { parse } from '../plan/parse.ts';
import { isCommonJs } from './commonjs-syntax.ts';

/** An ES module as it is on the disk. */
export interface ModuleFile {
  readonly file: string;
  readonly code: string;
}

/**
 * The ES modules that one imports by statements, and those that they import: files that `isOurs` lets in. A file that Node
 * finds by the `imports` or `exports` of a package for ES modules alone is not found.
 *
 * @param known files that are not followed again; takes those that are found, and the first one
 */
export function importedModules(
  root: ModuleFile,
  isOurs: (file: string) => boolean,
  known: Set<string>,
): readonly ModuleFile[] {
  const found: ModuleFile[] = [];
  const follow = ({ file, code }: ModuleFile): void => {
    for (const specifier of specifiersOf(file, code)) {
      const path = resolvedFrom(file, specifier);
      if (path === undefined || known.has(path) || !isOurs(path)) continue;
      known.add(path);
      const imported = moduleAt(path);
      if (!imported) continue;
      found.push(imported);
      follow(imported);
    }
  };
  if (known.has(root.file)) return found;
  known.add(root.file);
  follow(root);
  return found;
}

function specifiersOf(file: string, code: string): Set<string> {
  const { staticImports, staticExports } = parse(file, code, 'esm').module;
  const requests = [
    ...staticImports.map(({ moduleRequest }) => moduleRequest),
    ...staticExports.flatMap(({ entries }) => entries.map(({ moduleRequest }) => moduleRequest)),
  ];
  return new Set(requests.flatMap((request) => (request ? [request.value] : [])));
}

function resolvedFrom(file: string, specifier: string): string | undefined {
  try {
    if (/^(?:\.{0,2}\/|file:)/.test(specifier))
      return realpathSync(fileURLToPath(new URL(specifier, pathToFileURL(file))));
    const path = createRequire(file).resolve(specifier);
    return isAbsolute(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** CommonJS comes by `Module._load`, whoever imports it. */
function moduleAt(file: string): ModuleFile | undefined {
  const code = extname(file) === '.cjs' ? undefined : textOf(file);
  if (code === undefined || (extname(file) !== '.mjs' && isCommonJs(code))) return undefined;
  return { file, code };
}
