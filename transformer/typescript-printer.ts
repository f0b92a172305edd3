import type * as TS from 'typescript';
import { bodyTemplate, type EditIndex, HOLE } from './edit-index.ts';

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
  /** The variable of our own catch clauses, once there is one. */
  #error: TS.Identifier | undefined;

  constructor(ts: typeof TS, context: TS.TransformationContext, file: TS.SourceFile, edits: EditIndex) {
    this.#ts = ts;
    this.#context = context;
    this.#file = file;
    this.#edits = edits;
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
        ...this.#parse(header.text),
        ...visited.statements.slice(directives),
      ]),
    );
  }

  readonly #visit = (node: TS.Node): TS.Node => {
    const ts = this.#ts;
    const visited = this.#withoutDecorators(ts.visitEachChild(node, this.#visit, this.#context));
    if (ts.isBlock(visited)) return this.#block(visited, node);
    if (ts.isArrowFunction(visited)) return this.#arrow(visited, node);
    if (ts.isReturnStatement(visited) || ts.isBreakOrContinueStatement(visited))
      return this.#jump(visited, node);
    if (ts.isYieldExpression(visited)) return this.#yield(visited, node);
    if (ts.isCatchClause(visited)) return this.#catch(visited, node);
    return visited;
  };

  #block(block: TS.Block, source: TS.Node): TS.Node {
    const edit = this.#edits.bodies.get(this.#startOf(source));
    if (edit?.type !== 'body') return block;
    const directives = this.#directivesOf(block.statements);
    const own = block.statements.slice(directives);
    const label = edit.label;
    const parts = label ? this.#partition(own, label.start) : [own];
    const statements = this.#parse(bodyTemplate(edit), parts);
    return this.#context.factory.updateBlock(
      block,
      this.#inPlaceOf(block.statements, [...block.statements.slice(0, directives), ...statements]),
    );
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
    const [block] = this.#parse(`${edit.before}${HOLE}${edit.after}`, [arrow.body]);
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
    const [placed] = this.#parse(text, argument ? [argument] : []);
    if (!placed) return statement;
    this.#ts.setOriginalNode(placed, statement);
    this.#ts.setCommentRange(placed, statement);
    return this.#ts.setSourceMapRange(placed, this.#ts.getSourceMapRange(statement));
  }

  #yield(expression: TS.YieldExpression, source: TS.Node): TS.Node {
    const edit = this.#edits.yields.get(this.#startOf(source));
    if (!edit) return expression;
    const { factory } = this.#context;
    const argument = expression.expression;
    const inner = this.#expression(
      `${edit.argumentBefore}${argument ? HOLE : ''}${edit.argumentAfter}`,
      argument,
    );
    const suspended = expression.asteriskToken
      ? factory.updateYieldExpression(expression, expression.asteriskToken, inner)
      : factory.updateYieldExpression(expression, undefined, inner);
    return this.#expression(`${edit.before}${HOLE}${edit.after}`, suspended);
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
        : factory.createVariableDeclaration(this.#errorNamed(parameter));
    const caught = variable?.name;
    const names = new Map<string, TS.Identifier>();
    if (caught && this.#ts.isIdentifier(caught)) {
      names.set(caught.text, parameter === undefined ? this.#referenceTo(caught) : caught);
    }
    const { statements } = clause.block;
    const block = factory.updateBlock(
      clause.block,
      this.#inPlaceOf(statements, [...this.#parse(edit.text, [], names), ...statements]),
    );
    return factory.updateCatchClause(clause, variable, block);
  }

  /**
   * The variable of our own catch clauses. Where generators are lowered, TypeScript renames a catch variable and finds
   * its uses by their place in the source, which ours have not; a name that is generated it leaves as it is.
   */
  #errorNamed(text: string): TS.Identifier {
    this.#error ??= this.#context.factory.createUniqueName(
      text,
      this.#ts.GeneratedIdentifierFlags.Optimistic | this.#ts.GeneratedIdentifierFlags.FileLevel,
    );
    return this.#error;
  }

  /** A use of the user's catch variable, which follows it when TypeScript renames that. */
  #referenceTo(declared: TS.Identifier): TS.Identifier {
    return this.#ts.setOriginalNode(this.#context.factory.createIdentifier(declared.text), declared);
  }

  #withoutDecorators(node: TS.Node): TS.Node {
    const ts = this.#ts;
    const { factory } = this.#context;
    if (this.#edits.removals.size === 0 || !ts.canHaveDecorators(node) || !node.modifiers) return node;
    const modifiers = node.modifiers.filter(
      (modifier) => !ts.isDecorator(modifier) || !this.#edits.removals.has(this.#startOf(modifier)),
    );
    if (modifiers.length === node.modifiers.length) return node;
    if (ts.isMethodDeclaration(node)) {
      const { asteriskToken, name, questionToken, typeParameters, parameters, type, body } = node;
      return factory.updateMethodDeclaration(
        node,
        modifiers,
        asteriskToken,
        name,
        questionToken,
        typeParameters,
        parameters,
        type,
        body,
      );
    }
    if (ts.isGetAccessorDeclaration(node)) {
      return factory.updateGetAccessorDeclaration(
        node,
        modifiers,
        node.name,
        node.parameters,
        node.type,
        node.body,
      );
    }
    if (ts.isSetAccessorDeclaration(node)) {
      return factory.updateSetAccessorDeclaration(node, modifiers, node.name, node.parameters, node.body);
    }
    if (ts.isPropertyDeclaration(node)) {
      const token = node.questionToken ?? node.exclamationToken;
      return factory.updatePropertyDeclaration(
        node,
        modifiers,
        node.name,
        token,
        node.type,
        node.initializer,
      );
    }
    if (ts.isClassDeclaration(node)) {
      return factory.updateClassDeclaration(
        node,
        modifiers,
        node.name,
        node.typeParameters,
        node.heritageClauses,
        node.members,
      );
    }
    if (ts.isClassExpression(node)) {
      return factory.updateClassExpression(
        node,
        modifiers,
        node.name,
        node.typeParameters,
        node.heritageClauses,
        node.members,
      );
    }
    return node;
  }

  #expression(text: string, hole: TS.Expression | undefined): TS.Expression {
    const [statement] = this.#parse(`(${text})`, hole ? [hole] : []) as TS.ExpressionStatement[];
    if (!statement) throw new Error(`not an expression: ${text}`);
    return (statement.expression as TS.ParenthesizedExpression).expression;
  }

  /**
   * Parses a piece of emitted code and fills its holes, in order.
   * @param holes statements for a hole that is a statement, an expression for one that is an expression
   * @param names nodes for identifiers that the piece uses
   */
  #parse(
    text: string,
    holes: readonly (readonly TS.Statement[] | TS.Expression)[] = [],
    names: ReadonlyMap<string, TS.Identifier> = new Map(),
  ): TS.Statement[] {
    const ts = this.#ts;
    // Public in every version but in the types.
    const factory = this.#context.factory as TS.NodeFactory & { cloneNode<T extends TS.Node>(node: T): T };
    const parsed = ts.createSourceFile('emitted.js', text, ts.ScriptTarget.ESNext, false, ts.ScriptKind.JS);
    const rest = [...holes];
    const identifiers = new Map(names);
    const properties = new Set<TS.Node>();
    const clone = (node: TS.Node): TS.Node | TS.Node[] => {
      if (ts.isExpressionStatement(node) && isHole(ts, node.expression) && Array.isArray(rest[0])) {
        return rest.shift() as TS.Statement[];
      }
      if (isHole(ts, node)) return rest.shift() as TS.Expression;
      if (ts.isCatchClause(node) && node.variableDeclaration) {
        const { text } = node.variableDeclaration.name as TS.Identifier;
        identifiers.set(text, this.#errorNamed(text));
      }
      if (ts.isPropertyAccessExpression(node)) properties.add(node.name);
      const identifier =
        ts.isIdentifier(node) && !properties.has(node) ? identifiers.get(node.text) : undefined;
      if (identifier) return identifier;
      const visited = ts.visitEachChild(node, clone, this.#context, undefined, clone) as TS.Node;
      return synthesize(ts, visited === node ? factory.cloneNode(node) : visited);
    };
    return parsed.statements.flatMap((statement) => clone(statement) as TS.Statement | TS.Statement[]);
  }

  /** Start of a node in the original text, `-1` for nodes that other transformers made. */
  #startOf(node: TS.Node): number {
    const original = this.#ts.getOriginalNode(node);
    return original.pos < 0 ? -1 : original.getStart(this.#file);
  }
}

function isHole(ts: typeof TS, node: TS.Node): boolean {
  return ts.isIdentifier(node) && node.text === HOLE;
}

const NOWHERE: TS.TextRange = { pos: -1, end: -1 };

/**
 * A node of a parsed piece becomes one without a place, its lists too: else their comments and text were looked up in
 * the user's file, and the source map led there.
 */
function synthesize<T extends TS.Node>(ts: typeof TS, node: T): T {
  const own = node as T & { flags: TS.NodeFlags; original?: TS.Node; parent?: TS.Node };
  ts.setTextRange(own, NOWHERE);
  for (const list of Object.values(own)) {
    if (Array.isArray(list) && 'pos' in list) ts.setTextRange(list as unknown as TS.TextRange, NOWHERE);
  }
  delete own.original;
  delete (own as { parent?: TS.Node }).parent;
  own.flags |= ts.NodeFlags.Synthesized;
  return own;
}
