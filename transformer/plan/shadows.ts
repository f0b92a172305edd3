import type { Node, Program } from 'oxc-parser';
import { boundNames, forEachChild } from './ast.ts';
import type { Range } from './plan.ts';

/** Where in a file a name that it imports means something else. */
export type Shadows = ReadonlyMap<string, readonly Range[]>;

/** What encloses a declaration: its `var`s reach the whole function, all else the block. */
interface Scopes {
  readonly block: Node | undefined;
  readonly function: Node | undefined;
}

/** Finds the scopes that declare one of these names of the module's own scope again. */
export function findShadows(program: Program, names: ReadonlySet<string>): Shadows {
  const shadows = new Map<string, Range[]>();
  // What the module itself declares is the import: a second one is a SyntaxError.
  const declare = (declared: readonly string[], scope: Node | undefined): void => {
    if (!scope) return;
    for (const name of declared) {
      if (!names.has(name)) continue;
      const { start, end } = scope;
      shadows.set(name, [...(shadows.get(name) ?? []), { start, end }]);
    }
  };
  const visit = (node: Node, scopes: Scopes): void => {
    switch (node.type) {
      case 'VariableDeclaration':
        for (const { id } of node.declarations)
          declare(boundNames(id), node.kind === 'var' ? scopes.function : scopes.block);
        break;
      case 'ClassExpression':
        // Its decorators stand outside of its name's scope.
        declare(boundNames(node.id), node.body);
        break;
      case 'FunctionExpression':
        declare(boundNames(node.id), node);
        break;
      case 'FunctionDeclaration':
      case 'TSDeclareFunction':
      case 'ClassDeclaration':
      case 'TSEnumDeclaration':
      case 'TSModuleDeclaration':
      case 'TSImportEqualsDeclaration':
        declare(boundNames(node.id), scopes.block);
        break;
      case 'CatchClause':
        declare(boundNames(node.param), node);
        break;
      default:
    }
    if ('params' in node && Array.isArray(node.params))
      for (const parameter of node.params) declare(boundNames(parameter), node);
    const inner = scopesIn(node, scopes);
    forEachChild(node, (child) => visit(child, inner));
  };
  for (const statement of program.body) visit(statement, { block: undefined, function: undefined });
  return shadows;
}

/** Whether a name means something else than what the module imports. */
export function isShadowed(shadows: Shadows, name: string, { start }: Range): boolean {
  return shadows.get(name)?.some((scope) => scope.start <= start && start < scope.end) ?? false;
}

function scopesIn(node: Node, outer: Scopes): Scopes {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
    case 'StaticBlock':
    case 'TSModuleBlock':
      return { block: node, function: node };
    case 'BlockStatement':
    case 'ForStatement':
    case 'ForInStatement':
    case 'ForOfStatement':
    case 'SwitchStatement':
      return { ...outer, block: node };
    default:
      return outer;
  }
}
