import type { BlockStatement, Class, Decorator, Node, Program, PropertyKey } from 'oxc-parser';
import {
  boundNames,
  forEachChild,
  type FunctionNode,
  isAnonymousDefinition,
  mayBePromise,
  unwrap,
} from './ast.ts';
import { type DecoratorBindings, type DecoratorMark, findBindings, readDecorator } from './decorators.ts';
import { functionHazard, type Hazard, labelBehindSuper } from './hazards.ts';
import { type CommentMarks, skipSpace } from './marks.ts';
import type { MarkOptions } from './mark-options.ts';
import { anonymousName, keyName, moduleName, targetName, UniqueNames } from './names.ts';
import type { ResolvedOptions } from './options.ts';
import type { FilePlan, RemovalPlan, Report, SiteKind } from './plan.ts';
import { type DraftRegion, finishRegions } from './regions.ts';
import { type OpenRegion, Scope } from './scope.ts';
import { exportedNames, isExportsTarget, type Selected, Selection } from './selection.ts';
import type { LineIndex } from './source.ts';

/** What the parent of a function or class knows about it. */
interface Place {
  /** Last part of the qualified name; `undefined` where the parent gives none. */
  readonly name?: string | undefined;
  readonly kind?: 'method' | 'getter' | 'setter' | 'constructor' | undefined;
  /** Offsets at which a comment mark speaks about it. */
  readonly starts: readonly number[];
  readonly decorators?: readonly DecoratorMark[] | undefined;
  readonly exported?: boolean;
  /** Where it begins for the reader: the member, not its parameter list. */
  readonly start?: number | undefined;
  readonly inherited?: Selected | 'ignored' | undefined;
  /** The class has an `extends`. */
  readonly derived?: boolean;
  /** What follows a removed decorator could join the member before it. */
  readonly member?: boolean;
}

interface Input {
  readonly code: string;
  readonly program: Program;
  readonly file: string;
  readonly marks: CommentMarks;
  readonly options: Pick<ResolvedOptions, 'functions' | 'matches' | 'enabled'>;
  readonly lines: LineIndex;
  readonly report: Report;
}

const NOWHERE: Place = { starts: [] };

/** Walks a parsed file once and plans every site in it. */
export function walkFile(input: Input): Omit<FilePlan, 'file' | 'format' | 'names' | 'diagnostics'> {
  return new Walker(input).walk();
}

class Walker {
  readonly #in: Input;
  readonly #bindings: DecoratorBindings;
  readonly #selection: Selection;
  readonly #exported: ReadonlySet<string>;
  readonly #module: string;
  readonly #names = new UniqueNames();
  readonly #drafts: DraftRegion[] = [];
  readonly #scopes: Scope[] = [];
  readonly #catches: FilePlan['catches'][number][] = [];
  readonly #removals: RemovalPlan[] = [];
  readonly #headerStart: number;
  readonly #shadowed: string | undefined;
  #scope: Scope;
  /** Qualified name of what encloses, with its dot: `Cart.` */
  #path = '';
  #classDepth = 0;
  #withDepth = 0;
  /** Marks before an overload signature speak about the implementation that follows. */
  #overload: { readonly name: string; readonly starts: readonly number[] } | undefined;

