// Runs the core of the test suite on other versions of Node, which come as npm packages.
// Usage: node scripts/test-nodes.mjs [22 24 26 …] [--results DIR]
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const CORE = [
  'test/fixtures.test.ts',
  'test/transparency.test.ts',
  'test/control-flow.property.test.ts',
  'test/first-calls.test.ts',
  'test/runtime',
  'test/cli',
  'test/hosts/register.test.ts',
  'test/compilers',
];

/**
 * What another version of Node changes nothing about: pages in a browser, shells, arguments, tables, formats, what compilers
 * read; and arithmetic, the estimates and a month of intervals on a simulated clock.
 */
const SAME = [
  'test/cli/commands.test.ts',
  'test/cli/explain.test.ts',
  'test/cli/export.test.ts',
  'test/cli/html.test.ts',
  'test/cli/views.test.ts',
  'test/cli/width.test.ts',
  'test/cli/export-consumers.test.ts',
  'test/cli/completion.test.ts',
  'test/compilers/declarations.test.ts',
  'test/compilers/unmarked.test.ts',
  'test/compilers/unreadable-input.test.ts',
  'test/runtime/journal-history.test.ts',
  'test/runtime/margin.test.ts',
  'test/runtime/sampling.property.test.ts',
  'test/runtime/self-margin.test.ts',
];

const { values, positionals } = parseArgs({
  options: { results: { type: 'string' } },
  allowPositionals: true,
});
const versions = positionals.length > 0 ? positionals : ['20', '22', '24', '26'];
const shell = process.platform === 'win32';

for (const version of versions) {
  const args = ['--yes', '--package', `node@${version}`, 'node', '-p', 'process.execPath'];
  const node = execFileSync('npx', args, { encoding: 'utf8', shell }).trim();
  console.log(`\n› Node ${execFileSync(node, ['-v'], { encoding: 'utf8' }).trim()}`);
  const reporters = values.results
    ? [
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${join(values.results, `node-${version}.json`)}`,
      ]
    : [];
  const without = SAME.map((file) => `--exclude=${file}`);
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...CORE, ...without, ...reporters];
  const { status } = spawnSync(node, vitest, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
