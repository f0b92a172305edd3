/** What the plugin costs a build: 2,000 modules without a mark, and the same with 200 marked functions, by Vite and tsc. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { build } from 'vite';

const MODULES = 2000;
const MARKED = 200;
const ROUNDS = 25;
const dist = process.env['BENCH_DIST'] ?? '';
const load = async <T>(path: string): Promise<T> =>
  ((await import(pathToFileURL(join(dist, path)).href)) as { default: T }).default;
const vitePlugin = await load<() => never>('transformer/hosts/vite.js');
const typescriptPlugin =
  await load<(program: ts.Program) => ts.TransformerFactory<ts.SourceFile>>('transformer/typescript.js');

/** Writes the project; the first modules carry one marked function each. */
function writeProject(marked: number): string {
  const folder = join(dirname(fileURLToPath(import.meta.url)), `../build-${marked}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'src'), { recursive: true });
  const imports: string[] = [];
  const calls: string[] = [];
  for (let n = 0; n < MODULES; n++) {
    imports.push(`import { total${n} } from './m${n}.js';`);
    calls.push(`total${n}([{ price: ${n}, quantity: 2 }]),`);
    writeFileSync(
      join(folder, `src/m${n}.ts`),
      `export interface Item${n} { readonly price: number; readonly quantity: number }
/** Sums the items of a list. */
${n < marked ? '// @monitor\n' : ''}export function total${n}(items: readonly Item${n}[]): number {
  let sum = 0;
  for (const { price, quantity } of items) {
    if (quantity === 0) continue;
    sum += price * quantity;
  }
  return sum;
}
export class Store${n}<T extends Item${n}> {
  readonly #items = new Map<string, T>();
  add(key: string, item: T): this {
    this.#items.set(key, item);
    return this;
  }
  find(predicate: (item: T) => boolean): T | undefined {
    return [...this.#items.values()].find((item) => predicate(item));
  }
  async load(read: (key: string) => Promise<T>): Promise<number> {
    for (const key of this.#items.keys()) this.#items.set(key, await read(key));
    return total${n}([...this.#items.values()]);
  }
}
`,
    );
  }
  const main = `${imports.join('\n')}\nconsole.log([\n${calls.join('\n')}\n].length);\n`;
  writeFileSync(join(folder, 'src/main.ts'), main);
  return folder;
}

/** Vite asks its plugins in turns; one that does nothing shows what that takes. */
const IDLE_PLUGIN = { name: 'idle', enforce: 'pre' } as never;

async function viteBuild(folder: string, plugins: readonly never[]): Promise<void> {
  await build({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    plugins: [...plugins],
    build: { reportCompressedSize: false, rolldownOptions: { input: join(folder, 'src/main.ts') } },
  });
}

/** Creates the program once and emits it by turns: the plugin has its say in nothing else, so nothing else adds noise. */
async function measureTsc(folder: string): Promise<Times> {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    types: [],
    outDir: join(folder, 'dist'),
    sourceMap: true,
  };
  // Without the type check, which would hide the plugin's share behind ten times the work.
  const begin = performance.now();
  const program = ts.createProgram([join(folder, 'src/main.ts')], options);
  const createMs = performance.now() - begin;
  const emit = (plugin: boolean): void => {
    const before = plugin ? [typescriptPlugin(program)] : [];
    program.emit(undefined, () => {}, undefined, undefined, { before });
  };
  const [plainMs, pluginMs] = await leastByTurns(emit);
  return [createMs + plainMs, createMs + pluginMs];
}

type Times = readonly [plainMs: number, pluginMs: number];

/** The least of each, by turns: whatever else the machine does only ever adds. */
async function leastByTurns(run: (plugin: boolean) => void | Promise<void>): Promise<Times> {
  const times: [plain: number, plugin: number] = [Infinity, Infinity];
  await run(true);
  for (let round = 0; round < ROUNDS; round++) {
    for (const plugin of round % 2 === 0 ? [false, true] : [true, false]) {
      globalThis.gc?.();
      const begin = performance.now();
      await run(plugin);
      times[plugin ? 1 : 0] = Math.min(times[plugin ? 1 : 0], performance.now() - begin);
    }
  }
  return times;
}

const rows: { name: string; plainMs: number; pluginMs: number; ratio: number }[] = [];
for (const marked of [0, MARKED]) {
  const folder = writeProject(marked);
  const hosts = {
    'Vite, idle plugin': () => leastByTurns((plugin) => viteBuild(folder, plugin ? [IDLE_PLUGIN] : [])),
    Vite: () => leastByTurns((plugin) => viteBuild(folder, plugin ? [vitePlugin()] : [])),
    tsc: () => measureTsc(folder),
  };
  for (const [host, measure] of Object.entries(hosts)) {
    const [plainMs, pluginMs] = await measure();
    rows.push({ name: `${host}, ${marked} marked functions`, plainMs, pluginMs, ratio: pluginMs / plainMs });
  }
}

if (process.argv.includes('--json')) {
  process.stdout.write(
    `${JSON.stringify({ case: 'build', node: process.version, modules: MODULES, rows })}\n`,
  );
} else {
  process.stdout.write(
    `a project of ${MODULES} modules, Node ${process.version}\n${'plain ms'.padStart(38)} ${'plugin ms'.padStart(10)} ${'ratio'.padStart(7)}\n`,
  );
  for (const { name, plainMs, pluginMs, ratio } of rows) {
    process.stdout.write(
      `${name.padEnd(28)} ${plainMs.toFixed(0).padStart(9)} ${pluginMs.toFixed(0).padStart(10)} ${ratio.toFixed(3).padStart(7)}\n`,
    );
  }
}
