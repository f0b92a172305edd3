import type * as TS from 'typescript';
import { HOLE } from './edit-index.ts';

/** Makes nodes of TypeScript's tree from pieces of emitted code. */
export class Pieces {
  readonly #ts: typeof TS;
  readonly #context: TS.TransformationContext;
  /** The variable of our own catch clauses, once there is one. */
  #error: TS.Identifier | undefined;

  constructor(ts: typeof TS, context: TS.TransformationContext) {
    this.#ts = ts;
    this.#context = context;
  }

  /** An expression from a piece, its hole filled. */
  expression(text: string, hole: TS.Expression | undefined): TS.Expression {
    const [statement] = this.statements(`(${text})`, hole ? [hole] : []) as TS.ExpressionStatement[];
    if (!statement) throw new Error(`not an expression: ${text}`);
    return (statement.expression as TS.ParenthesizedExpression).expression;
  }

  /**
   * Parses a piece of emitted code and fills its holes, in order.
   * @param holes statements for a hole that is a statement, an expression for one that is an expression
   * @param names nodes for identifiers that the piece uses
   */
  statements(
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
        identifiers.set(text, this.errorNamed(text));
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

  /**
   * The variable of our own catch clauses. Where generators are lowered, TypeScript renames a catch variable and finds
   * its uses by their place in the source, which ours have not; a name that is generated it leaves as it is.
   */
  errorNamed(text: string): TS.Identifier {
    this.#error ??= this.#context.factory.createUniqueName(
      text,
      this.#ts.GeneratedIdentifierFlags.Optimistic | this.#ts.GeneratedIdentifierFlags.FileLevel,
    );
    return this.#error;
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
