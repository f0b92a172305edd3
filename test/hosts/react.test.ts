/** Beside what works on React's components: Fast Refresh and React Compiler see into no probe. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { instrumentFile } from '../../transformer/index.ts';
import { resolveOptions } from '../../transformer/options.ts';
import { reactToolsOfWebpack } from '../../transformer/hosts/react.ts';
import { CHILDREN, emptyProject, type Ran, runWell, writeFiles } from './support.ts';

const APP = `import { useState } from 'react';
import { label } from './label.ts';
// @monitor
export function App() {
  const [count, setCount] = useState(0);
  return <button onClick={() => setCount(count + 1)}>{label(count)}</button>;
}
`;

const LABEL = `// @monitor
export function label(count: number): string {
  return String(count);
}
`;

function made(
  name: string,
  dependencies: object,
  plugin: 'with' | 'without',
): { served: string; built: string } & Ran {
  const root = emptyProject(name);
  writeFiles(root, {
    'package.json': JSON.stringify({ type: 'module', dependencies }),
    'src/App.tsx': APP,
    'src/label.ts': LABEL,
  });
  const ran = runWell(process.execPath, [join(CHILDREN, 'react.mjs'), plugin], root);
  return {
    ...ran,
    ...(JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '') as { served: string; built: string }),
  };
}

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

it('a served component keeps what Fast Refresh knows it by, and is measured in a build', () => {
  const plain = made('react-plain', {}, 'without');
  const ours = made('react-refresh', {}, 'with');
  expect(count(plain.served, /\b_s\(/g)).toBeGreaterThan(1);
  expect(count(ours.served, /\b_s\(/g)).toBe(count(plain.served, /\b_s\(/g));
  expect(count(ours.stderr, /TKA\d+: "[^"]+"/g)).toBe(1);
  expect(ours.stderr).toContain('TKA215: "src/App.App"');
  expect(ours.built).toContain('"src/App.App"');
  expect(ours.built).toContain('"src/label.label"');
});

it('a component of a project with React Compiler is left to it, what it calls is measured', () => {
  const { built, stderr } = made('react-compiled', { 'babel-plugin-react-compiler': '1.0.0' }, 'with');
  expect(built).not.toContain('"src/App.App"');
  expect(built).toContain('"src/label.label"');
  expect(stderr).toContain('TKA214: "src/App.App"');
});

it.each(['webpack', 'rspack', 'loader'])(
  '%s leaves hooks alone in development, and components to the compiler',
  (bundler) => {
    const told = (dependencies: object, mode: string): readonly string[] => {
      const root = emptyProject(`react-${bundler}`);
      writeFiles(root, {
        'package.json': JSON.stringify({ type: 'module', dependencies }),
        'src/app.js':
          "import { useState } from 'react';\n// @monitor\nexport const useCount = () => useState(0);\n",
      });
      const { stdout } = runWell(
        process.execPath,
        [join(CHILDREN, 'react-webpack.mjs'), bundler, mode],
        root,
      );
      const { errors, warnings } = JSON.parse(stdout) as Record<'errors' | 'warnings', readonly unknown[]>;
      expect(errors).toEqual([]);
      return warnings.flatMap((warning) => String(warning).match(/TKA\d+/) ?? []);
    };
    expect(told({}, 'development')).toEqual(['TKA215']);
    expect(told({}, 'production')).toEqual([]);
    expect(told({ 'oxc-transform-react': '0.152.0' }, 'production')).toEqual(['TKA214']);
  },
);

it('webpack’s and Next’s plugins for Fast Refresh are known in development alone', () => {
  for (const name of ['ReactRefreshPlugin', 'ReactFreshWebpackPlugin', 'ReactRefreshRspackPlugin']) {
    const plugin = { constructor: { name } };
    expect(reactToolsOfWebpack('/', 'development', [plugin]).refreshesHooks).toBe(true);
    expect(reactToolsOfWebpack('/', 'production', [plugin]).refreshesHooks).toBe(false);
  }
  expect(reactToolsOfWebpack('/', 'development', [{}]).refreshesHooks).toBe(false);
});

it('only functions that call a hook themselves are left alone', () => {
  const code = `const app = make();
function setUp() { app.use(() => useThing()); }
const Memo = memo(() => { React.useMemo(() => 1, []); });
function useOther() { return useState(0); }
`;
  const options = resolveOptions({ match: ['**'] }, join(import.meta.dirname, '..'));
  const result = instrumentFile(code, { file: 'a.js', refreshesHooks: true }, options);
  const told = result?.diagnostics.map(({ args }) => args[0]);
  expect(told).toEqual(['a.setUp.<anonymous>@2:28', 'a.<anonymous>@3:19', 'a.useOther']);
});

it('of a component that nobody has marked one line is told, not one for each function in it', () => {
  const code = 'export function List() { return [1].map((x) => x).filter((x) => x); }\n';
  const options = resolveOptions({ functions: 'all' }, join(import.meta.dirname, '..'));
  const result = instrumentFile(code, { file: 'a.js', compilesComponents: true }, options);
  expect(result?.diagnostics.map(({ args }) => args[0])).toEqual(['a.List']);
  expect(result?.sites).toEqual([]);
});
