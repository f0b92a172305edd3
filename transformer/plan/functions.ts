import type { Node } from 'oxc-parser';
import {
  boundNames,
  disposes,
  type FunctionNode,
  infersName,
  mayBeAnonymousDefinition,
  mayBePromise,
} from './ast.ts';
import { functionHazard, type Hazard, isComponentOrHook, labelBehindSuper, regionHazard } from './hazards.ts';
import { leaveAlone } from './left-alone.ts';
import type { MarkOptions } from '../mark-options.ts';
import { anonymousName } from './names.ts';
import type { SiteKind } from './plan.ts';
import { type OpenRegion, Scope } from './scope.ts';
import type { Selected } from './selection.ts';
import { noteDisposal } from './suspensions.ts';
import { isRuneModule, runeField } from './svelte.ts';
import { hasDirective, type Place, type Walk } from './context.ts';

/** A function under way: where it stands and what it is called. */
interface Subject {
  readonly node: FunctionNode;
  readonly place: Place;
  readonly scope: Scope;
  readonly start: number;
  readonly reportedName: string;
  /** React Compiler compiles it: `compilesComponents`. */
  readonly isCompiled: boolean;
}

/** Names a function, decides on its selection, walks it, and plans its site. */
export function visitFunction(walk: Walk, node: FunctionNode, place: Place): void {
  const { body } = node;
  if (!body) return;
  const { lines, options } = walk.input;
  const start = place.start ?? node.start;
  const segment = node.id?.name ?? place.name ?? anonymousName(lines.positionOf(node.start));
  const qualifiedName = walk.path + segment;
  const overloaded = walk.overload?.name === segment ? walk.overload.starts : [];
  walk.overload = undefined;
  const reportedName = walk.names.claim(`${walk.module}.${qualifiedName}`, lines.positionOf(start));
  const begin = lines.positionOf(start);
  const choice = walk.selection.select({
    qualifiedName,
    reportedName,
    begin,
    exported: place.exported || (walk.isTop() && walk.exported.has(segment)),
    starts: [...overloaded, ...place.starts, start, node.start],
    decorators: place.decorators ?? [],
    runsDecorator: place.runsDecorator === true,
    inherited: place.inherited,
  });
  const selected = typeof choice === 'object' ? choice : undefined;
  // Its mark has found it, whoever measures it.
  if (selected || choice === 'measured') walk.selectedCount++;
  if (!selected)
    walk.onPassedOver?.({ name: reportedName, start, end: node.end, ignored: choice === 'ignored' });
  walk.reportDecorators(place.decorators);
  if (place.decoratedAs) walk.decorated.push({ ...begin, as: place.decoratedAs });

  const statements = body.type === 'BlockStatement' ? body.body : undefined;
  const strict =
    walk.scope.strict ||
    walk.classDepth > 0 ||
    (statements !== undefined && hasDirective(statements, 'use strict'));
  const scope = new Scope(walk.scope, node, strict);
  const isCompiled =
    walk.input.compilesComponents === true &&
    isComponentOrHook(segment, place.kind !== undefined || place.member === true);
  const isAsm = hasDirective(statements ?? [], 'use asm');
  if (isCompiled) walk.componentDepth++;
  if (isAsm) walk.asmDepth++;
  walk.inScope(scope, () =>
    walk.inPath(`${qualifiedName}.`, () => {
      for (const parameter of node.params) walk.visit(parameter);
      const region = selected && openRegion(scope, false, lastReturn(statements?.at(-1)));
      scope.declareFunctions(statements ?? []);
      for (const child of statements ?? [body]) walk.visit(child);
      if (!region) return;
      noteDisposal(scope, scope.disposing, undefined);
      scope.targets.pop();
      planFunction(walk, { node, place, scope, start, reportedName, isCompiled }, region, selected);
    }),
  );
  if (isAsm) walk.asmDepth--;
  if (isCompiled) walk.componentDepth--;
  if (!options.enabled) walk.removeDecorators(place.decorators, place.member ?? false);
}

/** Opens the region of a function or block: jumps and suspensions that follow are noted as its own. */
export function openRegion(scope: Scope, block: boolean, lastReturn?: number): OpenRegion {
  const region: OpenRegion = {
    block,
    suspends: false,
    returnsValue: false,
    mayReturnPromise: false,
    lastReturn,
    revocable: false,
    entangled: false,
    shape: 'flag',
  };
  scope.targets.push({ type: 'region', region });
  return region;
}

function lastReturn(statement: Node | undefined): number | undefined {
  return statement?.type === 'ReturnStatement' && statement.argument ? statement.start : undefined;
}

