import type { BodyEdit, CatchEdit, ConciseEdit, Edit, JumpEdit, YieldEdit } from './edits.ts';
import type { EmittedNames } from './emitted-names.ts';
import type { CatchPlan, FilePlan, JumpPlan, JumpTarget, RegionPlan, YieldPlan } from './plan.ts';
import { REGISTRY } from './instrumented.ts';
import { isSameTarget } from './regions.ts';

/** Version of what emitted code expects of the runtime's registry. */
const PROTOCOL = 1;

/** Spells the code for a plan. */
export function emitFile(plan: FilePlan): Edit[] {
  const emitter = new Emitter(plan);
  const edits: Edit[] = [
    ...plan.removals.map((removal): Edit => ({ type: 'removal', ...removal })),
    ...plan.regions.map((region) => emitter.region(region)),
    ...plan.jumps.map((jump) => emitter.jump(jump)),
    ...plan.yields.map((point) => emitter.yield(point)),
    ...plan.catches.map((clause) => emitter.catch(clause)),
  ];
  if (plan.regions.length > 0)
    edits.push({ type: 'header', start: plan.headerStart, text: emitter.header() });
  return edits;
}

class Emitter {
  readonly #plan: FilePlan;
  readonly #names: EmittedNames;

  constructor(plan: FilePlan) {
    this.#plan = plan;
    this.#names = plan.names;
  }

  /**
   * The import of the runtime and the lookup of sites. A function declaration, so that it serves calls that come
   * before the file's own code has run (import cycles, hoisting); inert while no runtime is loaded.
   */
  header(): string {
    const { file, format, regions } = this.#plan;
    const { lookup } = this.#names;
    const sites = regions.map(({ site }) => {
      const { name, kind, line, column } = site;
      const { name: _, ...options } = site.options;
      return Object.keys(options).length > 0
        ? [name, kind, line, column, options]
        : [name, kind, line, column];
    });
    const load = { esm: 'import"tka-perf";', commonjs: 'require("tka-perf");', global: '' }[format];
    const inert = 's=new Proxy({},{get:(o,k)=>v=>k==="suspend"||k==="resume"?v:s});return s';
    return (
      `${load}function ${lookup}(i){let s=${lookup}.s;if(!s){const r=${REGISTRY};if(!r){${inert}}` +
      `s=${lookup}.s=r.unit(${PROTOCOL},${json(file)},${json(sites)})}return s[i]}`
    );
  }

