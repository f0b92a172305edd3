/** What the plugin costs a build: 2,000 modules without a mark, and the same with 200 marked functions, by Vite and tsc. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { build } from 'vite';

const MODULES = 2000;
const MARKED = 200;
const ROUNDS = 5;
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

async function viteBuild(folder: string, plugin: boolean): Promise<void> {
  await build({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    plugins: plugin ? [vitePlugin()] : [],
    build: { write: false, minify: false, lib: { entry: join(folder, 'src/main.ts'), formats: ['es'] } },
  });
}

function tscBuild(folder: string, plugin: boolean): void {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    types: [],
    outDir: join(folder, 'dist'),
    sourceMap: true,
  };
  // Without the type check, which would hide the plugin's share behind ten times the work.
  const program = ts.createProgram([join(folder, 'src/main.ts')], options);
  const before = plugin ? [typescriptPlugin(program)] : [];
  program.emit(undefined, () => {}, undefined, undefined, { before });
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const rows: { name: string; plainMs: number; pluginMs: number; ratio: number }[] = [];
for (const marked of [0, MARKED]) {
  const folder = writeProject(marked);
  for (const [host, run] of [
    ['Vite', viteBuild],
    ['tsc', tscBuild],
  ] as const) {
    const times: [plain: number[], plugin: number[]] = [[], []];
    await run(folder, true);
    for (let round = 0; round < ROUNDS; round++) {
      for (const plugin of round % 2 === 0 ? [false, true] : [true, false]) {
        globalThis.gc?.();
        const begin = performance.now();
        await run(folder, plugin);
        times[plugin ? 1 : 0].push(performance.now() - begin);
      }
    }
    // Paired by rounds: a slow moment of the machine meets both.
    const ratios = times[0].map((plain, round) => (times[1][round] ?? Number.NaN) / plain);
    rows.push({
      name: `${host}, ${marked} marked functions`,
      plainMs: median(times[0]),
      pluginMs: median(times[1]),
      ratio: median(ratios),
    });
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
