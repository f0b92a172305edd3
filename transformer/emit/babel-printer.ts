import type { NodePath, types as BabelTypes } from '@babel/core';
import { bodyTemplate, type EditIndex, HOLE } from './edit-index.ts';

type BabelApi = typeof import('@babel/core');
type Node = BabelTypes.Node;
type Statement = BabelTypes.Statement;
type Expression = BabelTypes.Expression;

/** Places the edits in Babel's tree, all at once, and lets Babel find the new scopes and bindings. */
export function printBabel(babel: BabelApi, program: NodePath<BabelTypes.Program>, edits: EditIndex): void {
  new Printer(babel, edits).print(program);
}

class Printer {
  readonly #babel: BabelApi;
  readonly #edits: EditIndex;

  constructor(babel: BabelApi, edits: EditIndex) {
    this.#babel = babel;
    this.#edits = edits;
  }

  print(program: NodePath<BabelTypes.Program>): void {
    this.#rewrite(program.node);
    const { header } = this.#edits;
    if (header) program.node.body.unshift(...this.#parse(header.text, [], program.node.sourceType));
    program.scope.crawl();
  }

  /** Rewrites the children of a node, inner ones first. */
  #rewrite(node: Node): void {
    const fields = node as unknown as Record<string, unknown>;
    for (const key of this.#babel.types.VISITOR_KEYS[node.type] ?? []) {
      const child = fields[key];
      if (Array.isArray(child)) {
        const list = this.#list(child as (Node | null)[]);
        // The decorator plugins ask whether there is a list, not whether anything is in it.
        fields[key] = key === 'decorators' && list.length === 0 ? null : list;
      } else if (isNode(child)) [fields[key]] = this.#around(child, this.#replace(child));
    }
  }

  #list(nodes: readonly (Node | null)[]): (Node | null)[] {
    return nodes.flatMap((node) => {
      if (!node) return [node];
      if (node.type === 'Decorator' && this.#edits.removals.has(startOf(node))) return [];
      return this.#around(node, this.#replace(node));
    });
  }

