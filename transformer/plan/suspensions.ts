import type {
  AwaitExpression,
  BlockStatement,
  Expression,
  ForOfStatement,
  Node,
  VariableDeclaration,
  YieldExpression,
} from 'oxc-parser';
import { unwrap } from './ast.ts';
import { skipComments } from './marks.ts';
import type { Place, Walk } from './context.ts';
import type { DisposalPlan, Range } from './plan.ts';
import type { DisposingBlock, OpenForAwait, OpenRegion, Scope, Suspending } from './scope.ts';

/** Notes a `yield` or `await`: until it is resumed the function does not run. */
export function noteSuspension(walk: Walk, node: YieldExpression | AwaitExpression): void {
  const within = suspend(walk);
  const argument = node.argument ? rangeOf(node.argument) : undefined;
  if (within.length === 0) return;
  const delegate = node.type === 'YieldExpression' && node.delegate ? node.argument : null;
  const place = delegate ? placeInStack(delegate, walk.input.code) : undefined;
  walk.scope.suspensions.push({ ...rangeOf(node), argument, place, within });
}

/** Where V8 says that an expression is: a call at the name that is called, else at its parenthesis; a member at its name. */
function placeInStack(expression: Expression, code: string): number {
  const node = unwrap(expression);
  const named = node.type === 'CallExpression' ? unwrap(node.callee) : node;
  if (named.type === 'MemberExpression' && !named.computed) return named.property.start;
  if (node.type !== 'CallExpression' || named.type === 'Identifier') return named.start;
  return skipComments(code, node.callee.end);
}

/**
 * Notes a `for await` loop.
 * @param labelled the statement with the loop's labels
 * @returns the loop, to which jumps are added
 */
export function noteForAwait(walk: Walk, node: ForOfStatement, labelled: Node): OpenForAwait | undefined {
  const within = suspend(walk);
  // TypeScript takes `let` on a line of its own, which is an expression, for a declaration.
  if (within.length === 0 || walk.input.code.startsWith('let', node.body.start)) return undefined;
  const loop: OpenForAwait = {
    ...rangeOf(node),
    iterable: rangeOf(node.right),
    body: { ...rangeOf(node.body), block: node.body.type === 'BlockStatement' },
    labelled: rangeOf(labelled),
    jumps: [],
    within,
  };
  walk.scope.forAwaits.push(loop);
  return loop;
}

/** Notes a jump that ends a turn of a `for await` loop, or the loop. */
export function noteTurnEnd(scope: Scope, loop: OpenForAwait | undefined, jump: Range): void {
  if (!loop) return;
  scope.suspendCount++;
  loop.jumps.push(jump);
}

/** Notes an `await using` declaration; the last one of a block counts. */
export function noteAwaitUsing(walk: Walk, node: VariableDeclaration, { held }: Place): void {
  const within = suspend(walk);
  const block = held ? undefined : walk.scope.disposing;
  if (block && within.length > 0)
    block.last = { ...rangeOf(node), open: walk.input.code[node.end - 1] !== ';', within };
}

/**
 * Notes the end of a block.
 * @param behind where the function runs again; nowhere behind a function's body
 */
export function noteDisposal(
  scope: Scope,
  block: DisposingBlock | undefined,
  behind: Suspending<DisposalPlan> | undefined,
): void {
  if (!block?.last) return;
  scope.awaitUsings.push(block.last);
  if (behind) scope.disposals.push(behind);
}

/** Notes the `finally` of a `try` in which the function can be suspended. */
export function noteFinally(walk: Walk, node: BlockStatement): void {
  const within = regionsAround(walk);
  if (within.length > 0) walk.scope.finallies.push({ ...rangeOf(node), within });
}

/** Where a node stands. */
export function rangeOf({ start, end }: Node): Range {
  return { start, end };
}

function suspend(walk: Walk): readonly OpenRegion[] {
  walk.scope.suspend();
  return regionsAround(walk);
}

/** The regions around, none where names may mean something else. */
function regionsAround({ scope, withDepth }: Walk): readonly OpenRegion[] {
  return withDepth === 0 ? scope.openRegions() : [];
}
