import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { rollup } from 'rollup';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import {
  CHILDREN,
  exampleProject,
  PACKAGE,
  type Ran,
  reportedRows,
  run,
  runWell,
  writeFiles,
} from './support.ts';

/** Function, kind, place, calls and errors: the same through every bundler. */
const ROWS = [
  'main.print block src/main.ts:22:0 1/0',
  'src/cart.Cart.#tax method src/cart.ts:20:2 3/0',
  'src/cart.Cart.add method src/cart.ts:11:2 3/0',
  'src/cart.Cart.get total getter src/cart.ts:16:2 3/0',
  'src/cart.Cart.names generator src/cart.ts:24:2 1/0',
  'src/cart.checkout async src/cart.ts:36:7 1/0',
  'src/cart.discount arrow src/cart.ts:30:24 2/0',
  'src/lazy.lazy function src/lazy.ts:6:15 3/1',
  'src/legacy.twice function src/legacy.cjs:4:0 1/0',
  'src/view.Row function src/view.tsx:17:0 3/0',
  'view.list arrow src/view.tsx:22:20 1/0',
];

const OUTPUT = {
  totals: [28.8, 28.8, 28.8],
  page: '<ul><li>tea</li><li>cup</li><li>pot</li></ul>',
  answers: ['yes', 'RangeError: lazy failed', 'yes'],
  twice: 42,
};

const BUNDLERS = ['vite', 'rollup', 'rolldown', 'webpack', 'loader', 'rspack', 'esbuild', 'farm', 'bun'];
const MODES = ['development', 'production'];

interface Built {
  readonly entry: string;
  readonly warnings: readonly string[];
}

function commandFor(bundler: string): readonly [file: string, script: string] {
  if (bundler === 'bun') return [join(PACKAGE, 'node_modules/.bin/bun'), join(CHILDREN, 'build-bun.mjs')];
  return [process.execPath, join(CHILDREN, 'build.mjs')];
}

function build(root: string, bundler: string, mode: string, options: object = {}): Built {
  const [file, script] = commandFor(bundler);
  const { stdout } = runWell(file, [script, bundler, mode, JSON.stringify(options)], root);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Built;
}

