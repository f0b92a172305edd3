import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * How Node loads a file that has no module syntax and whose extension does not tell: by `type` of the nearest
 * `package.json`, and without one as CommonJS (nodejs.org/api/packages.html#determining-module-system).
 */
export function scriptsBelow(file: string): 'esm' | 'commonjs' {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const type = packageType(join(folder, 'package.json'));
    if (type !== undefined) return type;
    if (folder === dirname(folder)) return 'commonjs';
  }
}

function packageType(path: string): 'esm' | 'commonjs' | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return (JSON.parse(text) as { type?: unknown }).type === 'module' ? 'esm' : 'commonjs';
  } catch {
    return 'commonjs';
  }
}
