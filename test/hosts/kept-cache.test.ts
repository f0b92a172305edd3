/** Modules that a bundler keeps on disk from build to build. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHILDREN, emptyProject, runWell, writeFiles } from './support.ts';

test.each(['webpack', 'rspack'])('%s takes none that were made by other options', (bundler) => {
  const root = emptyProject(`kept-${bundler}`);
  writeFiles(root, {
    'src/main.js':
      '// @monitor\nexport function marked() { return 1; }\nexport function plain() { return 2; }\nconsole.log(marked() + plain());\n',
  });
  const built = (options: object): string[] => {
    runWell(process.execPath, [join(CHILDREN, 'build-kept.mjs'), bundler, JSON.stringify(options)], root);
    const code = readFileSync(join(root, 'out/main.js'), 'utf8');
    return ['marked', 'plain'].filter((name) => code.includes(`src/main.${name}`));
  };
  expect(built({})).toEqual(['marked']);
  expect(built({ functions: 'all' })).toEqual(['marked', 'plain']);
  expect(built({ enabled: false })).toEqual([]);
  expect(built({})).toEqual(['marked']);
});
