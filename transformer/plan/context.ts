import type { Node, Program } from 'oxc-parser';
import { declaredNames } from './declared-names.ts';
import { type DecoratorBindings, type DecoratorMark, findBindings } from './decorators.ts';
import { type Hazard, shadowedGlobal } from './hazards.ts';
import { findJest, type JestBindings } from './jest.ts';
import { type CommentMarks, skipComments } from './marks.ts';
import { moduleName, UniqueNames } from './names.ts';
import type { DiagnosticCode, Report } from '../diagnostics.ts';
import type { DecoratedFunction, FileInfo, FilePlan, RemovalPlan } from './plan.ts';
import type { DraftCatch, DraftRegion } from './regions.ts';
import { Scope } from './scope.ts';
import { exportedNames, type Selected, Selection, type WalkOptions } from './selection.ts';
import type { LineIndex } from './source.ts';

/** What the parent of a function or class knows about it. */
export interface Place {
  /** Last part of the qualified name; `undefined` where the parent gives none. */
  readonly name?: string | undefined;
  readonly kind?: 'method' | 'getter' | 'setter' | 'constructor' | undefined;
  /** Offsets at which a comment mark speaks about it. */
  readonly starts: readonly number[];
  readonly decorators?: readonly DecoratorMark[] | undefined;
  /** What it is to a decorator of ours that finds it where it runs. */
  readonly decoratedAs?: DecoratedFunction['as'] | undefined;
  /** A decorator of ours measures it at run time, as it cannot be inlined: doing both would count each call twice. */
  readonly runsDecorator?: boolean;
  readonly exported?: boolean;
  /** Where it begins for the reader: the member, not its parameter list. */
  readonly start?: number | undefined;
  readonly inherited?: Selected | 'ignored' | undefined;
  /** The class has an `extends`. */
  readonly derived?: boolean;
  /**
   * What the class has that a compiler may set in the constructor: public fields with a value, and parameter properties; or
   * only private ones, accessors, and what decorators add.
   */
  readonly fields?: 'public' | 'other' | undefined;
  /** A class member: what follows a removed decorator could join the member before it. */
  readonly member?: boolean;
  /** The declaration of a loop's head, a block of a `try` statement: not a statement that could be replaced. */
  readonly held?: boolean;
}

/** A parsed file and what is asked of it. */
export interface WalkInput {
  readonly code: string;
  readonly program: Program;
  readonly file: string;
  readonly format: FilePlan['format'];
  readonly marks: CommentMarks;
  readonly options: WalkOptions;
  readonly lines: LineIndex;
  readonly report: Report;
  /** Told of each function that is not selected. */
  readonly onPassedOver?: ((passed: PassedOver) => void) | undefined;
  readonly losesSuperInTry?: FileInfo['losesSuperInTry'];
  readonly compilesComponents?: FileInfo['compilesComponents'];
  readonly refreshesHooks?: FileInfo['refreshesHooks'];
  readonly split?: FileInfo['split'];
  readonly keepsRequireInTry?: FileInfo['keepsRequireInTry'];
}

/** A function that is not selected, or left alone without a word. */
export interface PassedOver {
  readonly name: string;
  /** UTF-16 offsets. */
  readonly start: number;
  readonly end: number;
  /** `@monitor-ignore` speaks about it. */
  readonly ignored: boolean;
  /** Why it is left alone although the options select it with all others. */
  readonly hazard?: Hazard;
}

const NOWHERE: Place = { starts: [] };

/** See {@link Place.held}. */
export const HELD: Place = { starts: [], held: true };

/** Where a walk stands and what it has found; the visitors of functions, classes and statements share it. */
export class Walk {
  readonly input: WalkInput;
  readonly bindings: DecoratorBindings;
  readonly jest: JestBindings;
  readonly selection: Selection;
  readonly exported: ReadonlySet<string>;
  readonly module: string;
  readonly names: UniqueNames = new UniqueNames();
  readonly drafts: DraftRegion[] = [];
  readonly scopes: Scope[] = [];
  readonly catches: DraftCatch[] = [];
  readonly removals: RemovalPlan[] = [];
  /** See {@link FilePlan.decorated}. */
  readonly decorated: DecoratedFunction[] = [];
  /** Names that the file declares outside functions. */
  readonly declared: ReadonlySet<string>;
  /** A name that emitted code needs and that the file has taken for itself. */
  readonly shadowed: string | undefined;
  readonly onPassedOver: WalkInput['onPassedOver'];
  scope: Scope;
  /** Qualified name of what encloses, with its dot: `Cart.` */
  path = '';
  classDepth = 0;
  withDepth = 0;
  /** Inside a function with `use asm`, of which V8 compiles all or nothing. */
  asmDepth = 0;
  /** Inside a call that Node's lexer of CommonJS exports reads. */
  exportsDepth = 0;
  /** Inside the factory of a `jest.mock` call. */
  mockDepth = 0;
  /** Inside a component or hook that is compiled later, see {@link FileInfo.compilesComponents}. */
  componentDepth = 0;
  /** Who may take the statement that is walked out of the module, see {@link FileInfo.split}. */
  splitBy: string | undefined = undefined;
  /** See {@link FileInfo.keepsRequireInTry}; a `require` of the file's own is none of the bundler's. */
  readonly keepsRequireInTry: boolean;
  /** Offset of the last `require` so far that must not come to stand in a `try` block. */
  lastRequire = -1;
  /** Functions selected so far, left alone or not. */
  selectedCount = 0;
  /** Functions that an option has selected and that are left alone, told in bulk. */
  readonly leftAlone: Map<DiagnosticCode, PassedOver[]> = new Map();
  /** Marks before an overload signature speak about the implementation that follows. */
  overload: { readonly name: string; readonly starts: readonly number[] } | undefined;

