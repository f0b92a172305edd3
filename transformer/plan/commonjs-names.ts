import type { Node, Program } from 'oxc-parser';
import { boundNames, forEachChild } from './ast.ts';
import { declaredNames } from './declared-names.ts';

/** What Node hands to a CommonJS module (nodejs.org/api/modules.html#the-module-wrapper). */
const NAMES: ReadonlySet<string> = new Set(['require', 'module', 'exports', '__filename', '__dirname']);

/**
 * Whether code refers to a variable that only a CommonJS module has, and no declaration around gives it. A `typeof`
 * alone does not count: it asks.
 */
export function usesCommonJs(program: Program): boolean {
  let isFound = false;
  const visit = (node: Node, outer: ReadonlySet<string>): void => {
    if (isFound || ('declare' in node && node.declare)) return;
    const own = namesOf(node);
    const declared = own.length > 0 ? new Set([...outer, ...own]) : outer;
    switch (node.type) {
      case 'Identifier':
        isFound = NAMES.has(node.name) && !declared.has(node.name);
        return;
      case 'TSExternalModuleReference':
        isFound = true;
        return;
      case 'UnaryExpression':
        if (node.operator === 'typeof' && node.argument.type === 'Identifier') return;
        break;
      case 'LabeledStatement':
        return visit(node.body, declared);
      case 'BreakStatement':
      case 'ContinueStatement':
        return;
      default:
    }
    const plainName = plainNameOf(node);
    forEachChild(node, (child) => {
      if (child !== plainName) visit(child, declared);
    });
  };
  visit(program, new Set());
  return isFound;
}

/** The name of a property or member that is no reference. */
function plainNameOf(node: Node): Node | undefined {
  if ('computed' in node && node.computed) return undefined;
  switch (node.type) {
    case 'MemberExpression':
      return node.property;
    case 'Property':
    case 'MethodDefinition':
    case 'PropertyDefinition':
    case 'AccessorProperty':
      return node.key;
    case 'TSEnumMember':
      return node.id;
    default:
      return undefined;
  }
}

/** Names that a node declares for what is in it. */
function namesOf(node: Node): string[] {
  switch (node.type) {
    case 'Program':
    case 'BlockStatement':
    case 'StaticBlock':
    case 'TSModuleBlock':
      return [...declaredNames(node.body)];
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression': {
      const names = node.id ? [node.id.name] : [];
      for (const parameter of node.params) boundNames(parameter, names);
      return names;
    }
    case 'ClassExpression':
      return node.id ? [node.id.name] : [];
    case 'ForStatement':
      return node.init ? [...declaredNames([node.init])] : [];
    case 'ForInStatement':
    case 'ForOfStatement':
      return [...declaredNames([node.left])];
    case 'SwitchStatement':
      return [...declaredNames(node.cases.flatMap(({ consequent }) => consequent))];
    case 'CatchClause':
      return boundNames(node.param);
    default:
      return [];
  }
}