  #replace(node: Node): Node {
    this.#rewrite(node);
    switch (node.type) {
      case 'BlockStatement':
        this.#block(node);
        return node;
      case 'ArrowFunctionExpression':
        this.#arrow(node);
        return node;
      case 'ReturnStatement':
      case 'BreakStatement':
      case 'ContinueStatement':
        return this.#jump(node);
      case 'ForOfStatement':
        this.#loop(node);
        return node;
      case 'YieldExpression':
      case 'AwaitExpression':
        return this.#suspension(node);
      case 'CatchClause':
        this.#catch(node);
        return node;
      default:
        return node;
    }
  }

  /** A statement with what is placed around it. */
  #around(source: Node, replaced: Node): Node[] {
    const edit = this.#edits.arounds.get(startOf(source));
    if (!edit || !this.#babel.types.isStatement(replaced) || source.end !== edit.end) return [replaced];
    return this.#parse(`${edit.before}${HOLE};${edit.after}`, [[replaced]]);
  }

  #loop(loop: BabelTypes.ForOfStatement): void {
    const edit = this.#edits.loops.get(startOf(loop));
    if (!edit) return;
    loop.right = this.#expression(`${edit.iterableBefore}${HOLE}${edit.iterableAfter}`, loop.right);
    const { body } = loop;
    const statements = body.type === 'BlockStatement' ? body.body : [body];
    const placed = this.#parse(`${edit.bodyBefore}${HOLE};${edit.bodyAfter}`, [statements]);
    if (body.type === 'BlockStatement') body.body = placed;
    else loop.body = { ...this.#babel.types.blockStatement(placed), ...placeOf(body) };
  }

  #block(block: BabelTypes.BlockStatement): void {
    const beginning = this.#edits.blocks.get(startOf(block));
    if (beginning) block.body.unshift(...this.#parse(beginning.text));
    const edit = this.#edits.bodies.get(startOf(block));
    if (edit?.type !== 'body') return;
    const { label } = edit;
    const isBefore = (statement: Statement): boolean =>
      label !== undefined && startOf(statement) < label.start;
    const parts = label
      ? [block.body.filter(isBefore), block.body.filter((statement) => !isBefore(statement))]
      : [block.body];
    block.body = this.#parse(bodyTemplate(edit), parts);
  }

  #arrow(arrow: BabelTypes.ArrowFunctionExpression): void {
    const edit = this.#edits.bodies.get(startOf(arrow.body));
    if (edit?.type !== 'concise' || arrow.body.type === 'BlockStatement') return;
    const [block] = this.#parse(`${edit.before}${HOLE}${edit.after}`, [arrow.body]);
    arrow.body = { ...(block as BabelTypes.BlockStatement), ...placeOf(arrow.body) };
    arrow.expression = false;
  }

  #jump(
    statement: BabelTypes.ReturnStatement | BabelTypes.BreakStatement | BabelTypes.ContinueStatement,
  ): Node {
    const edit = this.#edits.jumps.get(startOf(statement));
    if (!edit) return statement;
    const argument = statement.type === 'ReturnStatement' ? statement.argument : undefined;
    const text = argument ? `${edit.before}${HOLE}${edit.after}` : edit.before;
    const [placed] = this.#parse(text, argument ? [argument] : []);
    if (!placed) return statement;
    // What is in its place is a statement of the user's to whoever counts those, as coverage does.
    if (placed.type === 'BlockStatement') Object.assign(placed.body[0] ?? {}, placeOf(statement));
    return this.#babel.types.inheritsComments({ ...placed, ...placeOf(statement) }, statement);
  }

  #suspension(node: BabelTypes.YieldExpression | BabelTypes.AwaitExpression): Node {
    const edit = this.#edits.suspensions.get(startOf(node));
    if (!edit) return node;
    const { argument } = node;
    node.argument = this.#expression(
      `${edit.argumentBefore}${argument ? HOLE : ''}${edit.argumentAfter}`,
      argument,
    );
    if (edit.place !== undefined) placeCalls(node.argument, argument as Expression, edit.place);
    // In the place of the `await`, which may be the whole body of an arrow.
    return { ...this.#expression(`${edit.before}${HOLE}${edit.after}`, node), ...placeOf(node) };
  }

  #catch(clause: BabelTypes.CatchClause): void {
    const edit = this.#edits.catches.get(startOf(clause.body));
    if (!edit) return;
    if (edit.parameter !== undefined) clause.param = this.#babel.types.identifier(edit.parameter);
    clause.body.body.unshift(...this.#parse(edit.text));
  }

  #expression(text: string, hole: Expression | null | undefined): Expression {
    const [statement] = this.#parse(`(${text});`, hole ? [hole] : []);
    if (statement?.type !== 'ExpressionStatement') throw new Error(`not an expression: ${text}`);
    return statement.expression;
  }

  /**
   * Parses a piece of emitted code and fills its holes, in order.
   * @param holes statements for a hole that is a statement, an expression for one that is an expression
   */
  #parse(
    text: string,
    holes: readonly (readonly Statement[] | Expression)[] = [],
    sourceType: 'script' | 'module' = 'script',
  ): Statement[] {
    const { types, parseSync } = this.#babel;
    // A piece may break to a label that its place will have: such errors are passed over.
    const parsed = parseSync(text, {
      configFile: false,
      babelrc: false,
      sourceType,
      parserOpts: { allowReturnOutsideFunction: true, errorRecovery: true },
    });
    if (!parsed) throw new Error('Babel parsed nothing');
    const rest = [...holes];
    const fill = (node: Node): void => {
      const fields = node as unknown as Record<string, unknown>;
      for (const key of types.VISITOR_KEYS[node.type] ?? []) {
        const child = fields[key];
        if (Array.isArray(child)) {
          fields[key] = (child as Node[]).flatMap((item) => filled(item));
        } else if (isNode(child)) {
          fields[key] = filled(child)[0];
        }
      }
    };
    const filled = (node: Node): Node[] => {
      if (isHole(node)) {
        const hole = rest.shift();
        return hole && isList(hole) ? [...hole] : [hole as Expression];
      }
      // A place in the emitted text is none in the user's file.
      for (const key of ['start', 'end', 'loc', 'range'] as const) delete node[key];
      delete node.extra?.['parenStart'];
      const [hole] = rest;
      fill(node);
      // Around an expression of the user's: a statement of his, to whoever counts those.
      if (/^(?:Expression|Return)Statement$/.test(node.type) && hole && !isList(hole) && rest[0] !== hole)
        Object.assign(node, placeOf(hole));
      return [node];
    };
    return parsed.program.body.flatMap((statement) => filled(statement) as Statement[]);

    function isHole(node: Node): boolean {
      if (node.type === 'ExpressionStatement') return isHole(node.expression) && Array.isArray(rest[0]);
      return node.type === 'Identifier' && node.name === HOLE;
    }
  }
}

function isList(hole: readonly Statement[] | Expression): hole is readonly Statement[] {
  return Array.isArray(hole);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}

/** Start of a node, of its parentheses where it has them. */
function startOf(node: Node): number {
  const parenStart = node.extra?.['parenStart'];
  return typeof parenStart === 'number' ? parenStart : (node.start ?? -1);
}

/** Gives the calls around an argument the place of that part of it which begins there. */
function placeCalls(outermost: Expression, argument: Expression, place: number): void {
  const named = argument.type === 'CallExpression' ? argument.callee : argument;
  const parts = [argument, ...(named.type === 'MemberExpression' ? [named.property] : [])];
  const part = parts.find(({ start }) => start === place);
  // Else it is the parenthesis of a call, behind what is called.
  const loc = part?.loc ?? (argument.loc && { ...argument.loc, start: (named.loc ?? argument.loc).end });
  let call: Node | undefined = outermost;
  while (call !== argument && call?.type === 'CallExpression') {
    const { callee }: BabelTypes.CallExpression = call;
    const names = callee.type === 'MemberExpression' ? [callee.object, callee.property] : [];
    for (const node of [call, callee, ...names]) node.loc = loc ?? null;
    [call] = call.arguments;
  }
}

function placeOf(node: Node): Pick<Node, 'loc' | 'start' | 'end'> {
  const { loc, start, end } = node;
  return { loc: loc ?? null, start: start ?? null, end: end ?? null };
}