describe.each(BUNDLERS)('%s', (bundler) => {
  it.each(MODES)('gives the same rows in a %s build', (mode) => {
    const root = exampleProject(`${bundler}-${mode}`);
    const { entry, warnings } = build(root, bundler, mode);
    expect(warnings).toEqual([]);
    expect(JSON.parse(runWell(process.execPath, [entry], root).stdout)).toEqual(OUTPUT);
    expect(reportedRows(root)).toEqual(ROWS);

    const bundle = readOutput(root, `${bundler}-${mode}`);
    // Farm's own maps keep columns of its development builds only in part, and lose more when it minifies.
    if (bundler !== 'farm') {
      expect(bundle.trace('lazy failed')).toEqual(placeIn(root, 'src/lazy.ts', 'lazy failed'));
      expect(bundle.trace('setTimeout(')).toEqual(placeIn(root, 'src/cart.ts', 'setTimeout('));
    } else {
      expect(bundle.trace('lazy failed')).toMatchObject({ file: 'src/lazy.ts', line: 7 });
    }
    // Where a plugin cannot say otherwise, the CommonJS copy too, for the marked CommonJS file; both use one registry.
    expect(bundle.count('unknown-protocol')).toBe(bundler === 'bun' || bundler === 'loader' ? 2 : 1);
  });

  it('shows what is wrong with a mark in its own warnings, and an error where strict', () => {
    const root = exampleProject(`${bundler}-warning`);
    writeFiles(root, {
      'src/main.ts': 'console.log(one());\n\n// @monitor treshold=1\nfunction one() {\n  return 1;\n}\n',
    });
    const [file, script] = commandFor(bundler);
    const lenient = run(file, [script, bundler, 'development'], root);
    expect(lenient.status).toBe(0);
    expect(lenient.stdout + lenient.stderr).toMatch(/src\/main\.ts:3:1.*unknown option \\?"treshold/);
    const strict = run(file, [script, bundler, 'development', '{"strict":true}'], root);
    expect(strict.status).not.toBe(0);
    expect(strict.stdout + strict.stderr).toMatch(/unknown option \\?"treshold/);
  });
});

it.each(['rollup', 'rolldown', 'webpack', 'rspack', 'esbuild'])(
  '%s instruments below a folder with # in its name',
  (bundler) => {
    const root = exampleProject(`odd#${bundler}`);
    writeFiles(root, {
      'src/main.ts': '// @monitor\nfunction one() {\n  return 1;\n}\nconsole.log(one());\n',
    });
    runWell(process.execPath, [build(root, bundler, 'development').entry], root);
    expect(reportedRows(root)).toEqual(['src/main.one function src/main.ts:2:0 1/0']);
  },
);

it.each(['vite', 'rollup', 'rolldown', 'webpack', 'rspack', 'esbuild', 'farm'])(
  '%s bundles a runtime that is not installed in the project',
  (bundler) => {
    const root = exampleProject(`${bundler}-absent`);
    // The plugin is found from the script; the project itself has no tka-perf.
    runWell('rm', ['-rf', 'node_modules/tka-perf'], root);
    const { entry } = build(root, bundler, 'development');
    runWell(process.execPath, [entry], root);
    expect(reportedRows(root)).toEqual(ROWS);
  },
);

it.each(['vite', 'rollup', 'rolldown', 'webpack', 'rspack', 'esbuild'])(
  '%s bundles what a marked function requires',
  (bundler) => {
    const root = exampleProject(`${bundler}-require`);
    writeFiles(root, {
      'src/main.ts':
        "import { late, half } from './late.cjs';\nimport { own } from './own.js';\nconsole.log(late(21), half(42), own());\n",
      'src/own.ts': `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
// @monitor
export function own(): string {
  return require('node:path').basename('/own');
}
`,
      'src/late.cjs': `// @monitor
exports.late = function late(n) {
  return (() => require('node:path').posix.join('late', String(n)))();
};
// @monitor
exports.half = function half(n) {
  return require('./halve.cjs')(n);
};
`,
      'src/halve.cjs': 'module.exports = (n) => n / 2;\n',
    });
    const { entry, warnings } = build(root, bundler, 'development');
    expect(runWell(process.execPath, [entry], root).stdout).toBe('late/21 21 own\n');
    const late = 'src/late.late function src/late.cjs:2:15 1/0';
    const half = 'src/late.half function src/late.cjs:6:15 1/0';
    const own = 'src/own.own function src/own.ts:4:7 1/0';
    // Rollup's plugin for CommonJS makes no import of an external module that is required in a `try` block.
    const isLeftAlone = bundler === 'rollup';
    expect(reportedRows(root)).toEqual(isLeftAlone ? [half, own] : [half, late, own]);
    expect(warnings).toEqual(isLeftAlone ? [expect.stringContaining('TKA212')] : []);
  },
);

it.each(BUNDLERS)('%s gives the functions of a compiled package the names of its sources', (bundler) => {
  const root = exampleProject(`${bundler}-compiled`);
  writeFiles(root, {
    'src/main.ts': "import { sum } from '../packages/sum/dist/index.js';\nconsole.log(sum([1, 2]));\n",
    ...compiledPackage('packages/sum'),
  });
  const { entry, warnings } = build(root, bundler, 'development');
  expect(runWell(process.execPath, [entry], root).stdout).toBe('3\n');
  expect(reportedRows(root)).toEqual([
    'packages/sum/src/index.sum function packages/sum/src/index.ts:6:7 1/0',
  ]);
  expect(warnings).toEqual([]);
});

it.each(['webpack', 'loader', 'rspack'])(
  '%s does so where another loader has taken the map, and leads back to the source by it',
  (bundler) => {
    const root = exampleProject(`${bundler}-taken`);
    writeFiles(root, {
      'src/main.ts': "import { sum } from '../packages/sum/dist/index.js';\nconsole.log(sum([1, 2]));\n",
      ...compiledPackage('packages/sum'),
      'take-map.cjs': `const { readFileSync, existsSync } = require('node:fs');
const { dirname, resolve } = require('node:path');
module.exports = function (code) {
  const path = this.resourcePath + '.map';
  const map = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  const sources = map?.sources.map((source) => resolve(dirname(path), map.sourceRoot, source));
  this.callback(null, code.replace(/^.*sourceMappingURL.*$/m, ''), map && { ...map, sourceRoot: '', sources });
};
`,
    });
    const { entry } = build(root, bundler, 'development', { firstLoader: 'take-map.cjs' });
    expect(runWell(process.execPath, [entry], root).stdout).toBe('3\n');
    expect(reportedRows(root)).toEqual([
      'packages/sum/src/index.sum function packages/sum/src/index.ts:6:7 1/0',
    ]);
    const place = { ...placeIn(root, 'packages/sum/src/index.ts', 'total + number'), file: 'src/index.ts' };
    expect(readOutput(root, `${bundler}-development`).trace('total + number')).toEqual(place);
  },
);

const SERVE = `import { createServer } from 'vite';
import tkaPerf from 'tka-perf/vite';
const server = { middlewareMode: true, ws: false, hmr: false };
const vite = await createServer({ configFile: false, logLevel: 'warn', plugins: [tkaPerf()], server });
await vite.ssrLoadModule('/src/main.ts');
await vite.close();
`;

it('so does the development server of Vite, which takes the comment away', () => {
  const root = exampleProject('vite-served');
  writeFiles(root, {
    'src/main.ts': "import { sum } from '../packages/sum/dist/index.js';\nconsole.log(sum([1, 2]));\n",
    ...compiledPackage('packages/sum'),
    'serve.mjs': SERVE,
  });
  expect(runWell(process.execPath, ['serve.mjs'], root)).toMatchObject({ stdout: '3\n', stderr: '' });
  expect(reportedRows(root)).toEqual([
    'packages/sum/src/index.sum function packages/sum/src/index.ts:6:7 1/0',
  ]);
});

it('the development server of Vite serves the runtime as it is: bundled ahead, it would reload the page that first needs it', () => {
  const root = exampleProject('vite-served-installed');
  // Linked packages are never bundled ahead.
  rmSync(join(root, 'node_modules/tka-perf'));
  for (const part of ['dist', 'package.json'])
    cpSync(join(PACKAGE, part), join(root, 'node_modules/tka-perf', part), { recursive: true });
  writeFiles(root, {
    'src/main.ts': "import 'plain-sum';\n// @monitor\nexport const one = () => 1;\n",
    'serve.mjs': `import { createServer } from 'vite';
import tkaPerf from 'tka-perf/vite';
const server = { middlewareMode: true, ws: false, hmr: false };
const edge = { consumer: 'server', optimizeDeps: { noDiscovery: false }, resolve: { noExternal: true } };
const config = { configFile: false, logLevel: 'warn', environments: { edge }, plugins: [tkaPerf()], server };
const vite = await createServer(config);
for (const name of ['client', 'edge']) {
  const { [name]: environment } = vite.environments;
  const { code } = await environment.transformRequest('/src/main.ts');
  const { discovered, optimized } = environment.depsOptimizer.metadata;
  console.log(name, code.includes('/node_modules/tka-perf/dist/runtime/index.js'), ...Object.keys({ ...discovered, ...optimized }));
}
await vite.close();
`,
  });
  expect(runWell(process.execPath, ['serve.mjs'], root)).toMatchObject({
    stdout: 'client true plain-sum\nedge true plain-sum\n',
    stderr: '',
  });
});

describe('Rollup that is told that modules do nothing by being loaded', () => {
  it.each(['smallest', { moduleSideEffects: false }, { moduleSideEffects: 'no-external' }])(
    'keeps the runtime, bundled or external: %o',
    (treeshake) => {
      for (const external of [[], ['tka-perf']]) {
        const root = exampleProject('rollup-shaken');
        const { entry } = build(root, 'rollup', 'development', { treeshake, external });
        expect(JSON.parse(runWell(process.execPath, [entry], root).stdout)).toEqual(OUTPUT);
        expect(reportedRows(root)).toEqual(ROWS);
      }
    },
  );

  it('keeps it in what Rolldown has built before, as Nitro does with what Vite has', async () => {
    const root = exampleProject('rollup-behind-rolldown');
    writeFiles(root, {
      'src/main.ts': '// @monitor\nexport function one() {\n  return 1;\n}\nconsole.log(one());\n',
    });
    const { entry } = build(root, 'rolldown', 'development', { external: ['tka-perf'] });
    const bundle = await rollup({ input: entry, external: 'tka-perf', treeshake: 'smallest' });
    await bundle.write({ dir: join(root, 'server') });
    expect(runWell(process.execPath, [join(root, 'server/main.js')], root).stdout).toBe('1\n');
    expect(reportedRows(root)).toEqual(['src/main.one function src/main.ts:2:7 1/0']);
  });
});

it('the development server of Vite tells a mark in a component once, whatever it is compiled for, and again when that is edited', () => {
  const root = exampleProject('vite-served-component');
  const component = '<script>\n// @monitor\nexport const one = () => 1;\n</script>\n';
  writeFiles(root, {
    'src/App.vue': component,
    'serve.mjs': `import { writeFileSync } from 'node:fs';
import { createServer } from 'vite';
import tkaPerf from 'tka-perf/vite';
import { components } from ${JSON.stringify(join(CHILDREN, 'components.mjs'))};
const server = { middlewareMode: true, ws: false, hmr: false };
const plugins = [tkaPerf(), components.vite()];
const vite = await createServer({ configFile: false, logLevel: 'warn', plugins, server });
const { client, ssr } = vite.environments;
for (const text of [${JSON.stringify(component)}, ${JSON.stringify(`
${component}`)}]) {
  writeFileSync('src/App.vue', text);
  for (const environment of [client, ssr]) {
    environment.moduleGraph.invalidateAll();
    await environment.transformRequest('/src/App.vue');
  }
}
await vite.close();
`,
  });
  const { stdout, stderr } = runWell(process.execPath, ['serve.mjs'], root);
  expect((stdout + stderr).match(/App\.vue:\d+:\d+ warning TKA\d+/g)).toEqual([
    'App.vue:2:1 warning TKA110',
    'App.vue:3:1 warning TKA110',
  ]);
});

const DERIVED = `class Base {
  constructor(readonly id: number) {}
}

// @monitor
export class Named extends Base {
  constructor(id: number, readonly name: string) {
    super(id);
  }
}

// @monitor
export class Sized extends Base {
  size = 5;
  constructor() {
    super(2);
  }
}

// @monitor
export class Plain extends Base {
  constructor() {
    super(3);
  }
}

console.log(new Named(1, 'a').name, new Sized().size, new Plain().id);
`;

describe.each([...BUNDLERS, 'the server of Vite'])('a derived class with fields, by %s', (bundler) => {
  // Of TypeScript, SWC and esbuild it is enough to know the harder one.
  const findsSuper = /^(?:webpack|loader|rollup|rspack|esbuild|farm)$/.test(bundler);
  it.each(findsSuper ? [false] : [true, false])(
    'is what it is without us, with useDefineForClassFields: %s',
    (defines) => {
      const isServed = bundler === 'the server of Vite';
      const root = exampleProject(`derived-${isServed ? 'served' : bundler}-${defines}`);
      const compilerOptions = { target: 'es2022', module: 'esnext', useDefineForClassFields: defines };
      writeFiles(root, {
        'tsconfig.json': JSON.stringify({ compilerOptions }),
        'src/main.ts': DERIVED,
        'serve.mjs': SERVE,
      });
      const { entry, warnings } = isServed
        ? { entry: 'serve.mjs', warnings: undefined }
        : build(root, bundler, 'development');
      const { stdout, stderr } = runWell(process.execPath, [entry], root);
      expect(stdout).toBe('a 5 3\n');
      const named = 'src/main.Named.constructor constructor src/main.ts:7:2 1/0';
      const sized = 'src/main.Sized.constructor constructor src/main.ts:15:2 1/0';
      const plain = 'src/main.Plain.constructor constructor src/main.ts:22:2 1/0';
      expect(reportedRows(root)).toEqual(findsSuper ? [named, plain, sized] : [plain]);
      if (bundler === 'bun') return; // it prints them
      const told = warnings?.join('\n') ?? stderr;
      expect(told.match(/TKA208: "[^"]+"/g) ?? []).toEqual(
        findsSuper ? [] : ['TKA208: "src/main.Named.constructor"', 'TKA208: "src/main.Sized.constructor"'],
      );
    },
  );
});

/** A package as `tsc` leaves it: its output has other lines than its source, and a map beside it. */
function compiledPackage(folder: string): Record<string, string> {
  const source = `interface Numbers extends Iterable<number> {
  readonly length: number;
}

// @monitor
export function sum(numbers: Numbers): number {
  return [...numbers].reduce((total, number) => total + number);
}
`;
  const { outputText, sourceMapText = '' } = ts.transpileModule(source, {
    fileName: 'index.ts',
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2022,
      sourceMap: true,
      sourceRoot: '../src',
    },
  });
  return {
    [`${folder}/package.json`]: '{ "name": "sum", "type": "module" }',
    [`${folder}/src/index.ts`]: source,
    [`${folder}/dist/index.js`]: outputText,
    [`${folder}/dist/index.js.map`]: sourceMapText,
  };
}

describe.each(['vite', 'rollup', 'rolldown', 'webpack', 'rspack', 'farm', 'bun'])(
  'a mark in a component, by %s',
  (bundler) => {
    const COMPONENT = `<template>// @monitor</template>
<script>
// one of the @monitored, and the text of a mark
export const text = '// @monitor';
  /* @monitor */ export const one = () => 1;
// @monitor
export const two = () => 2;
</script>
`;
    const told = (name: string, options: object): Ran & { readonly codes: readonly string[] } => {
      const root = exampleProject(`${bundler}-component-${name}`);
      writeFiles(root, {
        'src/main.ts': "import { one, two } from './App.vue';\nconsole.log(one(), two());\n",
        'src/App.vue': COMPONENT,
      });
      const [file, script] = commandFor(bundler);
      const ran = run(file, [script, bundler, 'development', JSON.stringify(options)], root);
      return { ...ran, codes: (ran.stdout + ran.stderr).match(/TKA\d+/g) ?? [] };
    };

    it('is told once, at its place, and an error where strict', () => {
      const lenient = told('marked', {});
      expect(lenient).toMatchObject({ status: 0, codes: ['TKA110'] });
      expect(lenient.stdout + lenient.stderr).toContain(
        'src/App.vue:5:3 warning TKA110: a mark in a .vue file has no effect',
      );
      const strict = told('strict', { strict: true });
      expect(strict.status).not.toBe(0);
      expect(strict.codes).toContain('TKA110');
    });

    // Decided the same way in all of them.
    const quiet: readonly (readonly [string, object])[] = [
      ['excluded', { exclude: ['src/*.vue'] }],
      ['disabled', { enabled: false }],
    ];
    it.each(/^(?:vite|webpack)$/.test(bundler) ? quiet : [])(
      'is not told where that is %s',
      (name, options) => {
        expect(told(name, options)).toMatchObject({ status: 0, codes: [] });
      },
    );
  },
);

describe('a worker in a build of Vite', () => {
  const double = (config: string): Ran => {
    const root = exampleProject('vite-worker');
    writeFiles(root, {
      'index.html': '<script type="module" src="/src/main.ts"></script>',
      'src/main.ts': "new Worker(new URL('./double.ts', import.meta.url), { type: 'module' });\n",
      'src/double.ts': `import { getPerformanceMonitor } from 'tka-perf';
// @monitor
function double(n: number): number {
  return n * 2;
}
console.log(double(21), getPerformanceMonitor().getFunctionStats('src/double.double')?.callCount);
`,
      'build.mjs': `import { build } from 'vite';
import tkaPerf from 'tka-perf/vite';
const named = (name) => ({ name, buildStart: () => console.log(name) });
await build({ configFile: false, logLevel: 'warn', plugins: [tkaPerf()], worker: ${config} });
`,
    });
    const { stdout } = runWell(process.execPath, ['build.mjs'], root);
    const [chunk] = readdirSync(join(root, 'dist/assets')).filter((file) => file.startsWith('double'));
    const ran = runWell(process.execPath, [join(root, 'dist/assets', chunk ?? '')], root);
    return { ...ran, stdout: stdout + ran.stdout };
  };

  it.each([
    ['{}', ''],
    ["{ format: 'es' }", ''],
    ["{ plugins: () => [[named('own')]] }", 'own\n'],
  ])('is instrumented, with worker: %s', (config, built) => {
    expect(double(config)).toMatchObject({ stdout: `${built}42 1\n`, stderr: '' });
  });

  it('is left to the plugin that is there already', () => {
    const { stdout } = double("{ plugins: () => [named('own'), tkaPerf({ enabled: false })] }");
    expect(stdout).toBe('own\n42 undefined\n');
  });
});

it('leaves a bundle without marks as it is', () => {
  const root = exampleProject('unmarked');
  writeFiles(root, { 'src/main.ts': '// not @monitored\nconsole.log(1);\n' });
  const { entry } = build(root, 'rolldown', 'development');
  expect(readFileSync(entry, 'utf8')).not.toContain('tka-perf');
});

function readOutput(
  root: string,
  name: string,
): { trace(needle: string): object | undefined; count(needle: string): number } {
  const folder = join(root, 'out', name);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.m?js$/.test(file))
    .map((file) => ({ path: join(folder, file), code: readFileSync(join(folder, file), 'utf8') }));
  return {
    trace: (needle) => {
      const file = files.find(({ code }) => code.includes(needle));
      return file && traceIn(root, file.path, file.code, needle);
    },
    count: (needle) => files.reduce((sum, { code }) => sum + code.split(needle).length - 1, 0),
  };
}

interface Place {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
}

function traceIn(root: string, path: string, code: string, needle: string): Place {
  const map = new TraceMap(readFileSync(`${path}.map`, 'utf8'));
  const { source, line, column } = originalPositionFor(map, positionOf(code, needle));
  return { file: /src\/\w+\.\w+$/.exec(source ?? '')?.[0] ?? `${source} in ${root}`, line, column };
}

function placeIn(root: string, file: string, needle: string): Place {
  return { file, ...positionOf(readFileSync(join(root, file), 'utf8'), needle) };
}

/** A literal's position is that of its quote. */
function positionOf(code: string, needle: string): { line: number; column: number } {
  const index = code.indexOf(needle);
  const before = code.slice(0, /["'`]/.test(code[index - 1] ?? '') ? index - 1 : index).split('\n');
  return { line: before.length, column: before.at(-1)?.length ?? 0 };
}
