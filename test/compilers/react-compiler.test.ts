/** Beside React Compiler, which compiles no component with a `try … finally` in it. */
import { type PluginItem, transformSync } from '@babel/core';
import reactCompiler from 'babel-plugin-react-compiler';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import babelPlugin from '../../transformer/babel.ts';

const compiler = reactCompiler as unknown as PluginItem;
const measured: PluginItem = [babelPlugin, { functions: 'all', root: '/p' }];

const SOURCE = `import { useState } from 'react';
export function List({ items, on }) {
  const [q, setQ] = useQuery();
  const shown = items.filter((x) => matches(x, q));
  return <ul onClick={() => on(shown)} onKeyDown={setQ}>{shown.map((x) => <li key={x}>{x}</li>)}</ul>;
}
export const useQuery = () => {
  const [q, setQ] = useState('');
  return [q.trim(), (event) => setQ(event.key)];
};
export function matches(x, q) {
  return x.includes(q);
}
export class Query {
  get text() { return ''; }
  Render = () => 1;
}
`;

let told: string[];
beforeEach(() => {
  told = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => told.push(String(text)) > 0);
});
afterEach(() => vi.restoreAllMocks());

/** Names of the functions that have a probe, and how often something is memoised. */
function built(plugins: readonly PluginItem[]): {
  readonly probes: readonly string[];
  readonly caches: number;
} {
  const { code = '' } =
    transformSync(SOURCE, {
      filename: '/p/list.jsx',
      cwd: '/p',
      configFile: false,
      babelrc: false,
      parserOpts: { plugins: ['jsx'] },
      plugins: [...plugins],
    }) ?? {};
  const probes = [...(code ?? '').matchAll(/\["list\.([^"]+)"/g)].map(([, name = '']) => name);
  expect((code ?? '').split('$tka = $tk(').length - 1).toBe(probes.length);
  return { probes, caches: (code ?? '').split('react.memo_cache_sentinel').length - 1 };
}

describe.each([
  ['before it', [measured, compiler]],
  ['behind it', [compiler, measured]],
])('in the list %s', (_, plugins) => {
  test('components and hooks are compiled as without it, and what they call is measured', () => {
    const { caches } = built([compiler]);
    expect(caches).toBeGreaterThan(0);
    expect(built(plugins)).toEqual({ probes: ['matches', 'Query.get text', 'Query.Render'], caches });
  });

  test('it tells how many components and hooks are left alone, at the first of them', () => {
    built(plugins);
    expect(told.join('')).toContain(
      'TKA214: "list.List" is left alone (the first of 2 such functions in this file): React Compiler',
    );
    expect(told.join('').match(/TKA214/g)).toHaveLength(1);
  });
});

test('without the compiler components are measured as all functions are', () => {
  expect(built([measured]).probes).toContain('List');
  expect(told).toEqual([]);
});
