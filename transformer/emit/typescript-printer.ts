import type * as TS from 'typescript';
import { bodyTemplate, type EditIndex, HOLE } from './edit-index.ts';
import { withoutDecorators } from './typescript-decorators.ts';
import { Pieces } from './typescript-pieces.ts';

/** Places the edits in TypeScript's tree, before its own transformers run. */
export function printTypeScript(
  ts: typeof TS,
  context: TS.TransformationContext,
  sourceFile: TS.SourceFile,
  edits: EditIndex,
): TS.SourceFile {
  return new Printer(ts, context, sourceFile, edits).print();
}

class Printer {
  readonly #ts: typeof TS;
  readonly #context: TS.TransformationContext;
  readonly #file: TS.SourceFile;
  readonly #edits: EditIndex;
  readonly #pieces: Pieces;

  constructor(ts: typeof TS, context: TS.TransformationContext, file: TS.SourceFile, edits: EditIndex) {
    this.#ts = ts;
    this.#context = context;
    this.#file = file;
    this.#edits = edits;
    this.#pieces = new Pieces(ts, context);
  }

  print(): TS.SourceFile {
    const visited = this.#ts.visitEachChild(this.#file, this.#visit, this.#context);
    const { header } = this.#edits;
    if (!header) return visited;
    const directives = this.#directivesOf(visited.statements);
    return this.#context.factory.updateSourceFile(
      visited,
      this.#inPlaceOf(visited.statements, [
        ...visited.statements.slice(0, directives),
        ...this.#pieces.statements(header.text),
        ...visited.statements.slice(directives),
      ]),
    );
  }

  readonly #visit = (node: TS.Node): TS.Node | TS.Node[] => this.#around(this.#replace(node), node);

  #replace(node: TS.Node): TS.Node {
    const ts = this.#ts;
    const visited = this.#undecorated(ts.visitEachChild(node, this.#visit, this.#context));
    if (ts.isForOfStatement(visited)) return this.#loop(visited, node);
    if (ts.isBlock(visited)) return this.#block(visited, node);
    if (ts.isArrowFunction(visited)) return this.#arrow(visited, node);
    if (ts.isReturnStatement(visited) || ts.isBreakOrContinueStatement(visited))
      return this.#jump(visited, node);
    if (ts.isYieldExpression(visited) || ts.isAwaitExpression(visited))
      return this.#suspension(visited, node);
    if (ts.isCatchClause(visited)) return this.#catch(visited, node);
    return visited;
  }

  /** A statement with what is placed around it. */
  #around(replaced: TS.Node, source: TS.Node): TS.Node | TS.Node[] {
    const edit = this.#edits.arounds.get(this.#startOf(source));
    const isIt = edit && this.#ts.isStatement(replaced) && this.#ts.getOriginalNode(source).end === edit.end;
    if (!isIt) return replaced;
    const placed = this.#pieces.statements(`${edit.before}${HOLE};${edit.after}`, [[replaced]]);
    return placed.length === 1 ? (placed[0] as TS.Node) : placed;
  }

  #loop(loop: TS.ForOfStatement, source: TS.Node): TS.Node {
    const edit = this.#edits.loops.get(this.#startOf(source));
    if (!edit) return loop;
    const { factory } = this.#context;
    const { statement } = loop;
    const own = this.#ts.isBlock(statement) ? statement.statements : factory.createNodeArray([statement]);
    const statements = this.#inPlaceOf(
      own,
      this.#pieces.statements(`${edit.bodyBefore}${HOLE};${edit.bodyAfter}`, [own]),
    );
    return factory.updateForOfStatement(
      loop,
      loop.awaitModifier,
      loop.initializer,
      this.#pieces.expression(`${edit.iterableBefore}${HOLE}${edit.iterableAfter}`, loop.expression),
      this.#ts.isBlock(statement)
        ? factory.updateBlock(statement, statements)
        : factory.createBlock(statements, false),
    );
  }

  #block(visited: TS.Block, source: TS.Node): TS.Node {
    const start = this.#startOf(source);
    const block = this.#begun(visited, start);
    const edit = this.#edits.bodies.get(start);
    if (edit?.type !== 'body') return block;
    const directives = this.#directivesOf(block.statements);
    const own = block.statements.slice(directives);
    const label = edit.label;
    const parts = label ? this.#partition(own, label.start) : [own];
    const statements = this.#pieces.statements(bodyTemplate(edit), parts);
    return this.#context.factory.updateBlock(
      block,
      this.#inPlaceOf(block.statements, [...block.statements.slice(0, directives), ...statements]),
    );
  }

  /** A block with what is placed at its beginning. */
  #begun(block: TS.Block, start: number): TS.Block {
    const edit = this.#edits.blocks.get(start);
    if (!edit) return block;
    const { statements } = block;
    const begun = [...this.#pieces.statements(edit.text), ...statements];
    return this.#context.factory.updateBlock(block, this.#inPlaceOf(statements, begun));
  }

  /** A list in the place of another one, whose end leads to the closing brace. */
  #inPlaceOf(
    list: TS.NodeArray<TS.Statement>,
    statements: readonly TS.Statement[],
  ): TS.NodeArray<TS.Statement> {
    return this.#ts.setTextRange(this.#context.factory.createNodeArray(statements), list);
  }

  #directivesOf(statements: readonly TS.Statement[]): number {
    const ts = this.#ts;
    const first = statements.findIndex(
      (statement) => !ts.isExpressionStatement(statement) || !ts.isStringLiteral(statement.expression),
    );
    return first < 0 ? statements.length : first;
  }

  #partition(statements: readonly TS.Statement[], offset: number): TS.Statement[][] {
    return [
      statements.filter((statement) => this.#startOf(statement) < offset),
      statements.filter((statement) => this.#startOf(statement) >= offset),
    ];
  }

  #arrow(arrow: TS.ArrowFunction, source: TS.Node): TS.Node {
    const original = this.#ts.getOriginalNode(source) as TS.ArrowFunction;
    const edit = original.body && this.#edits.bodies.get(this.#startOf(original.body));
    if (edit?.type !== 'concise' || this.#ts.isBlock(arrow.body)) return arrow;
    const [block] = this.#pieces.statements(`${edit.before}${HOLE}${edit.after}`, [arrow.body]);
    const { modifiers, typeParameters, parameters, type, equalsGreaterThanToken } = arrow;
    return this.#context.factory.updateArrowFunction(
      arrow,
      modifiers,
      typeParameters,
      parameters,
      type,
      equalsGreaterThanToken,
      block as TS.Block,
    );
  }

  #jump(statement: TS.ReturnStatement | TS.BreakOrContinueStatement, source: TS.Node): TS.Node {
    const edit = this.#edits.jumps.get(this.#startOf(source));
    if (!edit) return statement;
    const argument = this.#ts.isReturnStatement(statement) ? statement.expression : undefined;
    const text = argument ? `${edit.before}${HOLE}${edit.after}` : edit.before;
    const [placed] = this.#pieces.statements(text, argument ? [argument] : []);
    if (!placed) return statement;
    this.#ts.setOriginalNode(placed, statement);
    this.#ts.setCommentRange(placed, statement);
    return this.#ts.setSourceMapRange(placed, this.#ts.getSourceMapRange(statement));
  }

  #suspension(expression: TS.YieldExpression | TS.AwaitExpression, source: TS.Node): TS.Node {
    const edit = this.#edits.suspensions.get(this.#startOf(source));
    if (!edit) return expression;
    const { factory } = this.#context;
    const argument = expression.expression;
    const inner = this.#pieces.expression(
      `${edit.argumentBefore}${argument ? HOLE : ''}${edit.argumentAfter}`,
      argument,
    );
    if (edit.place !== undefined) this.#placeCalls(inner, argument, edit.place);
    const suspended = this.#ts.isAwaitExpression(expression)
      ? factory.updateAwaitExpression(expression, inner)
      : expression.asteriskToken
        ? factory.updateYieldExpression(expression, expression.asteriskToken, inner)
        : factory.updateYieldExpression(expression, undefined, inner);
    return this.#pieces.expression(`${edit.before}${HOLE}${edit.after}`, suspended);
  }

  /** Gives the calls around an argument a place in the source. */
  #placeCalls(outermost: TS.Expression, argument: TS.Expression | undefined, place: number): void {
    const ts = this.#ts;
    for (let call = outermost; call !== argument && ts.isCallExpression(call);) {
      for (const node of [call, call.expression]) ts.setSourceMapRange(node, { pos: place, end: place });
      call = call.arguments[0] as TS.Expression;
    }
  }

  #catch(clause: TS.CatchClause, source: TS.Node): TS.Node {
    const edit = this.#edits.catches.get(
      this.#startOf((this.#ts.getOriginalNode(source) as TS.CatchClause).block),
    );
    if (!edit) return clause;
    const { factory } = this.#context;
    const { parameter } = edit;
    const variable =
      parameter === undefined
        ? clause.variableDeclaration
        : factory.createVariableDeclaration(this.#pieces.errorNamed(parameter));
    const caught = variable?.name;
    const names = new Map<string, TS.Identifier>();
    if (caught && this.#ts.isIdentifier(caught)) {
      names.set(caught.text, parameter === undefined ? this.#referenceTo(caught) : caught);
    }
    const { statements } = clause.block;
    const block = factory.updateBlock(
      clause.block,
      this.#inPlaceOf(statements, [...this.#pieces.statements(edit.text, [], names), ...statements]),
    );
    return factory.updateCatchClause(clause, variable, block);
  }

  /** A use of the user's catch variable, which follows it when TypeScript renames that. */
  #referenceTo(declared: TS.Identifier): TS.Identifier {
    return this.#ts.setOriginalNode(this.#context.factory.createIdentifier(declared.text), declared);
  }

  #undecorated(node: TS.Node): TS.Node {
    const { removals } = this.#edits;
    if (removals.size === 0) return node;
    const isRemoved = (decorator: TS.Decorator): boolean => removals.has(this.#startOf(decorator));
    return withoutDecorators(this.#ts, this.#context, node, isRemoved);
  }

  /** Start of a node in the original text, `-1` for nodes that other transformers made. */
  #startOf(node: TS.Node): number {
    const original = this.#ts.getOriginalNode(node);
    return original.pos < 0 ? -1 : original.getStart(this.#file);
  }
}
