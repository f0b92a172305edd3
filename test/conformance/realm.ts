import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import vm from 'node:vm';
import type { LanguageTest, Mode } from './test262.ts';

const REGISTRY = Symbol.for('tka-perf');
const scripts = new Map<string, vm.Script>();

/**
 * Runs one text of a test in a realm of its own, with the suite's harness and our runtime.
 * @returns `undefined` where the test passed, else what was wrong
 */
export async function runInRealm(
  checkout: string,
  test: LanguageTest,
  mode: Mode,
  code: string,
): Promise<string | undefined> {
  const { negative, flags } = test;
  const path = join(checkout, 'test', test.path);
  const printed: string[] = [];
  const context = createRealm(printed);
  const harness =
    mode === 'raw'
      ? []
      : ['assert.js', 'sta.js', ...(flags.has('async') ? ['doneprintHandle.js'] : []), ...test.includes];
  try {
    for (const file of harness) harnessScript(checkout, file).runInContext(context);
  } catch (error) {
    return `harness: ${describe(error)}`;
  }
  let thrown: { readonly error: unknown } | undefined;
  try {
    if (mode === 'module') await runModule(path, code, context);
    else {
      // Only where it is needed: such a script keeps its realm alive for long.
      const imports = code.includes('import') ? { importModuleDynamically: importer(path, context) } : {};
      new vm.Script(code, { filename: path, ...imports }).runInContext(context);
    }
  } catch (error) {
    thrown = { error };
  }
  if (flags.has('async') && !thrown) await settled(printed);
  if (negative) return thrown ? mismatch(thrown.error, negative.type) : `no ${negative.type}`;
  if (thrown) return describe(thrown.error);
  if (!flags.has('async')) return undefined;
  return printed.includes('Test262:AsyncTestComplete') ? undefined : (printed.at(-1) ?? 'never done');
}

function mismatch(error: unknown, type: string): string | undefined {
  const name = (error as { constructor?: { name?: string } } | undefined)?.constructor?.name;
  return name === type ? undefined : `${describe(error)} instead of ${type}`;
}

/** Waits for an async test, at most some hundred turns of the event loop. */
async function settled(printed: readonly string[]): Promise<void> {
  for (let turn = 0; turn < 300 && printed.length === 0; turn++) {
    await new Promise((resolve) => (turn < 200 ? setImmediate(resolve) : setTimeout(resolve, 5)));
  }
}

function createRealm(printed: string[]): vm.Context {
  const context = vm.createContext({}, { microtaskMode: undefined });
  const global = vm.runInContext('this', context) as Record<PropertyKey, unknown>;
  Object.defineProperty(global, REGISTRY, { value: (globalThis as Record<symbol, unknown>)[REGISTRY] });
  global['print'] = (text: unknown) => printed.push(String(text));
  global['$262'] = {
    global,
    createRealm: () => (vm.runInContext('this', createRealm(printed)) as Record<string, unknown>)['$262'],
    evalScript: (code: string) => new vm.Script(code).runInContext(context),
    detachArrayBuffer: (buffer: ArrayBuffer) => structuredClone(buffer, { transfer: [buffer] }),
    gc: () => {},
    agent: {},
  };
  return context;
}

function harnessScript(checkout: string, file: string): vm.Script {
  const known = scripts.get(file);
  if (known) return known;
  const path = join(checkout, 'harness', file);
  const script = new vm.Script(readFileSync(path, 'utf8'), { filename: path });
  scripts.set(file, script);
  return script;
}

/** Modules of a realm by file: a module is one, however often and from wherever it is imported. */
const loaded = new WeakMap<vm.Context, Map<string, vm.SourceTextModule>>();

function loadModule(file: string, code: string | undefined, context: vm.Context): vm.SourceTextModule {
  const modules = loaded.get(context) ?? new Map<string, vm.SourceTextModule>();
  loaded.set(context, modules);
  const known = modules.get(file);
  if (known) return known;
  const module = new vm.SourceTextModule(code ?? readFileSync(file, 'utf8'), {
    identifier: file,
    context,
    initializeImportMeta: (meta) => Object.assign(meta, { url: `file://${file}` }),
    importModuleDynamically: importer(file, context) as never,
  });
  modules.set(file, module);
  return module;
}

async function runModule(path: string, code: string, context: vm.Context): Promise<void> {
  await evaluate(loadModule(path, code, context), context);
}

async function evaluate(module: vm.SourceTextModule, context: vm.Context): Promise<void> {
  if (module.status === 'unlinked') {
    await module.link((specifier, referrer) =>
      loadModule(join(dirname(referrer.identifier), specifier), undefined, context),
    );
  }
  await module.evaluate();
}

function importer(from: string, context: vm.Context): (specifier: string) => Promise<vm.Module> {
  return async (specifier) => {
    const module = loadModule(join(dirname(from), specifier), undefined, context);
    if (module.status !== 'linking' && module.status !== 'evaluating') await evaluate(module, context);
    return module;
  };
}

function describe(error: unknown): string {
  try {
    if (typeof error !== 'object' || error === null) return String(error);
    const { name, message, constructor } = error as Error;
    return `${name ?? constructor?.name}: ${message}`.split('\n')[0] ?? '';
  } catch {
    return 'an error that cannot be described';
  }
}
