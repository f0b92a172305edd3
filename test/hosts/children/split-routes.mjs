// Builds app/home.tsx of the working directory as React Router does with `splitRouteModules`: node split-routes.mjs <with|without>.
// Prints what it would take for the chunks of the route, by its manifest, and writes the browser's build to dist/client, the
// server's to dist/server.
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { build, createServer } from 'vite';
import tkaPerf from 'tka-perf/vite';

const NAMES = ['clientAction', 'clientLoader', 'clientMiddleware', 'HydrateFallback'];
const ENTRY = '?__react-router-build-client-route';
const CHUNK = '?route-chunk=';
const ROUTE = resolve('app/home.tsx');
const ours = process.argv[2] === 'with' ? [tkaPerf] : [];

/** Each export with the top-level statements that it needs, or that say something of what it needs. */
function exportsOf(parse, code) {
  const statements = parse(code).body.map(({ type, start, end, declaration, specifiers = [] }) => {
    const declared = declaration?.declarations?.map(({ id }) => id.name) ?? [declaration?.id?.name];
    const named = specifiers.map(({ exported }) => exported?.name);
    const text = code.slice(start, end);
    return {
      text,
      words: new Set(text.match(/[\w$]+/g)),
      isImport: type === 'ImportDeclaration',
      exports: type === 'ExportDefaultDeclaration' ? ['default'] : [...declared, ...named],
      isExport: type.startsWith('Export'),
    };
  });
  const inner = statements.filter(({ isImport, isExport }) => !isImport && !isExport);
  const own = inner.flatMap(
    ({ text }) => /(?:function|class|const|let|var)\s+([\w$]+)/.exec(text)?.[1] ?? [],
  );
  const isKnown = (word) => own.includes(word) || NAMES.includes(word);
  const found = new Map();
  for (const statement of statements.filter(({ isExport }) => isExport)) {
    const needed = new Set([statement]);
    for (const { words } of needed)
      for (const other of inner)
        if ([...words].some((word) => isKnown(word) && other.words.has(word))) needed.add(other);
    for (const name of statement.exports) if (name !== undefined) found.set(name, needed);
  }
  return { statements, found };
}

function split(parse, code) {
  const { statements, found } = exportsOf(parse, code);
  const isAlone = (name) =>
    found.has(name) &&
    [...found].every(
      ([other, needed]) => other === name || [...needed].every((one) => !found.get(name).has(one)),
    );
  const chunks = NAMES.filter((name) => isAlone(name));
  const textOf = (isIn) =>
    statements
      .filter((one) => one.isImport || isIn(one))
      .map(({ text }) => text)
      .join('\n');
  return {
    names: [...found.keys()],
    chunks,
    codeOf: (chunk) =>
      chunk === 'main'
        ? textOf((one) => chunks.every((name) => !found.get(name).has(one)))
        : chunks.includes(chunk) && textOf((one) => found.get(chunk).has(one)),
  };
}

const reactRouter = { name: 'react-router' };
const splitter = {
  name: 'react-router:split-route-modules',
  transform(code, id, { ssr }) {
    if (ssr || !id.startsWith(ROUTE.replaceAll('\\', '/'))) return;
    const { names, chunks, codeOf } = split((text) => this.parse(text), code);
    const file = `./${basename(ROUTE)}`;
    const [, chunk] = id.split(CHUNK);
    if (chunk) return codeOf(chunk) || 'console.log("no chunk")';
    const main = names.filter((name) => !chunks.includes(name)).join(', ');
    if (id.endsWith(ENTRY)) return `export { ${main} } from '${file}';`;
    if (chunks.length === 0) return;
    return [`export { ${main} } from '${file}${CHUNK}main';`]
      .concat(chunks.map((name) => `export { ${name} } from '${file}${CHUNK}${name}';`))
      .join('\n');
  },
};

const pluginsWith = (...others) => [...ours.map((create) => create()), ...others];
const shared = { configFile: false, logLevel: 'warn', esbuild: { jsx: 'automatic' } };
const output = { entryFileNames: ({ facadeModuleId }) => `${facadeModuleId.split('=')[1] ?? 'entry'}.js` };
const input = [ENTRY, ...NAMES.map((name) => CHUNK + name)].map((query) => ROUTE + query);
const made = (outDir, input, more) => ({
  outDir,
  minify: false,
  rollupOptions: { input, output, preserveEntrySignatures: 'strict', external: /^(?!.*tka-perf)[a-z]/ },
  ...more,
});
await build({ ...shared, plugins: pluginsWith(reactRouter, splitter), build: made('dist/client', input) });
await build({
  ...shared,
  plugins: pluginsWith(reactRouter, splitter),
  build: made('dist/server', ROUTE, { ssr: true }),
});

// What is in the manifest is decided by a server that compiles the file again, without the plugin `react-router`.
const compiler = await createServer({
  ...shared,
  plugins: pluginsWith(splitter),
  server: { middlewareMode: true, ws: false },
});
const { moduleGraph, pluginContainer } = compiler.environments.ssr;
await moduleGraph.ensureEntryFromUrl('/app/home.tsx');
const { code } = await pluginContainer.transform(readFileSync(ROUTE, 'utf8'), ROUTE);
const { parseAst } = await import('vite');
console.log(JSON.stringify(split(parseAst, code).chunks));
await compiler.close();
