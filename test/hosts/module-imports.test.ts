import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { importedModules } from '../../transformer/hosts/module-imports.ts';

it('finds what a module imports, and theirs, and follows each file once whoever imports it', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tka-perf-imports-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const files = {
    'one.mjs': "import './shared.mjs';\nexport * from './deep.mjs';\nimport('./later.mjs');\n",
    'two.mjs': "import './shared.mjs';\nimport './own.mjs';\nimport './missing.mjs';\nimport 'node:fs';\n",
    'shared.mjs': "import './deep.mjs';\nimport './one.mjs';\nimport './common.cjs';\n",
    'deep.mjs': 'export const deep = 1;\n',
    'own.mjs': "import './theirs.mjs';\n",
    'theirs.mjs': '',
    'later.mjs': '',
    'common.cjs': '',
  };
  for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, name), code);
  const asked: string[] = [];
  const known = new Set<string>();
  const importedBy = (name: string): string[] => {
    const file = join(folder, name);
    const isOurs = (path: string): boolean => {
      asked.push(basename(path));
      return !path.endsWith('theirs.mjs');
    };
    return importedModules({ file, code: readFileSync(file, 'utf8') }, isOurs, known).map((each) =>
      basename(each.file),
    );
  };

  expect(importedBy('one.mjs')).toEqual(['shared.mjs', 'deep.mjs']);
  expect(asked.splice(0)).toEqual(['shared.mjs', 'deep.mjs', 'common.cjs']);
  expect(importedBy('two.mjs')).toEqual(['own.mjs']);
  expect(asked.splice(0)).toEqual(['own.mjs', 'theirs.mjs']);
  expect(importedBy('shared.mjs')).toEqual([]);
  expect(asked).toEqual([]);
});
