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
  checks: { legacyCjs: false },
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
  'loader',
  'register',
  'vitest-setup',
];

/** What the thread of the program loads of Node's loader, and what the thread for hooks does. */
const LOADERS = ['register-hooks', 'register-thread'];

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

/** What printing help needs, and every command: of our own modules those without a view. */
const START =
  /[\\/]commander[\\/]|[\\/]cli[\\/](?:(?:arguments|command|commands|version)|text[\\/](?:errors|escape|lazy|output|suggest|wrap-words))\.ts$/;

/** What all views share: the CLI's own modules that are no command's alone, and what they use of the runtime. */
const VIEWS =
  /[\\/]cli[\\/](?!completion|child|index)(?:(?:journal|profile|report|text)[\\/])?[\w-]+\.ts$|[\\/]runtime[\\/](?:[\w-]+[\\/])?[\w-]+\.ts$|own-page\.ts$|export[\\/]formats\.ts$/;

/** Leaves out what commander loads for commands that are programs of their own: child_process brings half of Node. */
function withoutChildProcesses(): Rolldown.Plugin {
  const needed = "require('node:child_process')";
  return {
    name: 'without-child-processes',
    transform(code, id) {
      if (!/[\\/]commander[\\/]lib[\\/]command\.js$/.test(id)) return undefined;
      if (!code.includes(needed)) throw new Error('commander has changed: see withoutChildProcesses');
      return { code: code.replace(needed, '{}'.padEnd(needed.length)) };
    },
  };
}

/** The CLI is CommonJS; what it loads of the ES modules beside it stays there. */
function besideTheCli(): Rolldown.Plugin {
  return {
    name: 'beside-the-cli',
    resolveId(source) {
      if (/[\\/]transformer[\\/]index\.ts$/.test(source)) return outside('../transformer/transform.js');
      return source.endsWith('dashboard/terminal.tsx') ? outside('./terminal.js') : undefined;
    },
  };
}

/** Leaves {@link LOADERS} where they are. */
function besideTheLoader(): Rolldown.Plugin {
  return {
    name: 'beside-the-loader',
    resolveId: (source) =>
      source.endsWith('/register-hooks.ts') ? outside('./register-hooks.js') : undefined,
  };
}

function outside(id: string): { readonly id: string; readonly external: true } {
  return { id, external: true };
}

/** What the runtime works with, as it was when it was loaded: a program's spy on one of them is not to count our calls. */
const OWN = ['Math', 'JSON'];

/** Literals, so that V8 knows the functions as it knows the engine's. */
function copiesFor(code: string): string {
  const copyOf = (name: string): string => {
    const members = new Set(code.match(new RegExp(`(?<=\\b${name}\\.)\\w+`, 'g')));
    return `{ ${Array.from(members, (member) => `${member}: ${name}.${member}`).join(', ')} }`;
  };
  return OWN.map(copyOf).join(', ');
}

/**
 * Puts the body of the runtime into a function. Where esbuild bundles an ES module, it makes `var` of the module's own
 * constants, and what V8 does not take for constant is loaded and checked in every call.
 *
 * Where that function throws, nothing is measured: the engine, or a program that has replaced what the language has, may lack
 * anything, and must not end for us.
 */
function inFunction(): Rolldown.Plugin {
  return {
    name: 'in-function',
    renderChunk(code, { exports, fileName }, { format }) {
      if (!/\.c?js$/.test(fileName)) return undefined;
      if (format === 'cjs')
        return `try {\n(function (${OWN.join(', ')}) {\n${code}\n})(${copiesFor(code)});\n} catch {}\n`;
      const [statement = '', list = ''] = /^export \{([^}]*)\};\s*$/m.exec(code) ?? [];
      const body = code.replace(statement, '');
      if (!statement || /^(?:import|export)\b/m.test(body)) throw new Error('see inFunction');
      const members = list.replaceAll(/([\w$]+) as ([\w$]+)/g, '$2: $1');
      const names = exports.join(', ');
      return `const { ${names} } = (function () {\ntry {\nreturn (function (${OWN.join(', ')}) {\n${body}\nreturn {${members}};\n})(${copiesFor(body)});\n} catch {\nreturn {};\n}\n})();\nexport { ${names} };\n`;
    },
  };
}