  readonly #dispatch: (walk: Walk, node: Node, place: Place) => void;

  /** @param dispatch visits a node according to its type */
  constructor(input: WalkInput, dispatch: (walk: Walk, node: Node, place: Place) => void) {
    this.#dispatch = dispatch;
    const { program, marks, options, report } = input;
    this.input = input;
    this.onPassedOver = input.onPassedOver;
    this.bindings = findBindings(program);
    this.jest = findJest(program);
    this.selection = new Selection(marks, options, program.body[0]?.start ?? program.end, report);
    this.exported = options.functions === 'exported' ? exportedNames(program) : new Set();
    this.module = moduleName(input.file);
    this.declared = declaredNames(program.body);
    this.keepsRequireInTry = input.keepsRequireInTry === true && !this.declared.has('require');
    this.shadowed = shadowedGlobal(this.declared, input.format);
    this.scope = new Scope(
      undefined,
      undefined,
      program.sourceType === 'module' || hasDirective(program.body, 'use strict'),
    );
    this.scopes.push(this.scope);
  }

  /** Visits a node; bound, so that it can be handed on as it is. */
  readonly visit = (node: Node, place: Place = NOWHERE): void => this.#dispatch(this, node, place);

  /** Whether the walk is outside every function and class. */
  isTop(): boolean {
    return this.scope.parent === undefined && this.classDepth === 0;
  }

  inPath(path: string, visit: () => void): void {
    const outer = this.path;
    this.path = path;
    visit();
    this.path = outer;
  }

  inScope(scope: Scope, visit: () => void): void {
    const outer = this.scope;
    this.scope = scope;
    this.scopes.push(scope);
    visit();
    this.scope = outer;
  }

  /** Takes an inlined decorator out; one that must run stays, unless nothing is instrumented at all. */
  removeDecorators(decorators: readonly DecoratorMark[] | undefined, member: boolean): void {
    const { code, options } = this.input;
    for (const { start, end, options: literal } of decorators ?? []) {
      if (!literal && options.enabled) continue;
      const joins = member && /^(?:[[*(]|in\b|instanceof\b)/.test(code.slice(skipComments(code, end)));
      this.removals.push({ start, end, replacement: joins ? ';' : '' });
    }
  }

  /** Tells what is wrong with decorators of ours. */
  reportDecorators(decorators: readonly DecoratorMark[] | undefined): void {
    if (!this.input.options.enabled) return;
    for (const { start, problems } of decorators ?? []) {
      for (const { code, args } of problems) this.input.report(code, start, args);
    }
  }
}

/** Name and kind of a class or object member. */
export function memberPlace(kind: string, name: string): Pick<Place, 'name' | 'kind'> {
  switch (kind) {
    case 'get':
      return { name: `get ${name}`, kind: 'getter' };
    case 'set':
      return { name: `set ${name}`, kind: 'setter' };
    case 'method':
    case 'constructor':
      return { name, kind };
    default:
      return { name };
  }
}

/** Start of a statement or class, its decorators included. */
export function startOf(node: Node): number {
  if (
    (node.type === 'ExportNamedDeclaration' || node.type === 'ExportDefaultDeclaration') &&
    node.declaration
  ) {
    return Math.min(node.start, startOf(node.declaration));
  }
  const first = 'decorators' in node ? node.decorators?.[0] : undefined;
  return Math.min(node.start, first?.start ?? node.start);
}

/** Whether a body begins with a directive, `use strict` for one. */
export function hasDirective(body: readonly Node[], directive: string): boolean {
  return body.some((statement) => 'directive' in statement && statement.directive === directive);
}
