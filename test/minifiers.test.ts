import { fileURLToPath } from 'node:url';
import { buildSync, transformSync } from 'esbuild';
import { minifySync } from 'rolldown/utils';
import { expect, test } from 'vitest';
import { instrument } from '../transformer/index.ts';

/** Functions that return one without a name, in forms of which minifiers make a plain `return () => {}`. */
const CODE = `
const DEBUG = true;
const pure = 1;
const makers = [
  () => () => {},
  () => class {},
  () => (0, function () {}),
  () => (DEBUG ? () => {} : null),
  function () { return () => {}; },
  function (x) { if (x) return class {}; return DEBUG && (() => {}); },
  function () { try { return pure, () => {}; } finally { DEBUG; } },
  async () => () => {},
  async function () { if (await DEBUG) return () => {}; },
  function* () { return () => {}; },
  function () { /* @monitor name="block" */ { if (DEBUG) return () => {}; } },
];
globalThis.madeNames = Promise.all(
  makers.map(async (make) => {
    const made = await make();
    return (made.next ? made.next().value : made).name;
  }),
);
`;

const MINIFIERS: Readonly<Record<string, (code: string) => string>> = {
  none: (code) => code,
  esbuild: (code) => transformSync(code, { minify: true, format: 'iife' }).code,
  oxc: (code) => minifySync('a.js', code, { module: true }).code,
};

test.each(Object.entries(MINIFIERS))(
  'what is returned without a name has none in minified code: %s',
  async (_, minify) => {
    const options = { functions: 'all', runtime: 'global' } as const;
    const instrumented = instrument(CODE, { file: 'a.js', ...options });
    expect(instrumented?.sites.length).toBeGreaterThan(11);
    new Function(minify(instrumented?.code ?? ''))();
    const names = await (globalThis as { madeNames?: Promise<string[]> }).madeNames;
    expect(names).toEqual(Array.from({ length: 11 }, () => ''));
  },
);

const PRINTERS: Readonly<Record<string, (code: string) => string>> = {
  ...MINIFIERS,
  'esbuild, not minifying': (code) => transformSync(code, { format: 'cjs' }).code,
};

test.each(Object.entries(PRINTERS))('what they print is not instrumented again: %s', (_, print) => {
  for (const format of ['esm', 'commonjs'] as const) {
    const { code = '' } = instrument(CODE, { file: 'a.js', functions: 'all', format }) ?? {};
    expect(instrument(print(code), { file: 'a.js', functions: 'all' })).toBeUndefined();
  }
});

test.each(['index.js', 'index.cjs'])('nor is the runtime (%s), where they have bundled it', (file) => {
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL(`../dist/runtime/${file}`, import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
  });
  const [bundle] = outputFiles;
  for (const print of Object.values(PRINTERS)) {
    const text = print(bundle?.text ?? '');
    expect(text).toContain('tka-perf');
    expect(instrument(text, { file: 'chunk.js', functions: 'all' })).toBeUndefined();
  }
});

test('a file that only asks for the runtime by its key is instrumented as others are', () => {
  const code = "// @monitor\nconst f = () => globalThis[Symbol.for('tka-perf')].monitor.snapshot();\n";
  expect(instrument(code, { file: 'a.js' })?.sites).toHaveLength(1);
});
