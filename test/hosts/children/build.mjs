// Builds the project in the working directory by one bundler's own API: node build.mjs <bundler> <mode> [options as JSON]
// Prints { entry, warnings } as JSON.
import { join } from 'node:path';
import { components } from './components.mjs';

const [bundler, mode = 'development', json = '{}'] = process.argv.slice(2);
const root = process.cwd();
const outDir = join(root, 'out', `${bundler}-${mode}`);
const minify = mode === 'production';
const options = JSON.parse(json);
const input = join(root, options.input ?? 'src/main.ts');
delete options.input;
// A loader that goes before all others, as source-map-loader does.
const firstLoader = options.firstLoader && join(root, options.firstLoader);
delete options.firstLoader;
// Of Rollup.
const { treeshake, external } = options;
delete options.treeshake;
delete options.external;
const warnings = [];

const builds = {
  async vite() {
    const { build, createLogger } = await import('vite');
    const { default: tkaPerf } = await import('tka-perf/vite');
    const logger = createLogger('silent');
    logger.warn = (message) => warnings.push(message);
    await build({
      configFile: false,
      root,
      mode,
      customLogger: logger,
      plugins: [tkaPerf(options), components.vite()],
      build: { ssr: input, outDir, minify, sourcemap: true, target: 'node20' },
      ssr: { noExternal: true },
    });
    return 'main.js';
  },

  async rollup() {
    const { rollup } = await import('rollup');
    const { default: tkaPerf } = await import('tka-perf/rollup');
    const { default: commonjs } = await import('@rollup/plugin-commonjs');
    const { default: resolve } = await import('@rollup/plugin-node-resolve');
    const { default: esbuild } = await import('rollup-plugin-esbuild');
    const bundle = await rollup({
      input,
      ...(treeshake !== undefined && { treeshake }),
      ...(external !== undefined && { external }),
      onwarn: ({ message }) => warnings.push(message),
      // Last on purpose: its transform goes first all the same.
      plugins: [
        resolve({ exportConditions: ['node'] }),
        commonjs(),
        esbuild({ target: 'node20', minify, jsxFactory: 'h' }),
        components.rollup(),
        tkaPerf(options),
      ],
    });
    await bundle.write({ dir: outDir, format: 'es', sourcemap: true });
    await bundle.close();
    return 'main.js';
  },

  async rolldown() {
    const { rolldown } = await import('rolldown');
    const { default: tkaPerf } = await import('tka-perf/rolldown');
    const bundle = await rolldown({
      input,
      ...(external !== undefined && { external }),
      platform: 'node',
      onLog: (level, { message }) => level === 'warn' && warnings.push(message),
      plugins: [components.rolldown(), tkaPerf(options)],
    });
    await bundle.write({ dir: outDir, format: 'es', sourcemap: true, minify });
    await bundle.close();
    return 'main.js';
  },

  async webpack() {
    const { default: webpack } = await import('webpack');
    const { default: tkaPerf } = await import('tka-perf/webpack');
    return webpackLike(webpack, [components.webpack(), tkaPerf(options)], {
      test: /\.tsx?$/,
      loader: 'ts-loader',
      options: { transpileOnly: true },
    });
  },

  async loader() {
    const { default: webpack } = await import('webpack');
    return webpackLike(
      webpack,
      [],
      { test: /\.tsx?$/, loader: 'ts-loader', options: { transpileOnly: true } },
      {
        test: /\.c?[jt]sx?$/,
        exclude: /node_modules/,
        enforce: 'pre',
        loader: 'tka-perf/loader',
        options,
      },
    );
  },

  async rspack() {
    const { rspack } = await import('@rspack/core');
    const { default: tkaPerf } = await import('tka-perf/rspack');
    return webpackLike(rspack, [components.rspack(), tkaPerf(options)], {
      test: /\.tsx?$/,
      loader: 'builtin:swc-loader',
      options: { jsc: { parser: { syntax: 'typescript', tsx: true }, target: 'es2022' } },
    });
  },

  async esbuild() {
    const { build } = await import('esbuild');
    const { default: tkaPerf } = await import('tka-perf/esbuild');
    const result = await build({
      entryPoints: [input],
      absWorkingDir: root,
      bundle: true,
      splitting: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      outdir: outDir,
      sourcemap: true,
      minify,
      logLevel: 'silent',
      banner: {
        js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);',
      },
      plugins: [tkaPerf(options)],
    });
    for (const { text, location } of result.warnings)
      warnings.push(`${location?.file}:${location?.line}:${(location?.column ?? 0) + 1} ${text}`);
    return 'main.js';
  },

  async farm() {
    const { build } = await import('@farmfe/core');
    const { default: tkaPerf } = await import('tka-perf/farm');
    await build({
      root,
      mode,
      configFile: false,
      plugins: [jsxForFarm, components.farm(), tkaPerf(options)],
      compilation: {
        input: { main: input },
        output: { path: outDir, targetEnv: 'node', format: 'esm', clean: true },
        sourcemap: true,
        minify,
        persistentCache: false,
        presetEnv: false,
      },
    });
    return 'main.js';
  },
};

/** Farm itself leaves JSX as it is. */
const jsxForFarm = {
  name: 'jsx',
  transform: {
    filters: { resolvedPaths: ['\\.tsx$'] },
    async executor({ content, resolvedPath }) {
      const { transform } = await import('esbuild');
      const settings = { loader: 'tsx', sourcemap: true, sourcefile: resolvedPath };
      const { code, map } = await transform(content, settings);
      return { content: code, moduleType: 'js', sourceMap: map };
    },
  },
};

function webpackLike(bundle, plugins, ...rules) {
  const config = {
    mode,
    context: root,
    entry: { main: input },
    target: 'node20',
    devtool: 'source-map',
    experiments: { outputModule: true },
    output: { path: outDir, filename: '[name].mjs', chunkFilename: '[name].mjs', module: true, clean: true },
    resolve: { extensions: ['.ts', '.tsx', '.js'], extensionAlias: { '.js': ['.ts', '.tsx', '.js'] } },
    module: {
      rules: firstLoader ? [...rules, { test: /\.js$/, enforce: 'pre', loader: firstLoader }] : rules,
    },
    optimization: { minimize: minify },
    plugins,
  };
  return new Promise((done, fail) => {
    const compiler = bundle(config, (error, stats) => {
      if (error) return fail(error);
      const { errors, warnings: found } = stats.toJson({ all: false, errors: true, warnings: true });
      if (errors.length > 0) return fail(new Error(errors.map(({ message }) => message).join('\n')));
      warnings.push(...found.map(({ message }) => message));
      compiler.close(() => done('main.mjs'));
    });
  });
}

const entry = await builds[bundler]();
process.stdout.write(`\n${JSON.stringify({ entry: join(outDir, entry), warnings })}\n`);
process.exitCode = 0;
if (bundler === 'farm') process.exit();
