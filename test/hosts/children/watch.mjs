// Watches src/main.js by a bundler's own watch mode or dev server, moves the mark, and prints the names of the sites that
// each build has: node watch.mjs <host>
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [host] = process.argv.slice(2);
const root = process.cwd();
const input = join(root, 'src/main.js');
const output = join(root, 'out/main.js');
const plain = readFileSync(input, 'utf8');
const marked = (name) => plain.replace(`export function ${name}`, `// @monitor\nexport function ${name}`);

const seen = [];
const steps = [() => edit(marked('first')), () => edit(marked('second'))];

function edit(code) {
  writeFileSync(input, code);
}

/** Takes a build's code; goes on to the next edit where it differs from the last one. @returns whether that was all */
function take(code) {
  const names = [...code.matchAll(/"(src\/main\.\w+)",\s*"function"/g)].map(([, name]) => name);
  if (JSON.stringify(names) !== JSON.stringify(seen.at(-1))) {
    seen.push(names);
    // A watcher may look at times of a second, or begin to watch after its first build is told.
    const next = steps.shift();
    if (next) setTimeout(next, 300);
  }
  return seen.length === 3;
}

const takeOutput = () => take(readFileSync(output, 'utf8'));

const hosts = {
  async rollup(done) {
    const { watch } = await import('rollup');
    const { default: tkaPerf } = await import('tka-perf/rollup');
    const watcher = watch({
      input,
      external: ['tka-perf'],
      plugins: [tkaPerf()],
      output: { file: output },
    });
    watcher.on('event', (event) => {
      if (event.code === 'ERROR') throw event.error;
      if (event.code === 'BUNDLE_END' && takeOutput()) watcher.close().then(done);
    });
  },

  async 'vite-build'(done) {
    const { build } = await import('vite');
    const { default: tkaPerf } = await import('tka-perf/vite');
    const watcher = await build({
      configFile: false,
      root,
      logLevel: 'silent',
      plugins: [tkaPerf()],
      build: {
        watch: {},
        minify: false,
        emptyOutDir: false,
        outDir: join(root, 'out'),
        lib: { entry: input, formats: ['es'], fileName: () => 'main.js' },
        rolldownOptions: { external: ['tka-perf'] },
      },
    });
    watcher.on('event', (event) => {
      if (event.code === 'ERROR') throw event.error;
      if (event.code === 'BUNDLE_END' && takeOutput()) watcher.close().then(done);
    });
  },

  'vite-server': (done) =>
    viteServer(done, (server) => server.environments.ssr.transformRequest('/src/main.js')),

  'vite-client': (done) =>
    viteServer(done, (server) => server.environments.client.transformRequest('/src/main.js')),

  async webpack(done) {
    const { default: webpack } = await import('webpack');
    const { default: tkaPerf } = await import('tka-perf/webpack');
    const compiler = webpack({
      mode: 'none',
      context: root,
      entry: input,
      target: 'node',
      externals: ['tka-perf'],
      output: { path: join(root, 'out'), filename: 'main.js' },
      plugins: [tkaPerf()],
    });
    const watching = compiler.watch({}, (error) => {
      if (error) throw error;
      if (takeOutput()) watching.close(done);
    });
  },

  async esbuild(done) {
    const { context } = await import('esbuild');
    const { default: tkaPerf } = await import('tka-perf/esbuild');
    const watching = await context({
      entryPoints: [input],
      bundle: true,
      format: 'esm',
      external: ['tka-perf'],
      outfile: output,
      plugins: [
        tkaPerf(),
        {
          name: 'after',
          setup: ({ onEnd }) =>
            onEnd(() => void setTimeout(() => takeOutput() && watching.dispose().then(done), 50)),
        },
      ],
    });
    await watching.watch();
  },
};

async function viteServer(done, transform) {
  const { createServer } = await import('vite');
  const { default: tkaPerf } = await import('tka-perf/vite');
  const server = await createServer({
    configFile: false,
    root,
    logLevel: 'silent',
    server: { middlewareMode: true, ws: false },
    plugins: [tkaPerf()],
  });
  const look = setInterval(async () => {
    const { code } = await transform(server);
    if (seen.length < 3 && take(code)) {
      clearInterval(look);
      await server.close();
      done();
    }
  }, 100);
}

await new Promise((done) => hosts[host](done));
process.stdout.write(`\n${JSON.stringify(seen)}\n`);
process.exit();
