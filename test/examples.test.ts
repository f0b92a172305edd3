/** Each example, built and run by its own scripts, with the packages of this repository. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { PACKAGE, run } from './hosts/support.ts';

const EXAMPLES = resolve(PACKAGE, 'examples');
/** Below the repository, whose `node_modules` they find. */
const WORK = join(PACKAGE, 'test/.tmp/examples');

const names = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'zod-workload')
  .map(({ name }) => name);

test('there is one for each way of building', () => {
  expect(names).toEqual(['babel', 'jest', 'node-loader', 'tsc', 'vite']);
});

test.each(names)('%s', (name) => {
  const folder = join(WORK, name);
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(EXAMPLES, name), folder, { recursive: true });
  mkdirSync(join(folder, 'node_modules'));
  mkdirSync(join(folder, 'tmp')); // Jest caches what an older transform has made of the same file
  symlinkSync(PACKAGE, join(folder, 'node_modules/tka-perf'), 'junction');
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const path = [join(PACKAGE, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
  const script = (which: string): string => {
    // The package's own bin is linked by an install only.
    const command = scripts[which]
      .replace(/^tka-perf /, `node ${join(PACKAGE, 'dist/cli/index.cjs')} `)
      // Two lines of ts-patch are installed here, and share the one name.
      .replace(/^tspc/, `node ${join(PACKAGE, 'node_modules/ts-patch/bin/tspc.js')}`);
    const { status, stdout, stderr } = run('sh', ['-c', command], folder, {
      PATH: path,
      TMPDIR: join(folder, 'tmp'),
    });
    expect({ which, status, stderr: status === 0 ? '' : stderr }).toEqual({ which, status: 0, stderr: '' });
    return stdout;
  };
  if (scripts.build !== undefined) script('build');
  script('start');
  const report = script('report');
  // Empty carts fail before they are added up.
  const [quotes, totals] = name === 'jest' ? [3, 2] : [20, 16];
  expect(report).toMatch(new RegExp(`^src/prices\\.quote +${quotes} `, 'm'));
  expect(report).toMatch(new RegExp(`^src/prices\\.total +${totals} `, 'm'));
  expect(report).toContain('the last: nothing to quote');
});