  region(region: RegionPlan): BodyEdit | ConciseEdit {
    const { site, shape, concise, labelStart, openDirective } = region;
    const { call, ok, result, jump, error } = this.#suffixed(region);
    const start = shape === 'flag' ? 'enter' : 'start';
    const argument = region.argumentsText;
    const begin = `const ${call}=${this.#names.lookup}(${site.index}).${start}${argument === undefined ? '()' : `Args(${argument})`};`;
    const label = region.labelled ? `${this.#label(region)}:{` : '';
    const keepsResult = region.returnsValue && (!region.block || this.#outermostOf(region) === site.index);
    const returns = keepsResult && !region.block ? `return ${result}` : '';
    const variables = [
      ...(keepsResult ? [result] : []),
      ...(shape === 'flag' ? [ok] : []),
      ...(region.jumps.length > 0 ? [jump] : []),
    ];
    const forget =
      label && region.revocable
        ? `;${keepsResult ? `${result}=void 0;` : ''}${region.jumps.length > 0 ? `${jump}=0;` : ''}`
        : '';
    const endLabel = label ? `${forget}}` : ';';
    const declare = variables.length > 0 ? `let ${variables.join(',')};` : '';
    const assign = region.anonymous ? `${result}=(0,` : `${result}=`;
    const assigned = region.anonymous ? ')' : '';
    const rethrow = `catch(${error}){${call}.fail(${error});throw ${error}}`;

    let before: string;
    let after: string;
    switch (shape) {
      case 'flag': {
        const value = region.mayReturnPromise && !region.block ? `,${result}` : '';
        before = `${begin}${declare}try{${concise ? assign : ''}`;
        after = `${concise ? `${assigned};` : endLabel}${ok}=1}finally{${call}.exit(${ok}${value})}${returns}${this.#continuations(region)}`;
        break;
      }
      case 'settle':
        before = `${begin}${declare}try{${concise ? assign : ''}`;
        after = `${concise ? `${assigned};` : endLabel}${call}.settle(${result})}${rethrow}${returns}`;
        break;
      case 'close':
        before = `${begin}try{${concise ? 'return ' : ''}`;
        after = `}${rethrow}finally{${call}.end()}`;
        break;
    }
    if (concise)
      return {
        type: 'concise',
        start: region.bodyStart,
        end: region.bodyEnd,
        before: `{${before}`,
        after: `${after}}`,
      };
    const late = labelStart !== undefined && label !== '';
    return {
      type: 'body',
      start: region.bodyStart,
      end: region.bodyEnd,
      innerStart: region.innerStart,
      separator: openDirective ? ';' : '',
      before: `${before}${late ? '' : label}`,
      after,
      label: late ? { start: labelStart, text: label } : undefined,
    };
  }

  jump(jump: JumpPlan): JumpEdit {
    const { start, end, argument } = jump;
    if (!argument) return { type: 'jump', start, end, argument, before: this.#bareJump(jump), after: '' };
    return {
      type: 'jump',
      start,
      end,
      argument,
      // As long as `return` where the plain names are free, so that columns of the line stay.
      before: `{${this.#resultOf(jump.regions)}=${argument.wrap}`,
      after: `${argument.wrap ? ')' : ''};${this.#go(jump, false)}}`,
    };
  }

  yield({ start, end, argument, regions }: YieldPlan): YieldEdit {
    const calls = regions.map((index) => this.#call(this.#regionOf(index)));
    return {
      type: 'yield',
      start,
      end,
      argument,
      before: calls
        .toReversed()
        .map((call) => `${call}.resume(`)
        .join(''),
      argumentBefore: calls.map((call) => `${call}.suspend(`).join(''),
      argumentAfter: ')'.repeat(calls.length),
      after: ')'.repeat(calls.length),
    };
  }

  catch({ bodyStart, parameter }: CatchPlan): CatchEdit {
    const { lookup, error } = this.#names;
    return {
      type: 'catch',
      start: bodyStart,
      parameter: parameter === undefined ? error : undefined,
      text: `${lookup}(0).caught(${parameter ?? error});`,
    };
  }

  /** `return;` forgets the value of a `return` that it overrules. */
  #bareJump(jump: JumpPlan): string {
    const outermost = this.#regionOf(jump.regions.at(-1));
    if (jump.type !== 'return' || !outermost.returnsValue || !outermost.revocable)
      return this.#go(jump, true);
    return `{${this.#resultOf(jump.regions)}=void 0;${this.#go(jump, false)}}`;
  }

  /** Goes on with a jump from within its innermost region: out of a block by number, out of a function by label. */
  #go(
    { regions: [inner], ...target }: Pick<JumpTarget, 'type' | 'label' | 'regions'>,
    braces: boolean,
  ): string {
    const region = this.#regionOf(inner);
    const leave = `break ${this.#label(region)}`;
    if (!region.block) return braces ? `${leave};` : leave;
    const number = region.jumps.findIndex((known) => isSameTarget(known, { ...target, regions: [] })) + 1;
    const text = `${this.#suffixed(region).jump}=${number};${leave}`;
    return braces ? `{${text}}` : text;
  }

  /** Behind a block: each jump that left it goes on from there. */
  #continuations({ jumps, block, site, returnsValue }: RegionPlan): string {
    if (!block) return '';
    const variable = this.#names.jump + site.index;
    return jumps
      .map((target, index) => {
        const test = `if(${variable}===${index + 1})`;
        if (target.regions.length > 0) return test + this.#go(target, true);
        if (target.type === 'return')
          return `${test}return${returnsValue ? ` ${this.#resultOf([site.index])}` : ''};`;
        return `${test}${target.type}${target.label === undefined ? '' : ` ${target.label}`};`;
      })
      .join('');
  }

  /** The variable that carries a returned value is declared by the outermost region that it leaves. */
  #resultOf(regions: readonly number[]): string {
    return this.#suffixed(this.#regionOf(regions.at(-1))).result;
  }

  /** Site number of the outermost labelled region around a block that a `return` in it leaves. */
  #outermostOf(region: RegionPlan): number {
    const target = region.jumps.find((jump) => jump.type === 'return');
    return target?.regions.at(-1) ?? region.site.index;
  }

  #label(region: RegionPlan): string {
    return this.#names.label + (region.block ? region.site.index : '');
  }

  #call(region: RegionPlan): string {
    return this.#names.call + (region.block ? region.site.index : '');
  }

  /** Names of one region: a block shares its function's scope, so its names carry its number. */
  #suffixed(region: RegionPlan): EmittedNames {
    if (!region.block) return this.#names;
    const { index } = region.site;
    const { lookup, call, result, ok, jump, label, error } = this.#names;
    return {
      lookup,
      call: call + index,
      result: result + index,
      ok: ok + index,
      jump: jump + index,
      label: label + index,
      error,
    };
  }

  #regionOf(index: number | undefined): RegionPlan {
    const region = index === undefined ? undefined : this.#plan.regions[index];
    if (!region) throw new Error(`no region ${index}`);
    return region;
  }
}

/** JSON that is also a JavaScript literal on one line. */
function json(value: unknown): string {
  return JSON.stringify(value).replace(/[\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`);
}
