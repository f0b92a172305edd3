import type { BodyEdit, CatchEdit, ConciseEdit, Edit, JumpEdit } from './edits.ts';
import { emitHeader } from './emit-header.ts';
import { emitSuspensions } from './emit-suspensions.ts';
import type { EmittedNames } from '../emitted-names.ts';
import type { CatchPlan, FilePlan, JumpPlan, JumpTarget, RegionPlan } from '../plan/plan.ts';
import { isSameTarget } from '../plan/regions.ts';

/** Spells the code for a plan. */
export function emitFile(plan: FilePlan): Edit[] {
  const emitter = new Emitter(plan);
  const edits: Edit[] = [
    ...plan.removals.map((removal): Edit => ({ type: 'removal', ...removal })),
    ...plan.regions.map((region) => emitter.region(region)),
    ...plan.jumps.map((jump) => emitter.jump(jump)),
    ...emitSuspensions(plan, emitter.callsOf),
    ...plan.catches.map((clause) => emitter.catch(clause)),
  ];
  if (plan.regions.length > 0)
    edits.push({ type: 'header', start: plan.headerStart, text: emitHeader(plan) });
  return edits;
}

class Emitter {
  readonly #plan: FilePlan;
  readonly #names: EmittedNames;

  constructor(plan: FilePlan) {
    this.#plan = plan;
    this.#names = plan.names;
  }

  region(region: RegionPlan): BodyEdit | ConciseEdit {
    const { site, shape, concise, labelStart, openDirective } = region;
    const { call, result, jump, error } = this.#suffixed(region);
    const isSync = shape === 'flag';
    const begin = `${isSync ? 'let' : 'const'} ${call}=${this.#begin(region)}`;
    const braces = region.disposes && shape !== 'close' ? '{' : '';
    const label = region.labelled ? `${this.#label(region)}:{` : braces;
    const keepsResult = region.returnsValue && (!region.block || this.#outermostOf(region) === site.index);
    const returns = keepsResult && !region.block ? `return ${result}` : '';
    const variables = [...(keepsResult ? [result] : []), ...(region.jumps.length > 0 ? [jump] : [])];
    const forget =
      label && region.revocable
        ? `;${keepsResult ? `${result}=void 0;` : ''}${region.jumps.length > 0 ? `${jump}=0;` : ''}`
        : '';
    const endLabel = label ? `${forget}}` : ';';
    const more = variables.length > 0 ? variables.join(',') : '';
    const declare = `${begin}${more && (isSync ? `,${more}` : `;let ${more}`)};`;
    const assign = `${assigneeOf(result, region)}=${region.anonymous ? nameless(call) : ''}`;
    const assigned = region.anonymous ? ')' : '';
    const failed = `catch(${error}){${call}.fail(${error});`;

    let before: string;
    let after: string;
    switch (shape) {
      case 'flag': {
        const value = region.mayReturnPromise && region.returnsValue && !region.block ? `,${result}` : '';
        before = `${declare}try{${concise ? assign : ''}`;
        after =
          `${concise ? `${assigned};` : endLabel}${call}=~${call}}finally{${this.#names.exit}(${call}${value})}` +
          `${returns}${this.#continuations(region)}`;
        break;
      }
      case 'settle':
        before = `${declare}try{${concise ? assign : ''}`;
        after = `${concise ? `${assigned};` : endLabel}${call}.settle(${result})}${failed}${call}.end();throw ${error}}${returns}`;
        break;
      case 'close':
        before = `${begin};try{${concise ? 'return ' : ''}`;
        after = `}${failed}throw ${error}}finally{${call}.end()}`;
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
    const { sequence, anonymous } = argument;
    const call = this.#call(this.#regionOf(jump.regions.at(-1)));
    const open = anonymous ? nameless(call) : sequence ? '(' : '';
    return {
      type: 'jump',
      start,
      end,
      argument,
      // As long as `return` where the plain names are free, so that columns of the line stay.
      before: `{${assigneeOf(this.#resultOf(jump.regions), argument)}=${open}`,
      after: `${open && ')'};${jump.isLast ? '' : this.#go(jump, false)}}`,
    };
  }

  /** The variables of the calls of these sites. */
  readonly callsOf = (regions: readonly number[]): string[] =>
    regions.map((index) => this.#call(this.#regionOf(index)));

  catch({ bodyStart, parameter, region }: CatchPlan): CatchEdit {
    const { error, sites } = this.#names;
    const teller =
      region === undefined || this.#regionOf(region).shape === 'flag'
        ? `${sites}()[0]`
        : this.#call(this.#regionOf(region));
    return {
      type: 'catch',
      start: bodyStart,
      parameter: parameter === undefined ? error : undefined,
      text: `${teller}.caught(${parameter ?? error});`,
    };
  }

  /** `return;` forgets the value of a `return` that it overrules. */
  #bareJump(jump: JumpPlan): string {
    const outermost = this.#regionOf(jump.regions.at(-1));
    const keepsResult = outermost.returnsValue && outermost.revocable;
    if (jump.type !== 'return' || !keepsResult) return this.#go(jump, true);
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

  /** The expression that begins a call. */
  #begin({ site, shape, argumentsText }: RegionPlan): string {
    const { enter, first, sites } = this.#names;
    const args = argumentsText ?? '';
    if (shape === 'flag') return `${enter}(${site.index},${first}${args && `,${args}`})`;
    return `${sites}()[${site.index}].${args ? `startArgs(${args})` : 'start()'}`;
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
    const { call, result, jump, label } = this.#names;
    return {
      ...this.#names,
      call: call + index,
      result: result + index,
      jump: jump + index,
      label: label + index,
    };
  }

  #regionOf(index: number | undefined): RegionPlan {
    const region = index === undefined ? undefined : this.#plan.regions[index];
    if (!region) throw new Error(`no region ${index}`);
    return region;
  }
}

/**
 * Opens a parenthesis in which an assignment names no function. It holds in minified code too: there `(0, f)` becomes
 * `f`, and no minifier knows that a call is never null.
 */
function nameless(call: string): string {
  return `${call}!==null&&(`;
}

/** In parentheses a variable lends its name to no function that is assigned to it, in stacks neither. */
function assigneeOf(variable: string, { infersName }: { readonly infersName: boolean }): string {
  return infersName ? `(${variable})` : variable;
}
