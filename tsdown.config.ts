import { readFileSync } from 'node:fs';
import { thirdParty } from './scripts/third-party.ts';
import { defineConfig, type Rolldown, type UserConfig } from 'tsdown';

const shared = {
  dts: true,
  target: 'node20.19',
  platform: 'node' as const,
  fixedExtension: false,
  hash: false,
  unbundle: false,
};

/** A bundler or loader each: `tka-perf/vite` and so on. */
const HOSTS = [
  'vite',
  'rollup',
  'rolldown',
  'webpack',
  'rspack',
  'esbuild',
  'farm',
  'bun',
  'register',
  'register-thread',
  'vitest-setup',
];

/** Puts the page's style beside its script: that of the plots, then our own. */
function pageStyle(): Rolldown.Plugin {
  return {
    name: 'page-style',
    generateBundle() {
      const files = ['node_modules/uplot/dist/uPlot.min.css', 'cli/html/client/page.css'];
      const source = files.map((file) => readFileSync(file, 'utf8')).join('\n');
      this.emitFile({ type: 'asset', fileName: 'cli/page.css', source });
    },
  };
}

/** Leaves out what Ink loads for React's developer tools alone. */
function withoutDevtools(): Rolldown.Plugin {
  return {
    name: 'without-devtools',
    load: (id) => (/[\\/]ink[\\/]build[\\/]devtools\.js$/.test(id) ? 'export {};' : undefined),
  };
}

/** The CLI's own modules that are neither a command's alone nor the transformer's, and what they use of the runtime. */
const SHARED_BY_VIEWS =
  /[\\/]cli[\\/](?!stale-marks|completion|explanation|child|transform-options|index)[\w-]+\.ts$|[\\/]runtime[\\/][\w-]+\.ts$|[\\/]commander[\\/]|own-page\.ts$|export[\\/]formats\.ts$/;

const config: UserConfig[] = defineConfig([
  // The runtime is loaded by the user's program: no dependency, and CommonJS too, because Jest cannot require ESM.
  {
    ...shared,
    entry: { 'runtime/index': 'runtime/index.ts' },
    format: ['esm', 'cjs'],
    platform: 'neutral',
    // What programs load in production: small, and the emitted code calls it by short names anyway.
    minify: true,
    // Told by its first words, the runtime is never instrumented.
    banner: ({ format }) => ({
      js: `/* tka-perf runtime */${format === 'cjs' ? `\n${readFileSync('runtime/main-realm.cjs', 'utf8')}` : ''}`,
    }),
    clean: ['dist'],
  },
  // The script and the style of the report's page, which it carries in itself.
  {
    ...shared,
    entry: { 'cli/page': 'cli/html/client/main.ts' },
    format: ['iife'],
    platform: 'browser',
    target: 'es2023',
    dts: false,
    minify: true,
    clean: false,
    deps: { alwaysBundle: ['uplot'] },
    outputOptions: { entryFileNames: 'cli/page.js' },
    plugins: [pageStyle(), thirdParty()],
  },
  {
    ...shared,
    entry: {
      'transformer/transform': 'transformer/index.ts',
      'transformer/typescript': 'transformer/typescript.ts',
      'transformer/babel': 'transformer/babel.ts',
      ...Object.fromEntries(
        HOSTS.map((host) => [`transformer/hosts/${host}`, `transformer/hosts/${host}.ts`]),
      ),
      'cli/index': 'cli/index.ts',
    },
    format: ['esm'],
    clean: false,
    // React has a build for development too, which is slower and keeps a mark of every frame.
    plugins: [withoutDevtools(), thirdParty()],
    // Node resolves and reads each file of an import graph in turn, a millisecond or more each: what every view needs is
    // one file.
    outputOptions: { advancedChunks: { groups: [{ name: 'cli/shared', test: SHARED_BY_VIEWS }] } },
    define: { 'process.env.NODE_ENV': '"production"' },
    // Types of the hosts are the user's own; what the CLI loads at every start comes with it.
    deps: {
      alwaysBundle: ['commander'],
      neverBundle: [
        'vite',
        'rollup',
        'rolldown',
        'webpack',
        '@rspack/core',
        'esbuild',
        '@farmfe/core',
        'vitest',
      ],
    },
  },
]);

export default config;
