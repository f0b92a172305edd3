import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHILDREN, emptyProject, runWell, writeFiles } from './support.ts';

/** Each script edits the mark of `src/main.ts` while it watches, and prints the sites' names it saw. */
it.each(['rollup', 'vite-build', 'vite-server', 'vite-client', 'webpack', 'esbuild'])(
  'a mark that is edited takes effect under %s',
  (host) => {
    const root = emptyProject(`watch-${host}`);
    writeFiles(root, {
      'package.json': '{ "type": "module" }',
      'src/main.js':
        'export function first() {\n  return 1;\n}\n\nexport function second() {\n  return 2;\n}\n',
    });
    const script = join(CHILDREN, 'watch.mjs');
    const { stdout } = runWell(process.execPath, [script, host], root);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual([
      [],
      ['src/main.first'],
      ['src/main.second'],
    ]);
  },
);
