import {
  type ArrowFunctionExpression,
  type Function,
  type Node,
  type ParamPattern,
  visitorKeys,
} from 'oxc-parser';

/** A function-like node: what can be a site if it has a body. */
export type FunctionNode = Function | ArrowFunctionExpression;

/** Keys of a node that lead to types, not to code. */
const TYPE_KEYS = new Set([
  'typeAnnotation',
  'returnType',
  'typeParameters',
  'typeArguments',
  'superTypeArguments',
  'implements',
]);

/** For each node type, the properties that hold child nodes which can contain code. */
const CODE_KEYS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(visitorKeys).map(([type, keys]) => [
    type,
    /^TS(?:Type|Interface|Declare|Abstract)/.test(type) && type !== 'TSTypeAssertion'
      ? []
      : keys.filter((key) => !TYPE_KEYS.has(key)),
  ]),
);

/** Calls `visit` for each child node that can contain code, in source order. */
export function forEachChild(node: Node, visit: (child: Node) => void): void {
  const keys = CODE_KEYS[node.type];
  if (!keys) return;
  const fields = node as unknown as Record<string, Node | (Node | null)[] | null | undefined>;
  for (let index = 0; index < keys.length; index++) {
    const child = fields[keys[index] as string];
    if (!child) continue;
    if (Array.isArray(child)) {
      for (let item = 0; item < child.length; item++) {
        const element = child[item];
        if (element) visit(element);
      }
    } else {
      visit(child);
    }
  }
}

/** The expression inside parentheses and TypeScript's `as`, `satisfies`, `!` and `<T>`: what runs. */
export function unwrap(node: Node): Node {
  let inner = node;
  for (;;) {
    switch (inner.type) {
      case 'ParenthesizedExpression':
      case 'TSAsExpression':
      case 'TSSatisfiesExpression':
      case 'TSNonNullExpression':
      case 'TSTypeAssertion':
        inner = inner.expression;
        break;
      default:
        return inner;
    }
  }
}

/** Whether something is disposed of at the end of these statements: a `using` declaration stands among them. */
export function disposes(statements: readonly Node[]): boolean {
  return statements.some((node) => node.type === 'VariableDeclaration' && node.kind.endsWith('using'));
}

/** Whether assigning the expression to a variable would name it: ECMAScript's IsAnonymousFunctionDefinition. */
export function isAnonymousDefinition(node: Node): boolean {
  const inner = unwrap(node);
  switch (inner.type) {
    case 'ArrowFunctionExpression':
      return true;
    case 'FunctionExpression':
    case 'ClassExpression':
      return !inner.id;
    default:
      return false;
  }
}

/**
 * Whether assigning the expression would name it, or what a minifier makes of it: commas and conditions that it can
 * tell are folded.
 */
export function mayBeAnonymousDefinition(node: Node): boolean {
  const inner = unwrap(node);
  switch (inner.type) {
    case 'ConditionalExpression':
      return mayBeAnonymousDefinition(inner.consequent) || mayBeAnonymousDefinition(inner.alternate);
    case 'LogicalExpression':
      return mayBeAnonymousDefinition(inner.left) || mayBeAnonymousDefinition(inner.right);
    case 'SequenceExpression': {
      const last = inner.expressions.at(-1);
      return last !== undefined && mayBeAnonymousDefinition(last);
    }
    default:
      return isAnonymousDefinition(inner);
  }
}

/** Whether V8 would call a function in the expression, in stacks, by the name of the variable that it is assigned to. */
export function infersName(node: Node): boolean {
  const inner = unwrap(node);
  switch (inner.type) {
    case 'ConditionalExpression':
      return infersName(inner.consequent) || infersName(inner.alternate);
    case 'LogicalExpression':
      return infersName(inner.left) || infersName(inner.right);
    case 'SequenceExpression':
      return inner.expressions.some(infersName);
    case 'MemberExpression':
      return infersName(inner.object);
    case 'ArrayExpression':
      return inner.elements.some((element) => element !== null && infersName(element));
    case 'ObjectExpression':
      // A function that is a property's whole value has its name from that.
      return inner.properties.some(
        (each) => each.type === 'Property' && !isAnonymousDefinition(each.value) && infersName(each.value),
      );
    default:
      return isAnonymousDefinition(inner);
  }
}

/**
 * Whether the value of an expression can be a native promise, as far as its form tells.
 * `true` where unsure: the runtime then looks at the value.
 */
export function mayBePromise(node: Node): boolean {
  const inner = unwrap(node);
  switch (inner.type) {
    case 'Literal':
    case 'TemplateLiteral':
    case 'ArrayExpression':
    case 'ObjectExpression':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
    case 'ClassExpression':
    case 'BinaryExpression':
    case 'UnaryExpression':
    case 'UpdateExpression':
    case 'JSXElement':
    case 'JSXFragment':
    case 'AwaitExpression':
    case 'MetaProperty':
      return false;
    case 'ConditionalExpression':
      return mayBePromise(inner.consequent) || mayBePromise(inner.alternate);
    case 'LogicalExpression':
      return mayBePromise(inner.left) || mayBePromise(inner.right);
    case 'SequenceExpression': {
      const last = inner.expressions.at(-1);
      return last !== undefined && mayBePromise(last);
    }
    case 'AssignmentExpression':
      return inner.operator === '=' ? mayBePromise(inner.right) : /^(?:\|\||&&|\?\?)=$/.test(inner.operator);
    case 'Identifier':
      return inner.name !== 'undefined' && inner.name !== 'NaN' && inner.name !== 'Infinity';
    default:
      return true;
  }
}

/** Names that a binding pattern binds, in source order. */
export function boundNames(pattern: Node | ParamPattern | null | undefined, names: string[] = []): string[] {
  switch (pattern?.type) {
    case 'Identifier':
      names.push(pattern.name);
      break;
    case 'ArrayPattern':
      for (const element of pattern.elements) boundNames(element, names);
      break;
    case 'ObjectPattern':
      for (const property of pattern.properties) {
        boundNames(property.type === 'RestElement' ? property : property.value, names);
      }
      break;
    case 'AssignmentPattern':
      boundNames(pattern.left, names);
      break;
    case 'RestElement':
      boundNames(pattern.argument, names);
      break;
    case 'TSParameterProperty':
      boundNames(pattern.parameter, names);
      break;
    default:
  }
  return names;
}