/** The site's name: the mark's own, made unique, or the function's. */
export function siteName(walk: Walk, options: MarkOptions, reportedName: string, start: number): string {
  if (options.name === undefined) return reportedName;
  const unique = walk.names.claim(options.name, walk.input.lines.positionOf(start));
  if (unique !== options.name) walk.input.report('TKA106', start, [options.name, unique]);
  return unique;
}

/** Marks before an overload signature are kept for the implementation. */
export function noteOverload(walk: Walk, name: string, starts: readonly number[]): void {
  const before = walk.overload?.name === name ? walk.overload.starts : [];
  walk.overload = { name, starts: [...before, ...starts] };
}

function planFunction(walk: Walk, subject: Subject, region: OpenRegion, { options, reason }: Selected): void {
  const { node, place, start, reportedName } = subject;
  const { code, lines } = walk.input;
  const body = node.body as Node;
  const statements = body.type === 'BlockStatement' ? body.body : undefined;
  if (!statements) {
    region.returnsValue = true;
    region.mayReturnPromise = mayBePromise(body);
  }
  if (node.generator) region.shape = 'close';
  else if (node.async) region.shape = region.mayReturnPromise ? 'settle' : 'close';

  const hazard = hazardOf(walk, subject, region, statements ?? []);
  if (typeof hazard === 'object') {
    const isOuterCompiled = subject.isCompiled && walk.componentDepth === 1;
    return leaveAlone(walk, {
      name: reportedName,
      start,
      end: node.end,
      hazard,
      reason,
      isOuterCompiled,
    });
  }
  const inner = statements ? innerStart(statements, body.start, code) : { offset: body.start, open: false };
  walk.drafts.push({
    region,
    name: siteName(walk, options, reportedName, start),
    kind: kindOf(node, place.kind),
    position: lines.positionOf(start),
    reason,
    options,
    bodyStart: body.start,
    bodyEnd: body.end,
    concise: !statements,
    anonymous: !statements && mayBeAnonymousDefinition(body),
    infersName: !statements && infersName(body),
    innerStart: inner.offset,
    openDirective: inner.open,
    disposes: disposes(statements ?? []),
    labelStart: hazard,
    argumentsText: options.args ? argumentsText(walk, subject) : undefined,
  });
  walk.removeDecorators(place.decorators, place.member ?? false);
}

/** Why the body must stay as it is, or where a derived constructor's label begins. */
function hazardOf(
  walk: Walk,
  subject: Subject,
  region: OpenRegion,
  body: readonly Node[],
): Hazard | number | undefined {
  const { node, place, scope } = subject;
  const hazard = regionHazard(walk, region, node.body?.start ?? node.start) ?? functionHazard(scope, body);
  if (!hazard && walk.input.refreshesHooks && scope.callsHook) return { code: 'TKA215', args: [] };
  if (hazard || place.kind !== 'constructor') return hazard;
  const field = isRuneModule(walk.input.file) ? runeField(body) : undefined;
  if (field !== undefined) return { code: 'TKA213', args: [field] };
  if (!place.derived) return undefined;
  const loser = superLoser(walk, place);
  if (loser !== undefined) return { code: 'TKA208', args: [loser] };
  if (scope.jumps.length === 0) return undefined;
  return labelBehindSuper(body, scope);
}

/** The compiler that would set the class's fields before `super(…)`, where it would. */
function superLoser({ input: { losesSuperInTry, file } }: Walk, { fields }: Place): string | undefined {
  if (fields === undefined || losesSuperInTry === undefined) return undefined;
  if (losesSuperInTry === 'typescript') return 'TypeScript before 5.2';
  // What is TypeScript's alone: parameter properties, and fields where `useDefineForClassFields` is off.
  if (fields !== 'public' || !/\.[cm]?tsx?$/.test(file)) return undefined;
  return losesSuperInTry === 'oxc' ? 'oxc' : 'Bun';
}

/** What is hashed as the call's arguments; arrows have no `arguments` of their own. */
function argumentsText(walk: Walk, { node, scope, start, reportedName }: Subject): string | undefined {
  const names: string[] = [];
  for (const parameter of node.params) boundNames(parameter, names);
  if (node.type === 'ArrowFunctionExpression') return `[${names.join(',')}]`;
  const isOwn =
    names.includes('arguments') || scope.vars.has('arguments') || scope.functions.has('arguments');
  if (!isOwn) return 'arguments';
  walk.input.report('TKA108', start, [reportedName]);
  return undefined;
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

function kindOf(node: FunctionNode, kind: Place['kind']): SiteKind {
  if (node.generator) return node.async ? 'async-generator' : 'generator';
  if (node.async) return 'async';
  return kind ?? (node.type === 'ArrowFunctionExpression' ? 'arrow' : 'function');
}
