import type {
  BlockStatement,
  BreakStatement,
  CatchClause,
  ContinueStatement,
  LabeledStatement,
  Node,
  ReturnStatement,
  TryStatement,
} from 'oxc-parser';
import { disposes, forEachChild, infersName, mayBeAnonymousDefinition, mayBePromise } from './ast.ts';
import { openRegion, siteName } from './functions.ts';
import { regionHazard } from './hazards.ts';
import type { MarkOptions } from '../mark-options.ts';
import { noteDisposal, noteFinally, noteForAwait, noteTurnEnd, rangeOf } from './suspensions.ts';
import { HELD, type Place, type Walk } from './context.ts';

/** A marked block is a site of its own: an operation. */
export function visitBlock(walk: Walk, node: BlockStatement, place: Place): void {
  const { scope, input } = walk;
  const marks = walk.selection.take([node.start]).filter((mark) => mark.type === 'monitor');
  const options: MarkOptions = Object.assign({}, ...marks.map((mark) => mark.options));
  const isSelected = marks.length > 0 && input.options.enabled;
  if (isSelected && options.name === undefined) input.report('TKA105', marks[0]?.start ?? node.start, []);
  const around = scope.openRegions();
  const region = isSelected && options.name !== undefined ? openRegion(scope, true) : undefined;
  for (const statement of node.body) {
    if (statement.type === 'FunctionDeclaration' && statement.id)
      scope.nestedFunctions.add(statement.id.name);
  }
  const disposing = place.held ? undefined : { last: undefined };
  scope.whileDisposing(disposing, () => forEachChild(node, walk.visit));
  noteDisposal(scope, disposing, { ...rangeOf(node), within: around });
  if (!region || options.name === undefined) return;

  scope.targets.pop();
  // In an async generator `return` awaits in its place, so that no label may take it elsewhere.
  if (region.suspends || (scope.node?.generator && scope.node.async)) region.shape = 'close';
  const hazard = regionHazard(walk, region, node.start);
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
    infersName: false,
    innerStart: node.start + 1,
    openDirective: false,
    disposes: disposes(node.body),
    labelStart: undefined,
    argumentsText: undefined,
  });
}

/** A loop or switch, at which `break` and `continue` aim. */
export function visitLoop(walk: Walk, node: Node, labels: readonly string[], labelled: Node = node): void {
  const { scope } = walk;
  const forAwait =
    node.type === 'ForOfStatement' && node.await ? noteForAwait(walk, node, labelled) : undefined;
  scope.targets.push({ type: node.type === 'SwitchStatement' ? 'switch' : 'loop', labels, forAwait });
  const visitChildren = (): void =>
    forEachChild(node, (child) => walk.visit(child, child.type === 'VariableDeclaration' ? HELD : undefined));
  if (node.type === 'SwitchStatement') scope.whileDisposing(undefined, visitChildren);
  else visitChildren();
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
  if (/^(?:For|While|DoWhile|Switch)/.test(body.type)) return visitLoop(walk, body, labels, node);
  walk.scope.targets.push({ type: 'label', labels });
  walk.visit(body);
  walk.scope.targets.pop();
}

/** A `try`: what follows it inside can call a jump off. */
export function visitTry(walk: Walk, node: TryStatement): void {
  const { scope } = walk;
  const inFinally = scope.finallyDepth > 0 ? 1 : 0;
  const suspendsBefore = scope.suspendCount;
  scope.tryDepth++;
  scope.tryInFinallyDepth += inFinally;
  walk.visit(node.block, HELD);
  if (node.handler) walk.visit(node.handler);
  scope.tryDepth--;
  scope.tryInFinallyDepth -= inFinally;
  if (!node.finalizer) return;
  if (scope.suspendCount > suspendsBefore) noteFinally(walk, node.finalizer);
  scope.finallyDepth++;
  walk.visit(node.finalizer, HELD);
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
  }
  const argument = value
    ? {
        start: value.start,
        end: value.end,
        sequence: value.type === 'SequenceExpression',
        anonymous: mayBeAnonymousDefinition(value),
        infersName: infersName(value),
      }
    : undefined;
  scope.jumps.push({ type: 'return', label: undefined, start, end, argument, leaves });
}

/** Notes a `break` or `continue` that leaves an open block. */
export function noteJump({ scope }: Walk, node: BreakStatement | ContinueStatement): void {
  const type = node.type === 'BreakStatement' ? 'break' : 'continue';
  const label = node.label?.name;
  const { start, end } = node;
  const { target, leaves } = scope.aimOf(type, label) ?? { leaves: [] };
  if (leaves.length === 0) {
    if (target && 'forAwait' in target) noteTurnEnd(scope, target.forAwait, { start, end });
    return;
  }
  scope.leave(leaves);
  scope.jumps.push({ type, label, start, end, argument: undefined, leaves });
}

/** Notes a catch clause whose error can be looked at without a change of what it does. */
export function noteCatch(walk: Walk, { param, body }: CatchClause): void {
  const mayBeAddedTo = walk.withDepth === 0 && walk.mockDepth === 0 && walk.splitBy === undefined;
  if (!mayBeAddedTo || (param && param.type !== 'Identifier')) return;
  walk.catches.push({ bodyStart: body.start, parameter: param?.name, within: walk.scope.openRegions() });
}
