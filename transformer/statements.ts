import type {
  BlockStatement,
  BreakStatement,
  CatchClause,
  ContinueStatement,
  LabeledStatement,
  Node,
  ReturnStatement,
  TryStatement,
  AwaitExpression,
  YieldExpression,
} from 'oxc-parser';
import { forEachChild, isAnonymousDefinition, mayBeObject, mayBePromise } from './ast.ts';
import { openRegion, siteName } from './functions.ts';
import { regionHazard } from './hazards.ts';
import type { MarkOptions } from './mark-options.ts';
import type { Walk } from './context.ts';

/** A marked block is a site of its own: an operation. */
export function visitBlock(walk: Walk, node: BlockStatement): void {
  const { scope, input } = walk;
  const marks = walk.selection.take([node.start]).filter((mark) => mark.type === 'monitor');
  const options: MarkOptions = Object.assign({}, ...marks.map((mark) => mark.options));
  const isSelected = marks.length > 0 && input.options.enabled;
  if (isSelected && options.name === undefined) input.report('TKA105', marks[0]?.start ?? node.start, []);
  const region = isSelected && options.name !== undefined ? openRegion(scope, true) : undefined;
  for (const statement of node.body) {
    if (statement.type === 'FunctionDeclaration' && statement.id)
      scope.nestedFunctions.add(statement.id.name);
  }
  forEachChild(node, walk.visit);
  if (!region || options.name === undefined) return;

  scope.targets.pop();
  // In an async generator `return` awaits in its place, so that no label may take it elsewhere.
  if (region.suspends || (scope.node?.generator && scope.node.async)) region.shape = 'close';
  const hazard = regionHazard(walk, region);
  if (hazard) return input.report(hazard.code, node.start, [options.name, ...hazard.args]);
  walk.drafts.push({
    region,
    name: siteName(walk, options, '', node.start),
    kind: 'block',
    position: input.lines.positionOf(node.start),
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

/** A loop or switch, at which `break` and `continue` aim. */
export function visitLoop(walk: Walk, node: Node, labels: readonly string[]): void {
  const { scope } = walk;
  if (node.type === 'ForOfStatement' && node.await) scope.suspend();
  scope.targets.push({ type: node.type === 'SwitchStatement' ? 'switch' : 'loop', labels });
  const closes = node.type === 'ForOfStatement' ? 1 : 0;
  scope.forOfDepth += closes;
  forEachChild(node, walk.visit);
  scope.forOfDepth -= closes;
  scope.targets.pop();
}

/** A labelled statement; the labels of a loop are its own, because `continue` may name them. */
export function visitLabelled(walk: Walk, node: LabeledStatement): void {
  const labels = [node.label.name];
  let body: Node = node.body;
  while (body.type === 'LabeledStatement') {
    labels.push(body.label.name);
    body = body.body;
  }
  if (/^(?:For|While|DoWhile|Switch)/.test(body.type)) return visitLoop(walk, body, labels);
  walk.scope.targets.push({ type: 'label', labels });
  walk.visit(body);
  walk.scope.targets.pop();
}

/** A `try`: what follows it inside can call a jump off. */
export function visitTry(walk: Walk, node: TryStatement): void {
  const { scope } = walk;
  const inFinally = scope.finallyDepth > 0 ? 1 : 0;
  scope.tryDepth++;
  scope.tryInFinallyDepth += inFinally;
  walk.visit(node.block);
  if (node.handler) walk.visit(node.handler);
  scope.tryDepth--;
  scope.tryInFinallyDepth -= inFinally;
  if (!node.finalizer) return;
  scope.finallyDepth++;
  walk.visit(node.finalizer);
  scope.finallyDepth--;
}

/** Notes a `return` of an open region. */
export function noteReturn({ scope }: Walk, { argument: value, start, end }: ReturnStatement): void {
  const leaves = scope.openRegions();
  if (leaves.length === 0) return;
  scope.leave(leaves);
  for (const region of leaves) {
    region.returnsValue ||= value !== null;
    region.mayReturnPromise ||= value !== null && mayBePromise(value);
    region.mayReturnObject ||= value !== null && mayBeObject(value);
  }
  const wrap = !value
    ? ''
    : value.type === 'SequenceExpression'
      ? '('
      : isAnonymousDefinition(value)
        ? '(0,'
        : '';
  const argument = value ? ({ start: value.start, end: value.end, wrap } as const) : undefined;
  scope.jumps.push({ type: 'return', label: undefined, start, end, argument, leaves });
}

/** Notes a `break` or `continue` that leaves an open block. */
export function noteJump({ scope }: Walk, node: BreakStatement | ContinueStatement): void {
  const type = node.type === 'BreakStatement' ? 'break' : 'continue';
  const label = node.label?.name;
  const leaves = scope.regionsLeftBy(type, label);
  if (leaves.length === 0) return;
  scope.leave(leaves);
  scope.jumps.push({ type, label, start: node.start, end: node.end, argument: undefined, leaves });
}

/** Notes a `yield` or `await`: until it is resumed the function does not run. */
export function noteSuspension(
  walk: Walk,
  { argument, start, end }: YieldExpression | AwaitExpression,
): void {
  const { scope } = walk;
  scope.suspend();
  const within = scope.openRegions();
  if (within.length > 0 && walk.withDepth === 0)
    scope.suspensions.push({
      start,
      end,
      argument: argument ? { start: argument.start, end: argument.end } : undefined,
      within,
    });
}

/** Notes a catch clause whose error can be looked at without a change of what it does. */
export function noteCatch(walk: Walk, { param, body }: CatchClause): void {
  if (walk.withDepth > 0 || (param && param.type !== 'Identifier')) return;
  walk.catches.push({ bodyStart: body.start, parameter: param?.name, within: walk.scope.openRegions() });
}