  constructor(input: Input) {
    this.#in = input;
    const { program, file, marks, options, report } = input;
    const first = program.body.find((statement) => !('directive' in statement && statement.directive));
    this.#headerStart = first ? startOf(first) : program.end;
    this.#bindings = findBindings(program);
    this.#selection = new Selection(marks, options, program.body[0]?.start ?? program.end, report);
    this.#exported = options.functions === 'exported' ? exportedNames(program) : new Set();
    this.#module = moduleName(file);
    this.#shadowed = shadowedGlobal(program);
    this.#scope = new Scope(
      undefined,
      undefined,
      program.sourceType === 'module' || hasUseStrict(program.body),
    );
    this.#scopes.push(this.#scope);
  }

  walk(): Omit<FilePlan, 'file' | 'format' | 'names' | 'diagnostics'> {
    for (const statement of this.#in.program.body) this.#visit(statement);
    this.#selection.reportProblems(this.#in.report);
    const { regions, jumps, yields } = finishRegions(this.#drafts, this.#scopes);
    const catches = regions.some((region) => region.shape === 'flag') ? this.#catches : [];
    return { headerStart: this.#headerStart, regions, jumps, yields, catches, removals: this.#removals };
  }

  readonly #visitChild = (child: Node): void => this.#visit(child);

  #visit(node: Node, place: Place = NOWHERE): void {
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return this.#visitFunction(node, place);
      case 'TSDeclareFunction':
        if (node.id && !node.declare) this.#noteOverload(node.id.name, [...place.starts, node.start]);
        return;
      case 'ClassDeclaration':
      case 'ClassExpression':
        if (!node.declare) this.#visitClass(node, place);
        return;
      case 'ExportNamedDeclaration':
        if (node.declaration) this.#visit(node.declaration, { starts: [node.start], exported: true });
        return;
      case 'ExportDefaultDeclaration':
        return this.#visit(node.declaration, { starts: [node.start], exported: true, name: 'default' });
      case 'TSExportAssignment':
        return this.#visit(node.expression, { starts: [node.start], exported: true, name: 'default' });
      case 'VariableDeclaration':
        return this.#visitVariables(node, place);
      case 'ExpressionStatement':
        return this.#visit(node.expression, { starts: [node.start] });
      case 'ReturnStatement':
        this.#noteReturn(node);
        if (node.argument) this.#visit(node.argument, { starts: [node.start] });
        return;
      case 'AssignmentExpression':
        this.#visit(node.left);
        return this.#visit(node.right, {
          name: targetName(unwrap(node.left), this.#in.code),
          starts: [...place.starts, node.start],
          exported: this.#isTop() && isExportsTarget(node.left),
        });
      case 'AssignmentPattern':
        this.#visit(node.left);
        return this.#visit(node.right, { name: boundNames(node.left)[0], starts: [] });
      case 'ParenthesizedExpression':
      case 'TSAsExpression':
      case 'TSSatisfiesExpression':
      case 'TSNonNullExpression':
      case 'TSTypeAssertion':
        return this.#visit(node.expression, { ...place, starts: [...place.starts, node.start] });
      case 'CallExpression':
        if (node.callee.type === 'Identifier' && node.callee.name === 'eval') this.#scope.callsEval = true;
        this.#visit(node.callee, { starts: place.starts });
        for (const argument of node.arguments) this.#visit(argument);
        return;
      case 'UnaryExpression':
        return this.#visit(node.argument, { starts: place.starts });
      case 'AwaitExpression':
        this.#scope.suspend();
        return this.#visit(node.argument, { starts: place.starts });
      case 'YieldExpression':
        this.#scope.suspend();
        this.#scope.yields.push({
          start: node.start,
          end: node.end,
          argument: node.argument ? { start: node.argument.start, end: node.argument.end } : undefined,
          within: this.#scope.openRegions(),
        });
        if (node.argument) this.#visit(node.argument);
        return;
      case 'ObjectExpression':
        return this.#visitObject(node, place);
      case 'BlockStatement':
        return this.#visitBlock(node);
      case 'StaticBlock':
        return this.#inScope(new Scope(this.#scope, undefined, true), () =>
          forEachChild(node, this.#visitChild),
        );
      case 'CatchClause':
        this.#noteCatch(node.param, node.body.start);
        return forEachChild(node, this.#visitChild);
      case 'ForOfStatement':
        if (node.await) this.#scope.suspend();
        return this.#visitLoop(node, []);
      case 'ForStatement':
      case 'ForInStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
      case 'SwitchStatement':
        return this.#visitLoop(node, []);
      case 'LabeledStatement':
        return this.#visitLabelled(node);
      case 'BreakStatement':
      case 'ContinueStatement':
        return this.#noteJump(node);
      case 'WithStatement':
        this.#visit(node.object);
        this.#withDepth++;
        this.#visit(node.body);
        this.#withDepth--;
        return;
      case 'TSModuleDeclaration': {
        if (node.declare || !node.body) return;
        const name = this.#in.code.slice(node.id.start, node.id.end);
        return this.#inPath(`${this.#path}${name}.`, () => forEachChild(node, this.#visitChild));
      }
      default:
        forEachChild(node, this.#visitChild);
    }
  }

  // ——— functions ———

  #visitFunction(node: FunctionNode, place: Place): void {
    const { code, lines } = this.#in;
    const body = node.body;
    if (!body) return;
    const start = place.start ?? node.start;
    const position = lines.positionOf(start);
    const own = node.id?.name;
    const segment = own ?? place.name ?? anonymousName(lines.positionOf(node.start));
    const qualifiedName = this.#path + segment;
    const overloaded = this.#overload?.name === segment ? this.#overload.starts : [];
    this.#overload = undefined;
    const reportedName = this.#names.claim(`${this.#module}.${qualifiedName}`, position);
    const selected = this.#selection.select({
      qualifiedName,
      reportedName,
      exported: place.exported || (this.#isTop() && this.#exported.has(segment)),
      starts: [...overloaded, ...place.starts, start, node.start],
      decorators: place.decorators ?? [],
      inherited: place.inherited,
    });
    this.#reportDecorators(place.decorators);

    const block = body.type === 'BlockStatement' ? body : undefined;
    const strict =
      this.#scope.strict || this.#classDepth > 0 || (block !== undefined && hasUseStrict(block.body));
    const scope = new Scope(this.#scope, node, strict);
    this.#inScope(scope, () =>
      this.#inPath(`${qualifiedName}.`, () => {
        for (const parameter of node.params) this.#visit(parameter);
        const region = selected && this.#open(false);
        if (block) {
          scope.declareFunctions(block.body);
          for (const statement of block.body) this.#visit(statement);
        } else {
          this.#visit(body);
        }
        if (!region) return;
        scope.targets.pop();
        const hazard = this.#hazardOf(scope, block?.body ?? []);
        const label =
          place.kind === 'constructor' && place.derived && scope.jumps.length > 0 && block
            ? labelBehindSuper(block.body, scope)
            : undefined;
        const problem = hazard ?? (typeof label === 'object' ? label : undefined);
        if (problem) return this.#leaveAlone(region, problem, start, reportedName);
        const inner = block ? innerStart(block.body, block.start, code) : { offset: body.start, open: false };
        if (!block) {
          region.returnsValue = true;
          region.mayReturnPromise = mayBePromise(body);
        }
        region.shape = node.generator
          ? 'close'
          : node.async
            ? region.mayReturnPromise
              ? 'settle'
              : 'close'
            : 'flag';
        this.#drafts.push({
          region,
          name: this.#siteName(selected.options, reportedName, position, start),
          kind: kindOf(node, place.kind),
          position,
          reason: selected.reason,
          options: selected.options,
          bodyStart: body.start,
          bodyEnd: body.end,
          concise: !block,
          anonymous: !block && isAnonymousDefinition(body),
          innerStart: inner.offset,
          openDirective: inner.open,
          labelStart: typeof label === 'number' ? label : undefined,
          argumentsText: selected.options.args
            ? this.#argumentsText(node, scope, start, reportedName)
            : undefined,
        });
        for (const decorator of place.decorators ?? [])
          this.#removeDecorator(decorator, place.member ?? false);
      }),
    );
    if (!this.#in.options.enabled)
      for (const decorator of place.decorators ?? []) this.#removeDecorator(decorator, place.member ?? false);
  }

  #open(block: boolean): OpenRegion {
    const region: OpenRegion = {
      block,
      suspends: false,
      returnsValue: false,
      mayReturnPromise: false,
      shape: 'flag',
    };
    this.#scope.targets.push({ type: 'region', region });
    return region;
  }

  #hazardOf(scope: Scope, body: readonly Node[]): Hazard | undefined {
    if (this.#withDepth > 0) return { code: 'TKA201', args: [] };
    if (this.#shadowed) return { code: 'TKA206', args: [this.#shadowed] };
    if (body.some((statement) => 'directive' in statement && statement.directive === 'use asm'))
      return { code: 'TKA204', args: [] };
    return functionHazard(scope);
  }

  #leaveAlone(region: OpenRegion, hazard: Hazard, start: number, name: string): void {
    region.shape = 'close';
    region.suspends = false;
    this.#in.report(hazard.code, start, [name, ...hazard.args]);
  }

  #siteName(
    options: MarkOptions,
    reportedName: string,
    position: { line: number; column: number },
    start: number,
  ): string {
    if (options.name === undefined) return reportedName;
    const unique = this.#names.claim(options.name, position);
    if (unique !== options.name) this.#in.report('TKA106', start, [options.name, unique]);
    return unique;
  }

  #argumentsText(node: FunctionNode, scope: Scope, start: number, name: string): string | undefined {
    const names: string[] = [];
    for (const parameter of node.params) boundNames(parameter, names);
    if (node.type === 'ArrowFunctionExpression') return `[${names.join(',')}]`;
    if (!names.includes('arguments') && !scope.vars.has('arguments') && !scope.functions.has('arguments'))
      return 'arguments';
    this.#in.report('TKA108', start, [name]);
    return undefined;
  }

  #noteOverload(name: string, starts: readonly number[]): void {
    const before = this.#overload?.name === name ? this.#overload.starts : [];
    this.#overload = { name, starts: [...before, ...starts] };
  }

  // ——— variables, objects, classes ———

  #visitVariables(node: Node & { type: 'VariableDeclaration' }, place: Place): void {
    if (node.declare) return;
    if (node.kind === 'await using') this.#scope.suspend();
    for (const declarator of node.declarations) {
      if (node.kind === 'var') this.#scope.declareVars(declarator.id);
      this.#visit(declarator.id);
      if (!declarator.init) continue;
      this.#visit(declarator.init, {
        name: declarator.id.type === 'Identifier' ? declarator.id.name : undefined,
        // A mark before `const a = …, b = …` speaks about every function initialiser of the statement.
        starts: isDefinition(declarator.init)
          ? [...place.starts, node.start, declarator.start]
          : [declarator.start],
        exported: place.exported ?? false,
      });
    }
  }

  #visitObject(node: Node & { type: 'ObjectExpression' }, place: Place): void {
    this.#inPath(place.name === undefined ? this.#path : `${this.#path}${place.name}.`, () => {
      for (const property of node.properties) {
        if (property.type !== 'Property') {
          this.#visit(property);
          continue;
        }
        if (property.computed) this.#visit(property.key);
        this.#visit(property.value, {
          name: memberName(property.key, property.computed, property.kind, this.#in.code),
          kind: memberKind(property.kind === 'init' ? (property.method ? 'method' : 'init') : property.kind),
          starts: [property.start],
          start: property.method || property.kind !== 'init' ? property.start : undefined,
          exported: place.exported ?? false,
        });
      }
    });
  }

  #visitClass(node: Class, place: Place): void {
    const { code, lines, report } = this.#in;
    const own = this.#readDecorators(node.decorators);
    this.#reportDecorators(own);
    const starts = [...place.starts, startOf(node), node.start, ...this.#behindDecorators(node.decorators)];
    const marks = this.#selection.take(starts);
    const inlined = own.filter((decorator) => decorator.options);
    const isIgnored = place.inherited === 'ignored' || marks.some((mark) => mark.type === 'ignore');
    const isMarked = marks.length > 0 || inlined.length > 0;
    const options: MarkOptions = Object.assign(
      {},
      ...inlined.map((mark) => mark.options),
      ...marks.map((mark) => mark.options),
    );
    const inherited: Place['inherited'] = isIgnored
      ? 'ignored'
      : isMarked
        ? { reason: 'class-mark', options }
        : undefined;
    const segment = node.id?.name ?? place.name ?? anonymousName(lines.positionOf(node.start));
    const exported = place.exported || (this.#isTop() && this.#exported.has(segment));
    const sites = this.#drafts.length;

    for (const decorator of node.decorators) this.#visit(decorator);
    if (node.superClass) this.#visit(node.superClass);
    this.#classDepth++;
    this.#inPath(`${this.#path}${segment}.`, () => {
      for (const member of node.body.body)
        this.#visitMember(member, { inherited, exported, derived: node.superClass !== null });
    });
    this.#classDepth--;
    for (const decorator of own) this.#removeDecorator(decorator, false);
    if (isMarked && !isIgnored && this.#in.options.enabled && this.#drafts.length === sites) {
      for (const mark of marks) report('TKA101', mark.start, ['@monitor']);
      for (const decorator of inlined)
        report('TKA101', decorator.start, [code.slice(decorator.start, decorator.end)]);
    }
  }

  #visitMember(
    member: Class['body']['body'][number],
    { inherited, exported, derived }: { inherited: Place['inherited']; exported: boolean; derived: boolean },
  ): void {
    if (
      member.type !== 'MethodDefinition' &&
      member.type !== 'PropertyDefinition' &&
      member.type !== 'AccessorProperty'
    ) {
      this.#visit(member);
      return;
    }
    const { code } = this.#in;
    for (const decorator of member.decorators) this.#visit(decorator);
    if (member.computed) this.#visit(member.key);
    const decorators = this.#readDecorators(member.decorators);
    const kind = member.type === 'MethodDefinition' ? member.kind : 'init';
    const name = memberName(
      member.key,
      member.computed,
      kind === 'constructor' || kind === 'method' ? 'init' : kind,
      code,
    );
    const behind = this.#behindDecorators(member.decorators);
    const starts = [startOf(member), member.start, ...behind];
    const place: Place = {
      name,
      kind: memberKind(kind),
      starts,
      decorators,
      exported: exported && member.key.type !== 'PrivateIdentifier',
      start: member.type === 'MethodDefinition' ? (behind[0] ?? member.start) : undefined,
      inherited,
      derived,
      member: true,
    };
    if (member.type === 'MethodDefinition') {
      if (member.value.body) return this.#visit(member.value, place);
      return this.#noteOverload(name, starts);
    }
    if (!member.value) return this.#decoratedNothing(decorators, member.value);
    const isFunction = /^(?:Arrow)?FunctionExpression$/.test(unwrap(member.value).type);
    if (!isFunction) this.#decoratedNothing(decorators, member.value);
    const scope = new Scope(this.#scope, undefined, true);
    this.#inScope(scope, () => this.#visit(member.value as Node, isFunction ? place : { name, starts: [] }));
  }

  /** A decorated field without a function: told where it can hold none, else left to the decorator at run time. */
  #decoratedNothing(decorators: readonly DecoratorMark[], value: Node | null): void {
    this.#reportDecorators(decorators);
    for (const decorator of decorators) {
      if (!this.#in.options.enabled) this.#removeDecorator(decorator, true);
      else if (!value || unwrap(value).type === 'Literal') {
        this.#in.report('TKA101', decorator.start, [this.#in.code.slice(decorator.start, decorator.end)]);
      }
    }
  }

  #readDecorators(decorators: readonly Decorator[]): DecoratorMark[] {
    const ours: DecoratorMark[] = [];
    if (this.#bindings.decorators.size + this.#bindings.namespaces.size === 0) return ours;
    for (const decorator of decorators) {
      const mark = readDecorator(decorator, this.#bindings);
      if (mark) ours.push(mark);
    }
    return ours;
  }

  #reportDecorators(decorators: readonly DecoratorMark[] | undefined): void {
    if (!this.#in.options.enabled) return;
    for (const { start, problems } of decorators ?? []) {
      for (const { code, args } of problems) this.#in.report(code, start, args);
    }
  }

  #removeDecorator({ start, end, options }: DecoratorMark, member: boolean): void {
    if (!options && this.#in.options.enabled) return;
    const next = this.#in.code.slice(skipSpace(this.#in.code, end));
    this.#removals.push({
      start,
      end,
      replacement: member && /^(?:[[*(]|in\b|instanceof\b)/.test(next) ? ';' : '',
    });
  }

  /** Offset of the token behind the last decorator: a mark may stand there too. */
  #behindDecorators(decorators: readonly Decorator[]): number[] {
    const last = decorators.at(-1);
    return last ? [skipSpace(this.#in.code, last.end)] : [];
  }

  // ——— statements ———

  #visitBlock(node: BlockStatement): void {
    const marks = this.#selection.take([node.start]).filter((mark) => mark.type === 'monitor');
    const scope = this.#scope;
    for (const statement of node.body) {
      if (statement.type === 'FunctionDeclaration' && statement.id)
        scope.nestedFunctions.add(statement.id.name);
    }
    const options: MarkOptions = Object.assign({}, ...marks.map((mark) => mark.options));
    if (marks[0] && options.name === undefined && this.#in.options.enabled)
      this.#in.report('TKA105', marks[0].start, []);
    const region =
      marks[0] && options.name !== undefined && this.#in.options.enabled ? this.#open(true) : undefined;
    forEachChild(node, this.#visitChild);
    if (!region || options.name === undefined) return;
    scope.targets.pop();
    const position = this.#in.lines.positionOf(node.start);
    const hazard: Hazard | undefined =
      this.#withDepth > 0
        ? { code: 'TKA201', args: [] }
        : this.#shadowed
          ? { code: 'TKA206', args: [this.#shadowed] }
          : undefined;
    if (hazard) return this.#leaveAlone(region, hazard, node.start, options.name);
    region.shape = region.suspends || (scope.node?.generator && scope.node.async) ? 'close' : 'flag';
    this.#drafts.push({
      region,
      name: this.#siteName(options, '', position, node.start),
      kind: 'block',
      position,
      reason: 'mark',
      options,
      bodyStart: node.start,
      bodyEnd: node.end,
      concise: false,
      anonymous: false,
      innerStart: node.start + 1,
      openDirective: false,
      labelStart: undefined,
      argumentsText: undefined,
    });
  }

  #visitLoop(node: Node, labels: readonly string[]): void {
    const isSwitch = node.type === 'SwitchStatement';
    this.#scope.targets.push({ type: isSwitch ? 'switch' : 'loop', labels });
    forEachChild(node, this.#visitChild);
    this.#scope.targets.pop();
  }

  #visitLabelled(node: Node & { type: 'LabeledStatement' }): void {
    const labels = [node.label.name];
    let body: Node = node.body;
    while (body.type === 'LabeledStatement') {
      labels.push(body.label.name);
      body = body.body;
    }
    if (/^(?:For|While|DoWhile|Switch)/.test(body.type)) {
      if (body.type === 'ForOfStatement' && body.await) this.#scope.suspend();
      return this.#visitLoop(body, labels);
    }
    this.#scope.targets.push({ type: 'label', labels });
    this.#visit(body);
    this.#scope.targets.pop();
  }

  #noteReturn(node: Node & { type: 'ReturnStatement' }): void {
    const leaves = this.#scope.openRegions();
    if (leaves.length === 0) return;
    const value = node.argument;
    const wrap = !value
      ? ''
      : value.type === 'SequenceExpression'
        ? '('
        : isAnonymousDefinition(value)
          ? '(0,'
          : '';
    for (const region of leaves) {
      region.returnsValue ||= value !== null;
      region.mayReturnPromise ||= value !== null && mayBePromise(value);
    }
    this.#scope.jumps.push({
      type: 'return',
      label: undefined,
      start: node.start,
      end: node.end,
      argument: value ? { start: value.start, end: value.end, wrap } : undefined,
      leaves,
    });
  }

  #noteJump(node: Node & { type: 'BreakStatement' | 'ContinueStatement' }): void {
    const type = node.type === 'BreakStatement' ? 'break' : 'continue';
    const label = node.label?.name;
    const leaves = this.#scope.regionsLeftBy(type, label);
    if (leaves.length > 0)
      this.#scope.jumps.push({ type, label, start: node.start, end: node.end, argument: undefined, leaves });
  }

  #noteCatch(parameter: Node | null, bodyStart: number): void {
    if (this.#withDepth > 0 || (parameter && parameter.type !== 'Identifier')) return;
    this.#catches.push({ bodyStart, parameter: parameter?.name });
  }

  // ——— where we are ———

  #isTop(): boolean {
    return this.#scope.parent === undefined && this.#classDepth === 0;
  }

  #inPath(path: string, walk: () => void): void {
    const outer = this.#path;
    this.#path = path;
    walk();
    this.#path = outer;
  }

  #inScope(scope: Scope, walk: () => void): void {
    const outer = this.#scope;
    this.#scope = scope;
    this.#scopes.push(scope);
    walk();
    this.#scope = outer;
  }
}