/** Spells what is not ASCII as escapes: V8 keeps a text of one byte a character then, and not of two. */
function inAscii(): Rolldown.Plugin {
  const escape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return {
    name: 'in-ascii',
    generateBundle(_, bundle) {
      for (const output of Object.values(bundle)) {
        if (output.type !== 'chunk' || !/\.c?js$/.test(output.fileName)) continue;
        // There an escape would be something else.
        if (/\\[^\0-\x7F]|String\.raw/.test(output.code)) throw new Error('see inAscii');
        output.code = output.code.replaceAll(/[^\0-\x7F]/g, escape);
      }
    },
  };
}

const config: UserConfig[] = defineConfig([
  // The runtime is loaded by the user's program: no dependency, and CommonJS too, because Jest cannot require ESM.
  {
    ...shared,
    entry: { 'runtime/index': 'runtime/index.ts' },
    format: ['esm', 'cjs'],
    platform: 'neutral',
    // What programs load in production: small, and the emitted code calls it by short names anyway.
    minify: true,
    plugins: [inFunction(), inAscii()],
    // Told by its first words, the runtime is never instrumented.
    banner: ({ format }) => ({
      js: `/* tka-perf runtime */${format === 'cjs' ? `\n${readFileSync('runtime/main-realm.cjs', 'utf8')}` : ''}`,
    }),
    clean: ['dist'],
  },
  // What a program with many threads or processes loads, when it has them.
  {
    ...shared,
    entry: { 'runtime/roll-up': 'runtime/roll-up/roll-up.ts' },
    format: ['cjs'],
    platform: 'neutral',
    dts: false,
    minify: true,
    plugins: [inAscii()],
    banner: { js: '/* tka-perf runtime */' },
    clean: false,
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
    deps: { alwaysBundle: ['uplot', /^picomatch/] },
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
    },
    format: ['esm'],
    clean: false,
    plugins: [besideTheLoader(), thirdParty()],
    // Types of the hosts are the user's own.
    deps: {
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
  // A file each, with all that it needs but the parser, which is native: Node finds, reads and links one in a millisecond and
  // more, in each process.
  ...LOADERS.map((name): UserConfig => ({
    ...shared,
    entry: { [`transformer/hosts/${name}`]: `transformer/hosts/${name}.ts` },
    format: ['esm'],
    dts: false,
    clean: false,
    plugins: [thirdParty()],
    outputOptions: { comments: false },
    deps: { alwaysBundle: [/^@jridgewell\//, 'fastest-levenshtein', 'magic-string', 'picomatch'] },
  })),
  // For `node -r`, which takes no ES module that waits for others.
  {
    ...shared,
    entry: { 'transformer/hosts/register': 'transformer/hosts/register-required.ts' },
    format: ['cjs'],
    clean: false,
  },
  // CommonJS: Node starts its loader of ES modules only where one is asked for, and finds and reads the files of such a
  // graph more slowly. A file costs some tenths of a millisecond: what all views need is one.
  {
    ...shared,
    entry: { 'cli/index': 'cli/index.ts' },
    format: ['cjs'],
    dts: false,
    clean: false,
    plugins: [withoutChildProcesses(), besideTheCli(), thirdParty()],
    outputOptions: {
      chunkFileNames: 'cli/[name].cjs',
      comments: false,
      codeSplitting: {
        groups: [
          { name: 'start', test: START },
          { name: 'views', test: VIEWS },
        ],
      },
    },
    deps: { alwaysBundle: ['commander'] },
  },
  // The thread that reads files ahead loads nothing else.
  {
    ...shared,
    entry: { 'cli/read-thread': 'cli/journal/read-thread.ts' },
    format: ['esm'],
    dts: false,
    clean: false,
  },
  // The dashboard's terminal: Ink awaits at its top level, so it is an ES module.
  {
    ...shared,
    entry: { 'cli/terminal': 'cli/dashboard/terminal.tsx' },
    format: ['esm'],
    dts: false,
    clean: false,
    // React has a build for development too, which is slower and keeps a mark of every frame.
    plugins: [withoutDevtools(), thirdParty()],
    define: { 'process.env.NODE_ENV': '"production"' },
    deps: { alwaysBundle: ['ink', 'react'] },
  },
]);

export default config;
