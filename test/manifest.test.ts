import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from '@babel/core';
import ts from 'typescript';
import { expect, test } from 'vitest';
import babelPlugin from '../transformer/babel.ts';
import { explain, instrument, MANIFEST_FOLDER, type ManifestEntry } from '../transformer/index.ts';
import typescriptPlugin, { type PluginExtras } from '../transformer/typescript.ts';

const CODE = '// @monitor\nexport function total() {}\nexport function other() {}\n';

function project(): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'tka-manifest-')));
  mkdirSync(join(root, 'src'));
  return root;
}

function entriesOf(root: string): ManifestEntry[] {
  const folder = join(root, MANIFEST_FOLDER);
  return readdirSync(folder).map(
    (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as ManifestEntry,
  );
}

test.each([
  ['text', (root: string) => instrument(CODE, { file: 'src/cart.ts', root, manifest: true })?.code],
  [
    'babel',
    (root: string) =>
      transformSync(CODE, {
        filename: join(root, 'src/cart.ts'),
        configFile: false,
        babelrc: false,
        plugins: [[babelPlugin, { root, manifest: true }]],
      })?.code,
  ],
  [
    'typescript',
    (root: string) =>
      ts.transpileModule(CODE, {
        fileName: join(root, 'src/cart.ts'),
        transformers: {
          before: [
            typescriptPlugin(
              undefined,
              { root, manifest: true },
              { ts: ts as unknown as PluginExtras['ts'], addDiagnostic: () => 0 },
            ),
          ],
        },
      }).outputText,
  ],
])('a build by %s notes what it instrumented, and forgets what is no longer marked', (_, build) => {
  const root = project();
  expect(build(root)).toContain('src/cart.total');
  expect(entriesOf(root)).toMatchObject([
    {
      version: 1,
      file: 'src/cart.ts',
      sites: [{ name: 'src/cart.total', kind: 'function', line: 2, reason: 'mark' }],
    },
  ]);
  instrument('export function total() {}', { file: 'src/cart.ts', root, manifest: true });
  expect(entriesOf(root)).toEqual([]);
});

test('a manifest that cannot be written does not stop the build', () => {
  const root = project();
  writeFileSync(join(root, '.tka-perf'), 'a file in the way');
  expect(instrument(CODE, { file: 'src/cart.ts', root, manifest: true })?.sites).toHaveLength(1);
  rmSync(root, { recursive: true });
});

test('explain tells of every function whether it is instrumented, and why', () => {
  const code = [
    '// @monitor threshold=5ms',
    'export function marked() { return [1].map((n) => n); }',
    '// @monitor-ignore',
    'function ignored() {}',
    '// @monitor',
    'function twice() { function a() {} var a; }',
    'export const other = () => 1;',
  ].join('\n');
  const brief = (options: object): unknown[] =>
    explain(code, { file: 'a.ts', ...options }).verdicts.map(({ name, line, verdict, reason, code }) => [
      name,
      line,
      verdict,
      reason ?? code,
    ]);
  expect(brief({})).toEqual([
    ['a.marked', 2, 'instrumented', 'mark'],
    ['a.marked.<anonymous>@2:43', 2, 'not selected', undefined],
    ['a.ignored', 4, 'ignored', undefined],
    ['a.twice', 6, 'left alone', 'TKA202'],
    ['a.twice.a', 6, 'not selected', undefined],
    ['a.other', 7, 'not selected', undefined],
  ]);
  expect(brief({ functions: 'exported' })).toContainEqual(['a.other', 7, 'instrumented', 'exported']);
  expect(explain(code, { file: 'a.ts', exclude: ['a.ts'] }).passedOver).toBe('excluded');
  expect(explain(code, { file: 'a.ts', enabled: false }).passedOver).toBe('disabled');
  const built = instrument(code, { file: 'a.ts' })?.code ?? '';
  expect(explain(built, { file: 'a.ts' }).passedOver).toBe('instrumented before');
  // As Qwik cuts a function out of it, into a module of its own.
  const cutOut =
    'import { _auto_$tk as $tk } from "./a.ts";\nexport const s = /* @monitor */ () => { let $tka=$tk(0,0); };';
  expect(explain(cutOut, { file: 's.ts' }).passedOver).toBe('instrumented before');
});
