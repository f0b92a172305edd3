/** Routers split a route's module by its text, which they read under several ids. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, createLogger } from 'vite';
import { expect, it } from 'vitest';
import tkaPerf from '../../transformer/hosts/vite.ts';
import { CHILDREN, emptyProject, runWell, writeFiles } from './support.ts';

const HOME = `// @monitor-file
export const meta = () => 'home';
const shown = (text) => text.trim();
export async function loader() {
  return 1;
}
export async function clientLoader() {
  try { return JSON.parse('2'); } catch { return 0; }
}
clientLoader.hydrate = true;
export const HydrateFallback = () => 'load';
export const clientAction = async () => shown(' done ');
export default function Home() {
  return ['a', 'b'].map((name) => name).join() + shown(' ');
}
`;

interface Built {
  readonly chunks: readonly string[];
  readonly stderr: string;
  readonly told: readonly string[];
  readonly values: unknown;
  readonly measured: (file: string) => readonly string[];
}

function built(plugin: 'with' | 'without', home: string = HOME): Built {
  const root = emptyProject(`split-routes-${plugin}`);
  writeFiles(root, { 'package.json': '{ "type": "module" }', 'app/home.tsx': home, 'read.mjs': READ });
  const { stdout, stderr } = runWell(process.execPath, [join(CHILDREN, 'split-routes.mjs'), plugin], root);
  const last = stdout.trim().split('\n').at(-1) ?? '';
  const read = runWell(process.execPath, ['read.mjs', last], root);
  return {
    chunks: JSON.parse(last) as readonly string[],
    stderr,
    told: [...stderr.matchAll(/TKA\d+: "([^"]+)"/g)].map(([, name]) => name ?? ''),
    values: JSON.parse(read.stdout),
    measured: (file) =>
      [...readFileSync(join(root, 'dist', file), 'utf8').matchAll(/\[\s*"(app\/home\.[^"]+)"/g)].map(
        ([, name]) => name ?? '',
      ),
  };
}

/** Loads a route as a page does: a part from where the manifest says, all else from the entry. */
const READ = `
const chunks = JSON.parse(process.argv[2]);
const entry = await import('./dist/client/entry.js');
const read = {};
for (const name of ['meta', 'clientLoader', 'HydrateFallback', 'clientAction', 'default']) {
  const module = chunks.includes(name) ? await import('./dist/client/' + name + '.js') : entry;
  read[name] = module[name] ? await module[name]() : 'lost';
}
console.log(JSON.stringify(read));
`;

it('what React Router takes out of a route is found where its manifest says', () => {
  const plain = built('without');
  const ours = built('with');
  expect(plain.chunks).toEqual(['clientLoader', 'HydrateFallback']);
  expect(ours.chunks).toEqual(plain.chunks);
  expect(ours.values).toEqual(plain.values);
  expect(JSON.stringify(ours.values)).not.toContain('lost');
});

it('what may be taken out is left alone and told once, the rest of the route is measured', () => {
  const { told, measured } = built('with');
  const split = ['shown', 'clientLoader', 'HydrateFallback', 'clientAction'].map(
    (name) => `app/home.${name}`,
  );
  expect(told).toEqual(split);
  const rest = ['meta', 'loader', 'Home', 'Home.<anonymous>@14:25'].map((name) => `app/home.${name}`);
  expect(measured('client/entry.js')).toEqual(rest);
  expect(measured('server/entry.js').toSorted()).toEqual([...split, ...rest].toSorted());
});

it('what is exported behind its declaration is part of the rest too', () => {
  const home = `// @monitor-file
const clientLoader = async () => 1;
const HydrateFallback = () => 'load', clientAction = () => 2;
function Home() {
  return 'home';
}
const meta = () => 'm';
const helper = () => 3;
export { clientLoader, HydrateFallback, clientAction, meta };
export default Home;
`;
  const plain = built('without', home);
  const { chunks, values, told, measured } = built('with', home);
  expect(chunks).toEqual(plain.chunks);
  expect(values).toEqual(plain.values);
  const names = ['clientLoader', 'HydrateFallback', 'clientAction', 'helper'];
  expect(told).toEqual(names.map((name) => `app/home.${name}`));
  expect(measured('client/entry.js')).toEqual(['app/home.Home', 'app/home.meta']);
});

it('a route of which nothing is taken out is measured as any file', () => {
  const home =
    "// @monitor-file\nconst shown = () => 1;\nexport const meta = () => 'home';\nexport default () => shown();\n";
  const { told, measured } = built('with', home);
  expect(told).toEqual([]);
  expect(measured('client/entry.js')).toEqual(['app/home.shown', 'app/home.meta', 'app/home.default']);
});

const ROUTE = `import { createFileRoute } from 'router';
import { price } from './price.js';
// @monitor
const load = async () => price(1);
// @monitor
export const Route = createFileRoute('/')({ loader: load, component: () => price(2) });
`;

it('a file of a route that TanStack Router splits is left alone, what it calls is measured', async () => {
  const root = emptyProject('split-routes-tanstack');
  writeFiles(root, { 'route.js': ROUTE, 'price.js': '// @monitor\nexport const price = (n) => n;\n' });
  const warnings: string[] = [];
  const codeWith = async (name: string): Promise<string> => {
    warnings.length = 0;
    const { output } = (await build({
      root,
      configFile: false,
      customLogger: { ...createLogger(), warn: (text) => warnings.push(text) },
      plugins: [tkaPerf(), { name }],
      build: {
        write: false,
        minify: false,
        lib: { entry: 'route.js', formats: ['es'] },
        rollupOptions: { external: ['router', 'tka-perf'] },
      },
    }).then((built) => (Array.isArray(built) ? built[0] : built))) as { output: { code: string }[] };
    return output[0]?.code ?? '';
  };
  expect(await codeWith('other')).toMatch(/"route\.load"/);
  expect(warnings.filter((text) => text.includes('TKA216'))).toEqual([]);
  const tanStack = 'tanstack-router:code-splitter:compile-reference-file';
  const code = await codeWith(tanStack);
  expect(code).toMatch(/"price\.price"/);
  expect(code).not.toMatch(/"route\./);
  expect(warnings.filter((text) => /TKA216: "route\.load" .* TanStack Router/.test(text))).toHaveLength(1);
  const mention = '// as createFileRoute does\n// @monitor\nexport const load = () => 1;\n';
  writeFiles(root, { 'route.js': `${mention}import { price } from './price.js';\nprice();\n` });
  expect(await codeWith(tanStack)).toMatch(/"route\.load"/);
});
