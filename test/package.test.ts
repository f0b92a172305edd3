/** What the published package holds. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const PROJECT = join(import.meta.dirname, '..');

test('links between its documents lead to files that are in it', () => {
  const { files } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { files: string[] };
  const isIn = (path: string): boolean => files.some((each) => path === each || path.startsWith(`${each}/`));
  const broken = documentsOf(files).flatMap((document) => {
    const text = readFileSync(join(PROJECT, document), 'utf8');
    return Array.from(text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g), ([, to = '']) => to)
      .filter((to) => !/^[a-z]+:/.test(to))
      .map((to) => relative(PROJECT, join(PROJECT, dirname(document), to)))
      .filter((path) => !isIn(path) || !existsSync(join(PROJECT, path)))
      .map((path) => `${document}: ${path}`);
  });
  expect(broken).toEqual([]);
});

test.each([
  ['Vite', 'vite'],
  ['Rollup', 'rollup'],
  ['Rolldown, tsdown', 'rolldown'],
  ['webpack', 'webpack'],
  ['Rspack', '@rspack/core'],
  ['esbuild', 'esbuild'],
  ['Farm', '@farmfe/core'],
  ["Bun's bundler", 'bun'],
  ['Vitest', 'vitest'],
  ['Jest', 'jest'],
])('the version of %s that is said to be run is the one that is', (host, dependency) => {
  const manifest = join(PROJECT, 'node_modules', dependency, 'package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const rows = readFileSync(join(PROJECT, 'docs/hosts.md'), 'utf8').split('\n');
  expect(rows.find((row) => row.startsWith(`| ${host} `))).toContain(`| ${version}`);
});

function documentsOf(files: readonly string[]): string[] {
  const inFolder = readdirSync(join(PROJECT, 'docs')).map((name) => `docs/${name}`);
  return [...files, ...inFolder].filter((path) => path.endsWith('.md'));
}
