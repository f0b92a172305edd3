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

function documentsOf(files: readonly string[]): string[] {
  const inFolder = readdirSync(join(PROJECT, 'docs')).map((name) => `docs/${name}`);
  return [...files, ...inFolder].filter((path) => path.endsWith('.md'));
}
