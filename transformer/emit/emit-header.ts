/**
 * What stands at the head of an instrumented file: the import of the runtime, and a function that registers the file's
 * sites with it. It is inert while no runtime is loaded.
 *
 * CommonJS runs from its top, so that what its functions call can be constants, which V8 compiles into each of them.
 * Functions of an ES module may be called before its own code has run, by import cycles and hoisting, and scripts may
 * share one scope: there it is function declarations and `var`s, replaced by the runtime's own functions once it is
 * loaded.
 */
import { REGISTRY, REGISTRY_BESIDE_SYMBOL } from '../instrumented.ts';
import type { FilePlan } from '../plan/plan.ts';

/** Version of what emitted code expects of the runtime's registry. */
export const PROTOCOL = 2;

/** What emitted code does with sites while no runtime is loaded: nothing, and `await` and `yield` get their values. */
const INERT =
  'const s=new Proxy({},{get:(o,k)=>v=>k==="suspend"||k==="resume"?v:s});return new Proxy([],{get:()=>s})';

/** Spells the head of a file that has at least one site. */
export function emitHeader(plan: FilePlan): string {
  const { format, names, regions } = plan;
  const load = { esm: importOf(plan), commonjs: 'require("tka-perf");', global: '' }[format];
  if (!regions.some(({ shape }) => shape === 'flag')) return `${load}var ${names.unit};${lookup(plan, '')}`;
  return load + (format === 'commonjs' ? constants(plan) : variables(plan));
}

function importOf({ dropsImports, runtimeId = 'tka-perf', names }: FilePlan): string {
  return dropsImports ? `import*as ${names.module} from${json(runtimeId)};` : `import${json(runtimeId)};`;
}

function constants(plan: FilePlan): string {
  const { enter, exit, first, sites, unit } = plan.names;
  return (
    `var ${unit};${lookup(plan, '')}${sites}();` +
    `const ${enter}=${unit}?${unit}.enter:(i,n,a)=>{${sites}();return ${unit}?${unit}.enter(i,${unit}.first,a):0},` +
    `${exit}=${unit}?${unit}.exit:(t,v)=>{${unit}&&${unit}.exit(t,v)},${first}=${unit}?${unit}.first:0;`
  );
}

function variables(plan: FilePlan): string {
  const { enter, exit, first, sites, unit } = plan.names;
  // A script that is loaded again in the same scope declares the functions anew.
  const forgotten = plan.format === 'global' ? '=void 0' : '';
  return (
    `var ${unit}${forgotten},${first};` +
    `function ${enter}(i,n,a){${sites}();return ${unit}?${enter}(i,${first},a):0}function ${exit}(){}` +
    lookup(plan, `${enter}=u.enter;${exit}=u.exit;${first}=u.first;`)
  );
}

/**
 * The function that gives the file's sites.
 *
 * @param replace - Done once with `u`, what the runtime gives the file, before it counts as known.
 */
function lookup(
  { file, format, dropsImports, declaresSymbol, names, regions }: FilePlan,
  replace: string,
): string {
  const { sites, unit, module } = names;
  const used = format === 'esm' && dropsImports ? `${module}&&` : '';
  const registry = declaresSymbol ? REGISTRY_BESIDE_SYMBOL : REGISTRY;
  const tuples = regions.map(({ site }) => {
    const { name, kind, line, column, file: ownFile } = site;
    const { name: _, ...options } = site.options;
    if (ownFile !== undefined) return [name, kind, line, column, options, ownFile];
    return Object.keys(options).length > 0 ? [name, kind, line, column, options] : [name, kind, line, column];
  });
  return (
    `function ${sites}(){if(${unit})return ${unit}.probes;const r=${used}${registry};if(!r){${INERT}}` +
    `const u=r.unit(${PROTOCOL},${json(file)},${json(tuples)});${replace}return(${unit}=u).probes}`
  );
}

/** JSON that is also a JavaScript literal on one line. */
function json(value: unknown): string {
  return JSON.stringify(value).replace(/[\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`);
}