function isDefinition(node: Node): boolean {
  return /^(?:FunctionExpression|ArrowFunctionExpression|ClassExpression)$/.test(unwrap(node).type);
}

function startOf(node: Node): number {
  const decorators =
    'decorators' in node && Array.isArray(node.decorators) ? (node.decorators as Decorator[]) : [];
  if (
    (node.type === 'ExportNamedDeclaration' || node.type === 'ExportDefaultDeclaration') &&
    node.declaration
  ) {
    return Math.min(node.start, startOf(node.declaration));
  }
  return Math.min(node.start, decorators[0]?.start ?? node.start);
}

function hasUseStrict(body: readonly Node[]): boolean {
  return body.some((statement) => 'directive' in statement && statement.directive === 'use strict');
}

function innerStart(
  body: readonly Node[],
  blockStart: number,
  code: string,
): { offset: number; open: boolean } {
  let offset = blockStart + 1;
  let open = false;
  for (const statement of body) {
    if (!('directive' in statement) || !statement.directive) break;
    offset = statement.end;
    open = code[offset - 1] !== ';';
  }
  return { offset, open };
}

/** The emitted lookup needs these globals; a file that declares its own is left alone. */
function shadowedGlobal(program: Program): string | undefined {
  for (const node of program.body) {
    const statement = node.type === 'ExportNamedDeclaration' && node.declaration ? node.declaration : node;
    const names: string[] = [];
    if (statement.type === 'VariableDeclaration')
      for (const { id } of statement.declarations) boundNames(id, names);
    else if (statement.type === 'ImportDeclaration')
      for (const { local } of statement.specifiers) names.push(local.name);
    else if ('id' in statement && statement.id && 'name' in statement.id)
      names.push(String(statement.id.name));
    const shadowed = names.find((name) => name === 'Symbol' || name === 'globalThis');
    if (shadowed) return shadowed;
  }
  return undefined;
}

function memberName(key: PropertyKey, computed: boolean, kind: string, code: string): string {
  const name = keyName(key, computed, code);
  return kind === 'get' || kind === 'set' ? `${kind} ${name}` : name;
}

function memberKind(kind: string): Place['kind'] {
  switch (kind) {
    case 'get':
      return 'getter';
    case 'set':
      return 'setter';
    case 'method':
    case 'constructor':
      return kind;
    default:
      return undefined;
  }
}

function kindOf(node: FunctionNode, kind: Place['kind']): SiteKind {
  if (node.generator) return node.async ? 'async-generator' : 'generator';
  if (node.async) return 'async';
  return kind ?? (node.type === 'ArrowFunctionExpression' ? 'arrow' : 'function');
}
