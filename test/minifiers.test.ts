import { transformSync } from 'esbuild';
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
